"""Root becomes a user who owns nothing and whom no other process shares."""

import ctypes
import os
import struct
from collections.abc import Sequence

READ_EVERYTHING = 2  # CAP_DAC_READ_SEARCH
FIRST, COUNT = 1 << 30, 1 << 24  # users beyond those a system gives out


def drop(needed: Sequence[str]) -> None:
    """Give up root for good; does nothing for anybody else.

    Where the interpreter lies in a folder that only root may enter (`needed` cannot be read), the
    one capability to read and search stays; what can be read is then for Landlock to say.
    Raises OSError if the system does not let go.
    """
    if os.geteuid() != 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    user = FIRST + int.from_bytes(os.urandom(4), "big") % COUNT  # limits per user are ours alone
    libc.prctl(8, 1, 0, 0, 0)  # PR_SET_KEEPCAPS: what is permitted outlives the change of user
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    keep = 0 if all(os.access(path, os.R_OK) for path in needed) else 1 << READ_EVERYTHING
    header = struct.pack("=II", 0x20080522, 0)
    if libc.capset(header, struct.pack("=6I", keep, keep, 0, 0, 0, 0)):
        raise OSError(ctypes.get_errno(), "could not give up capabilities")
    if os.geteuid() == 0 or os.getuid() == 0:
        raise PermissionError("still root")
