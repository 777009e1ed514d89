"""Hostile submissions that want points: objects that agree with everything, patched judges, forgery.

Each is the text of a submission to ex01a, whose entry point is `slope`.  None earns a point.
"""

NOTHING = "\ndef slope(f, x, h=0): return None\n"

PRETENDERS = {
    "equal to everything": """
class Yes:
    def __eq__(self, other): return True
    __ne__ = __lt__ = __gt__ = __le__ = __ge__ = __eq__
    def __hash__(self): return 0
    def __abs__(self): return 0
    def __sub__(self, other): return 0
    __rsub__ = __sub__
def slope(f, x, h=0): return Yes()
""",
    "a float that is equal to everything": """
class Yes(float):
    def __eq__(self, other): return True
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
def slope(f, x, h=0): return Yes(7.0)
""",
    "a list without end": """
class Endless(list):
    def __getitem__(self, i): return self
    def __iter__(self):
        while True: yield self
    def __len__(self): return 2
def slope(f, x, h=0): return Endless()
""",
    "a list inside itself": """
def slope(f, x, h=0):
    y = []
    y.append(y)
    return [y] * 9
""",
    "an int with 10 million digits": "def slope(f, x, h=0): return 10 ** 10_000_000",
    "not a number": "def slope(f, x, h=0): return float('nan')",
    "infinite": "def slope(f, x, h=0): return [float('inf')] * 2",
    "an exception of the right kind": """
class AnswerIsRight(Exception):
    def __str__(self): raise self
def slope(f, x, h=0): raise AnswerIsRight
""",
    "a type with a name made of escapes": """
T = type("\\x1b[2J<script>=1+1" * 500, (), {})
def slope(f, x, h=0): return T()
""",
    "an array that lies about itself": """
class ndarray:
    __module__ = "numpy"
    shape, dtype = (10 ** 12,), type("D", (), {"name": "float64"})
    def tobytes(self): return b"12345678"
ndarray.__module__ = "numpy"
def slope(f, x, h=0): return ndarray()
""",
    "a pickle that runs code": """
import os, pickle
class Bomb:
    def __reduce__(self): return (os.system, ("touch @folder@/left",))
os.write(1, pickle.dumps(Bomb()))
def slope(f, x, h=0): return pickle.dumps(Bomb())
""",
    "an .npy header that asks for terabytes": """
import io, struct
import numpy
head = b"{'descr': '<f8', 'fortran_order': False, 'shape': (999999999999,), }"
head += b" " * (117 - len(head)) + b"\\n"
file = b"\\x93NUMPY\\x01\\x00" + struct.pack("<H", len(head)) + head
def slope(f, x, h=0): return numpy.load(io.BytesIO(file))
""",
}

PATCHED = {
    "numpy always agrees": """
import numpy
numpy.allclose = numpy.isclose = numpy.array_equal = lambda *a, **k: True
numpy.testing.assert_allclose = lambda *a, **k: None
def slope(f, x, h=0): return 3.0e9
""",
    "json says what it likes": """
import json
real = json.dumps
json.dumps = lambda x, *a, **k: real({"message": {"right": True, "points": 10, "passed": True}, "arrays": 0})
json.loads = lambda *a, **k: {"points": 10}
"""
    + NOTHING,
    "the built-ins agree": """
import builtins
builtins.abs = lambda x: 0
builtins.isinstance = lambda *a: True
builtins.all = builtins.any = lambda *a: True
def slope(f, x, h=0): return 4.0e9
""",
    "the judge in the package agrees": """
import sys, types
judge = types.ModuleType("micrograd_lab.grader.compare")
judge.same = judge.alike = lambda *a: True
sys.modules["micrograd_lab.grader.compare"] = judge
for module in list(sys.modules.values()):
    for name in ("same", "alike", "agreement", "judge"):
        try: setattr(module, name, lambda *a, **k: True)
        except Exception: pass
"""
    + NOTHING,
    "the question is patched": """
import sys
frame = sys._getframe()
while frame:
    for value in list(frame.f_locals.values()):
        if isinstance(value, list):
            for item in value:
                if isinstance(item, tuple) and item and callable(item[0]):
                    item[0].__code__ = (lambda entry, **k: True).__code__
    frame = frame.f_back
"""
    + NOTHING,
    "a tracer rewrites what runs": """
import sys
def trace(frame, event, arg):
    for name in ("right", "passed", "points"):
        frame.f_locals[name] = True
    return trace
sys.settrace(trace)
"""
    + NOTHING,
}

FRAMES = """
import json, os, struct, sys
def frame(kind, data, size=None):
    return struct.pack(">cI", kind, len(data) if size is None else size) + data
def message(m, arrays=0):
    return frame(b"J", json.dumps({"message": m, "arrays": arrays}).encode())
def everywhere(data):
    for fd in range(1, 30):
        try: os.write(fd, data)
        except OSError: pass
"""
FORGED = {
    "constant answers on every channel": FRAMES
    + """
everywhere(message({"failed": ""}) + b"".join(message({"probe": i, "answer": 1e9}) for i in range(9)) + message({"done": True}))
os._exit(0)
""",
    "a verdict instead of answers": FRAMES
    + """
everywhere(message({"points": 10, "right": [True] * 9, "passed": True, "done": True}))
os._exit(0)
""",
    "a reply that is cut short": FRAMES
    + """
everywhere(message({"failed": ""}) + frame(b"J", b'{"message": {"pro', 4000))
os._exit(0)
""",
    "a frame of four gigabytes": FRAMES + "everywhere(frame(b'J', b'x', 2 ** 32 - 1))\n" + NOTHING,
    "an array of terabytes": FRAMES
    + """
head = struct.pack(">8sB", b"float64", 2) + struct.pack(">2Q", 2 ** 40, 2 ** 63)
for i in range(4):
    everywhere(message({"probe": i, "answer": {"array": 0}}, 1) + frame(b"A", head + b"12345678"))
everywhere(message({"done": True}))
os._exit(0)
""",
    "an array with 255 axes": FRAMES
    + """
head = struct.pack(">8sB", b"float64", 255)
everywhere(message({"probe": 0, "answer": {"array": 0}}, 1) + frame(b"A", head))
os._exit(0)
""",
    "an array of objects": FRAMES
    + """
head = struct.pack(">8sB", b"object", 1) + struct.pack(">Q", 1)
everywhere(message({"probe": 0, "answer": {"array": 0}}, 1) + frame(b"A", head + b"12345678"))
os._exit(0)
""",
    "deep nesting": FRAMES
    + """
everywhere(frame(b"J", b"[" * 900_000) + frame(b"J", b'{"message": {"probe": 0, "answer": ' + b"[" * 500 + b"]" * 500 + b'}, "arrays": 0}'))
os._exit(0)
""",
    "huge integers": FRAMES
    + """
everywhere(frame(b"J", b"1" * 900_000) + message({"probe": 0, "answer": 10 ** 400}) + message({"probe": 1, "answer": -10 ** 4000}))
os._exit(0)
""",
    "not numbers, in every place": FRAMES
    + """
for i in (0, 1, 2, 3, True, -1, 10 ** 9, "0", None, float("nan")):
    everywhere(message({"probe": i, "answer": float("nan")}) + message({"stuck": float("inf")}))
os._exit(0)
""",
    "wrong kinds in every place": FRAMES
    + """
for junk in (None, 1, [], {}, "x", [[]], {"kind": 1}, {"other": []}, {"array": -1}, {"array": True}):
    everywhere(message({"failed": "loading", "error": junk}) + message({"failed": "missing", "names": junk}))
    everywhere(message({"probe": 0, "error": junk}) + message({"probe": 0, "answer": junk}) + message(junk))
    everywhere(message({"failed": junk}) + message({"stuck": junk}) + message({"done": junk}))
os._exit(0)
""",
    "lone surrogates and escapes": FRAMES
    + r"""
text = "\x1b[2J\ud800\u202e\x00<img src=x onerror=alert(1)>"
everywhere(message({"failed": "loading", "error": {"kind": text, "message": text, "kinds": [text], "line": 1}}))
os._exit(0)
""",
    "a flood of the same answer": FRAMES
    + """
for _ in range(3000):
    everywhere(message({"probe": 0, "answer": [[1.0] * 30] * 30}))
os._exit(0)
""",
    "leaves without a word": "import os\nos._exit(0)",
    "leaves with a word": "import os, sys\nsys.stdout.write('ok: 10/10')\nsys.stdout.flush()\nos._exit(0)",
    "leaves when it is asked": "import sys\ndef slope(f, x, h=0): sys.exit(0)",
    "forges at exit": FRAMES
    + """
import atexit
atexit.register(everywhere, message({"probe": 0, "answer": 1.0}) + message({"done": True}))
raise SystemExit(0)
""",
    "kills itself": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\nos.abort()",
    "crashes the interpreter": "import ctypes\nctypes.string_at(0)",
    "calls itself until the stack is gone": """
import sys
sys.setrecursionlimit(10 ** 9)
def slope(f, x, h=0): return slope(f, x, h)
""",
    "text that no parser survives": "(" * 100_000,
    "text that is not text": "\udcff\ud800 = 1",
    "text with a null": "x = 1\0",
    "messages with escapes, markup and formulas": r"""
print("\x1b]0;owned\x07\x1b[2J<script>alert(1)</script>")
def slope(f, x, h=0): raise ValueError("=HYPERLINK(\"http://x\")\x1b[31m\u202e<b>")
""",
}
