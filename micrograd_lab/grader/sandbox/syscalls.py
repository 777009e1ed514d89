"""A filter of system calls: no new processes or programs, no signals, no sockets, no back doors.

What is refused answers "operation not permitted".  The filter is a program for the kernel's packet
filter: it compares the number of the call with each one on the list.
"""

import ctypes
import os
import platform
import struct

# name: (on x86_64, on aarch64); -1 where an architecture has no such call
REFUSED = {
    "execve": (59, 221), "execveat": (322, 281), "ptrace": (101, 117),
    "kill": (62, 129), "tkill": (200, 130), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424),
    "pidfd_getfd": (438, 438), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "socket": (41, 198), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201),
    "sendto": (44, 206), "shmget": (29, 194), "semget": (64, 190), "msgget": (68, 186),
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "mq_open": (240, 180),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264),
    "mount": (165, 40), "umount2": (166, 39), "move_mount": (429, 429), "fsopen": (430, 430),
    "open_tree": (428, 428), "pivot_root": (155, 41), "chroot": (161, 51), "setns": (308, 268),
    "unshare": (272, 97), "bpf": (321, 280), "perf_event_open": (298, 241),
    "userfaultfd": (323, 282), "keyctl": (250, 219), "add_key": (248, 217),
    "request_key": (249, 218), "inotify_init": (253, -1), "inotify_init1": (294, 26),
    "fanotify_init": (300, 262), "sched_setaffinity": (203, 122),
    "sched_setscheduler": (144, 119), "sched_setparam": (142, 118), "sched_setattr": (314, 274),
    "setpriority": (141, 140), "ioprio_set": (251, 30), "fork": (57, -1), "vfork": (58, -1),
    # what Landlock leaves open: owners, permissions, times and attributes of files
    "chmod": (90, -1), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, -1), "fchown": (93, 55), "lchown": (94, -1), "fchownat": (260, 54),
    "utime": (132, -1), "utimes": (235, -1), "futimesat": (261, -1), "utimensat": (280, 88),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7), "removexattr": (197, 14),
    "lremovexattr": (198, 15), "fremovexattr": (199, 16), "truncate": (76, 45),
}  # fmt: skip
CLONE, CLONE3, PRLIMIT = (56, 220), 435, (302, 261)
THREAD = 0x10000  # CLONE_THREAD: a thread of this process, which ends with it
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
KILL, REFUSE, ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
EPERM, ENOSYS = 1, 38


def supported() -> bool:
    """Whether the numbers for this machine are on the list."""
    return platform.system() == "Linux" and platform.machine() in MACHINES


def program(machine: str) -> list[tuple[int, int, int, int]]:
    """The filter, as (instruction, jump if true, jump if not, operand)."""
    column, architecture = MACHINES[machine]
    refuse = (RETURN, 0, 0, REFUSE | EPERM)
    lines = [
        *[(LOAD, 0, 0, 4), (EQUAL, 1, 0, architecture), (RETURN, 0, 0, KILL)],
        *[(LOAD, 0, 0, 0), (AT_LEAST, 0, 1, 0x40000000), (RETURN, 0, 0, KILL)],  # x32's numbers
    ]
    for numbers in (REFUSED).values():
        if numbers[column] >= 0:
            lines += [(EQUAL, 0, 1, numbers[column]), refuse]
    # clone3 hides its flags in memory; without it the C library falls back to clone
    lines += [(EQUAL, 0, 1, CLONE3), (RETURN, 0, 0, REFUSE | ENOSYS)]
    lines += [(EQUAL, 0, 4, CLONE[column]), (LOAD, 0, 0, 16), (ANY_BIT, 1, 0, THREAD), refuse]
    lines += [(RETURN, 0, 0, ALLOW)]
    # limits of its own it may ask for; the first argument names the process, 0 for itself
    lines += [(EQUAL, 0, 3, PRLIMIT[column]), (LOAD, 0, 0, 16), (EQUAL, 1, 0, 0), refuse]
    return [*lines, (RETURN, 0, 0, ALLOW)]


def refuse() -> None:
    """Filter this process's system calls from here on.  Raises OSError where that is not possible."""
    if not supported():
        raise OSError(ENOSYS, f"no list of system calls for {platform.machine()}")
    lines = program(platform.machine())
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *line) for line in lines))
    header = ctypes.create_string_buffer(struct.pack("@HP", len(lines), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(38, 1, 0, 0, 0)  # no new privileges
    if libc.prctl(22, 2, ctypes.byref(header), 0, 0):  # PR_SET_SECCOMP, a filter
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
