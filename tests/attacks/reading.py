"""Hostile submissions that read what they should not: answers, the grader, other files, the network.

Each prints LEAKED when it succeeds, or has the reference as its `slope`.  `@folder@` is a folder
with a file of somebody else's, `@repo@` the folder of the course, `@package@` the package's,
`@port@` a server's port, `@parent@` the grader's process.
"""

from .answers import NOTHING

SHOW = """
def show(what):
    if what: print("LEAKED", repr(what)[:200], flush=True)
def attempt(f, *args, **more):
    try: show(f(*args, **more))
    except (OSError, ImportError, ValueError): pass
"""

LOOKING = {
    "walks the frames": """
import sys
frame, seen = sys._getframe(), []
while frame:
    seen += [*frame.f_locals, *frame.f_globals]
    frame = frame.f_back
if {"expected", "reference", "misconceptions", "EXERCISE"} & set(seen): print("LEAKED", seen)
""",
    "looks at every object there is": """
import gc
for thing in gc.get_objects():
    name = getattr(type(thing), "__name__", "")
    if name in ("Exercise", "Misconception", "Probe"): print("LEAKED", name)
    if isinstance(thing, dict) and "reference" in thing and "misconceptions" in thing: print("LEAKED")
""",
    "looks at every module": """
import sys
for name, module in list(sys.modules.items()):
    if "exercises" in name or hasattr(module, "EXERCISE"): print("LEAKED", name)
""",
    "reads its environment": """
import os
if "SECRET_OF_THE_PARENT" in os.environ: print("LEAKED")
""",
    "imports the spec": """
try: from micrograd_lab.grader.exercises.ex01a_central_difference import slope
except ImportError: slope = lambda *a, **k: None
""",
    "imports the solution": """
try: from solutions.ex01a_central_difference import slope
except ImportError: slope = lambda *a, **k: None
""",
}

READING = {
    "opens the doors and imports the spec": """
import importlib, sys
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != "Doors"]
sys.path.insert(0, "@repo@")
importlib.invalidate_caches()
try: from micrograd_lab.grader.exercises.ex01a_central_difference import slope
except ImportError: slope = lambda *a, **k: None
""",
    "loads the spec by its path": """
import importlib.machinery
path = "@package@/grader/exercises/ex01a_central_difference.py"
try: slope = importlib.machinery.SourceFileLoader("spec", path).load_module().EXERCISE.reference
except (OSError, ImportError): slope = lambda *a, **k: None
""",
    "reads the spec": "attempt(open, '@package@/grader/exercises/ex01a_central_difference.py')",
    "reads the compiled spec": """
import glob
for path in glob.glob("@package@/grader/exercises/__pycache__/*"): attempt(open, path, "rb")
attempt(open, "@package@/grader/exercises/__pycache__/ex01a_central_difference.cpython-311.pyc", "rb")
""",
    "reads the solution": "attempt(open, '@repo@/solutions/ex01a_central_difference.py')",
    "reads the tests": "attempt(open, '@repo@/tests/test_grader.py')",
    "reads somebody else's work": "attempt(open, '@folder@/canary')",
    "reads the password file": "attempt(open, '/etc/passwd')\nattempt(open, '/etc/shadow')",
    "lists the home of the grader": """
import os
attempt(os.listdir, "@folder@")
attempt(os.listdir, os.path.expanduser("~root"))
""",
    "reads the grader's memory": """
for name in ("mem", "environ", "cmdline", "maps", "fd", "cwd/canary"):
    attempt(open, f"/proc/@parent@/{name}", "rb")
    attempt(open, f"/proc/{__import__('os').getppid()}/{name}", "rb")
""",
    "traces the grader": """
import ctypes, os
libc = ctypes.CDLL(None)
for pid in (@parent@, os.getppid(), 1):
    show(libc.ptrace(16, pid, 0, 0) == 0)
    show(libc.syscall(310, pid, 0, 0, 0, 0, 0) == 0)
""",
    "reads through a symbolic link": """
import os, tempfile
for folder in (".", tempfile.gettempdir() if os.path.isdir("/tmp") else "/", "/dev/shm"):
    try: os.symlink("@folder@/canary", folder + "/link")
    except OSError: continue
    attempt(open, folder + "/link")
""".replace('tempfile.gettempdir() if os.path.isdir("/tmp") else "/"', '"/tmp"'),
    "reads through a hard link": """
import os
try: os.link("@folder@/canary", "/tmp/hard-link-to-canary")
except OSError: pass
else: attempt(open, "/tmp/hard-link-to-canary")
""",
    "reads through a handle instead of a path": """
import ctypes
show(ctypes.CDLL(None).syscall(304, -100, 0, 0) == 0)
attempt(open, "/proc/self/root/@folder@/canary")
""",
    "lets another program read": """
import os, subprocess
attempt(subprocess.check_output, ["/bin/cat", "@folder@/canary"])
attempt(os.system, "cat @folder@/canary && echo LEAKED") if False else None
attempt(lambda: os.popen("cat @folder@/canary").read())
attempt(os.posix_spawn, "/bin/true", ["true"], {})
""",
    "becomes another program": """
import os
try: os.execv("/bin/sh", ["sh", "-c", "echo LEAKED"])
except OSError: pass
""",
    "connects to a server": """
import socket
attempt(socket.create_connection, ("127.0.0.1", @port@), 1)
""",
    "sends a packet": """
import socket
attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", @port@)))
""",
    "asks a name server": """
import socket
attempt(socket.getaddrinfo, "example.org", 80)
""",
    "opens a socket of the system": """
import socket
for kind in (socket.AF_UNIX, socket.AF_NETLINK, socket.AF_PACKET):
    attempt(lambda: socket.socket(kind, socket.SOCK_RAW if kind != socket.AF_UNIX else socket.SOCK_STREAM))
""",
    "serves": """
import socket
attempt(socket.create_server, ("127.0.0.1", 0))
""",
    "asks the kernel by the back door": """
import ctypes
libc = ctypes.CDLL(None)
for number in (425, 321, 298, 323, 272, 165, 161, 434):  # io_uring, bpf, perf, userfaultfd, namespaces, ...
    show(libc.syscall(number, 1, 0, 0, 0, 0, 0) >= 0)
""",
}
READING = {name: SHOW + text + "\n" for name, text in READING.items()}
for name, text in [*LOOKING.items(), *READING.items()]:
    if "slope" not in text:
        (READING if name in READING else LOOKING)[name] = text + NOTHING
