"""detect_anomaly: the first nan or inf stops the program, and names the op and your line.

An op is to blame if it made a nan of what had none, or an inf of finite numbers.  So the -inf of an
attention mask passes, and what softmax makes of a row of nothing but -inf does not.
"""

import threading
from typing import Any

import numpy as np

from micrograd_lab.engine import mode, user_line
from micrograd_lab.errors import AnomalyError
from micrograd_lab.ops.op import Op
from micrograd_lab.tensor import Tensor

_apply = Tensor.apply
_lock = threading.Lock()
_users = 0  # how many blocks, in all threads, want the ops watched


def _watched_apply(self: Tensor, op: Op, inputs: tuple[Any, ...], params: dict[str, Any]) -> Any:
    y = _apply(self, op, inputs, params)
    if mode.anomaly and mode.check_nan and isinstance(y, Tensor):
        _inspect(op, y.array, inputs, params)
    return y


def _inspect(op: Op, y: Any, inputs: tuple[Any, ...], params: dict[str, Any]) -> None:
    found = _trouble(y)
    if not found:
        return
    before = {
        _trouble(x.array if isinstance(x, Tensor) else x) for x in (*inputs, *params.values())
    }
    if found in before or (found == "inf" and "nan" in before):
        return
    raise AnomalyError(
        f"forward: {op.name} made the first {found} of this run, at {user_line()}. Its inputs had "
        f"shapes {', '.join(str(tuple(x.shape) if hasattr(x, 'shape') else x) for x in inputs)}; look at their values there."
    )


def _trouble(x: Any) -> str:
    """ "nan", "inf", or "" if all is well."""
    if isinstance(x, float) or (isinstance(x, np.ndarray) and x.dtype.kind == "f"):
        if np.isnan(x).any():
            return "nan"
        if np.isinf(x).any():
            return "inf"
    return ""


def _switch(anomaly: bool, check_nan: bool) -> tuple[bool, bool]:
    """Set the mode of this thread, and return what it was.  Ops are only watched while needed."""
    global _users
    before = (mode.anomaly, mode.check_nan)
    with _lock:
        _users += int(anomaly) - int(mode.anomaly)
        Tensor.apply = _watched_apply if _users > 0 else _apply  # type: ignore[method-assign]
    mode.anomaly, mode.check_nan = anomaly, check_nan
    return before


class detect_anomaly:  # noqa: N801
    """In this block every op remembers the line that ran it, and the first nan or inf is an error.

    torch.autograd.detect_anomaly, which looks at backward alone; this looks at forward too, where
    most of them begin.  check_nan=False only remembers the lines.  Slow: for debugging.
    """

    def __init__(self, check_nan: bool = True) -> None:
        self.check_nan = check_nan
        self._before: list[tuple[bool, bool]] = []

    def __enter__(self) -> None:
        self._before.append(_switch(True, self.check_nan))

    def __exit__(self, *exc: object) -> None:
        _switch(*self._before.pop())


class set_detect_anomaly:  # noqa: N801
    """Detect anomalies (or no longer) from now on; as a context manager, until the block ends."""

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self._before = _switch(bool(mode), check_nan)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        _switch(*self._before)


def is_anomaly_enabled() -> bool:
    """Whether anomaly detection is on."""
    return mode.anomaly


def is_anomaly_check_nan_enabled() -> bool:
    """Whether it stops at nan and inf."""
    return mode.check_nan
