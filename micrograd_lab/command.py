"""How to type the command on this machine, for messages that say what to do next."""

import os
import shutil
import sys
from pathlib import Path

NAME = "micrograd-lab"


def command() -> str:
    """`micrograd-lab` where the shell finds it; else the path it was started by.

    The README starts it as .venv/bin/micrograd-lab, without activating the environment; a message
    that said only "micrograd-lab" would then lead to "command not found".
    """
    started = Path(sys.argv[0])
    if started.stem != NAME or shutil.which(NAME) is not None:
        return NAME
    short = os.path.relpath(started)
    return short if not short.startswith(os.pardir) else str(started)
