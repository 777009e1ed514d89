"""What people look at: the graph as a picture, the chain rule step by step, a training run as plots."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from micrograd_lab.lens.adapt import adapt as adapt
from micrograd_lab.lens.conformance import conformance as conformance
from micrograd_lab.lens.ledger import explain as explain
from micrograd_lab.lens.picture import draw as draw
from micrograd_lab.lens.stepper import steps as steps

if TYPE_CHECKING:
    from micrograd_lab.lens.history import History as History
    from micrograd_lab.lens.overview import show_gradients as show_gradients
    from micrograd_lab.lens.overview import summary as summary
    from micrograd_lab.lens.recorder import Recorder as Recorder

# These come with NumPy and the tensor engine, which the graph of a Value does without.
_LATE = {"History": "history", "Recorder": "recorder"}
_LATE |= {"show_gradients": "overview", "summary": "overview", "plots": "plots"}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = import_module(f"{__name__}.{_LATE[name]}")
    globals()[name] = found = getattr(home, name, home)
    return found
