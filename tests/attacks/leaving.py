"""Hostile submissions that leave something behind, or take all there is; their answers are right.

What they are right about they may keep.  They must leave no process and no file, change nothing,
send no signal to others, and end when their time is up.
"""

RIGHT = """
def slope(f, x, h=1e-5): return (f(x + h) - f(x - h)) / (2 * h)
"""
LATE = "import time; time.sleep(1.5); open('@folder@/left', 'w')"

PROCESSES = {
    "a thread that goes on": """
import threading, time
def on():
    while True: time.sleep(0.01)
threading.Thread(target=on).start()
""",
    "a fork": f"""
import os
try:
    if os.fork() == 0:
        {LATE}
        os._exit(0)
except OSError: pass
""",
    "a daemon": f"""
import os
try:
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for fd in range(64):
                try: os.close(fd)
                except OSError: pass
            {LATE}
        os._exit(0)
except OSError: pass
""",
    "a program in a session of its own": f"""
import subprocess, sys
try: subprocess.Popen([sys.executable, "-c", {LATE!r}], start_new_session=True)
except OSError: pass
""",
    "a pool of processes": """
try:
    import multiprocessing
    multiprocessing.get_context("fork").Process(target=__import__("time").sleep, args=(60,)).start()
except OSError: pass
""",
}
SEALED_ONLY = {
    "a bomb of forks": """
import os
try:
    while True: os.fork()
except OSError: pass
""",
    "signals to everybody": """
import os, signal
for pid in (@parent@, os.getppid(), -1, 0, 1):
    try: os.kill(pid, signal.SIGTERM if pid != @parent@ else 0)
    except OSError: continue
    print("LEAKED signal", pid)
try: os.killpg(os.getpgid(os.getppid()), 0)
except OSError: pass
else: print("LEAKED group")
""",
    "limits for the grader": """
import resource
for pid in (@parent@, __import__("os").getppid()):
    try: resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, 3))
    except OSError: continue
    print("LEAKED limits")
for kind in (resource.RLIMIT_CPU, resource.RLIMIT_AS, resource.RLIMIT_FSIZE):
    try: resource.setrlimit(kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    except (OSError, ValueError): continue
    print("LEAKED limit", kind)
""",
    "files everywhere": """
import os, site, sys, tempfile
for folder in ("@folder@", ".", "/tmp", "/dev/shm", "/var/tmp", os.environ["HOME"], *sys.path, "@package@"):
    for name in ("sitecustomize.py", "usercustomize.py", "json.py", "micrograd_lab.py", "left"):
        try: open(folder + "/" + name + ".left", "w")
        except OSError: continue
        print("LEAKED", folder)
""",
    "a disk full": """
import os
for folder in (".", "@folder@", "/dev/shm", "/tmp"):
    try:
        with open(folder + "/left", "wb") as file:
            for _ in range(10_000): file.write(b"x" * 1_000_000)
    except OSError: continue
    print("LEAKED", folder)
""",
    "changed and deleted files": """
import os
for change in (lambda p: os.chmod(p, 0), os.unlink, lambda p: os.utime(p, (0, 0)), lambda p: os.truncate(p, 0),
               lambda p: os.rename(p, p + "2"), lambda p: os.setxattr(p, "user.x", b"x"), lambda p: os.chown(p, 1, 1)):
    try: change("@folder@/canary")
    except OSError: continue
    print("LEAKED")
""",
    "memory outside the process": """
import ctypes, os
libc = ctypes.CDLL(None)
for name, call in (("shm", lambda: libc.shmget(0, 1 << 20, 0o1600)), ("msg", lambda: libc.msgget(0, 0o1600)),
                   ("memfd", lambda: libc.memfd_create(b"x", 0))):
    if call() >= 0: print("LEAKED", name)
""",
}
GREEDY = {
    "memory without end": "x = [bytearray(1 << 28) for _ in range(10_000)]",
    "a map of memory": "import mmap\nx = [mmap.mmap(-1, 1 << 29) for _ in range(100)]",
    "threads without end": """
import threading, time
for _ in range(100_000): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
""",
    "open files without end": "files = [open('/dev/null') for _ in range(100_000)]",
    "output without end": "while True: print('x' * 100_000)",
    "answers without end": """
import os
while True:
    for fd in range(1, 12):
        try: os.write(fd, b"x" * 60_000)
        except OSError: pass
""",
    "sleep for ever": "import time\ntime.sleep(1e6)",
    "deaf to every signal": """
import signal, time
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
while True: time.sleep(1)
""",
    "busy for ever, whatever is raised": """
def on():
    while True:
        try:
            while True: pass
        except BaseException: pass
on()
""",
    "hidden from its group and its parent's end": """
import ctypes, os, time
os.setsid()
ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)
time.sleep(1e6)
""",
    "busy for ever inside C": "sum(range(10 ** 15))",
    "waiting for itself": "import threading\nthreading.main_thread().join() if False else threading.Event().wait()",
    "reads what nobody writes": "import os\nr, w = os.pipe()\nos.read(r, 1)",
}
