"""While a call is recorded, everything that happens to tensors passes a Recorder.

Nothing is asked of the engine when nobody records: the few doors that all work goes through are
exchanged for as long as a recording lasts, and only for the thread that records.
"""

import builtins
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from threading import get_ident
from typing import Any

from micrograd_lab import inplace, inplace_methods
from micrograd_lab.autograd import walk
from micrograd_lab.compiler.backward import pulled_back
from micrograd_lab.compiler.trace import Read, Recorder
from micrograd_lab.nn import dropping, hooks
from micrograd_lab.nn.utils import clipping
from micrograd_lab.ops import elementwise, embedding, normalisation, plain
from micrograd_lab.optim.lr_scheduler.scheduler import LRScheduler
from micrograd_lab.optim.optimizer import Optimizer
from micrograd_lab.tensor import Tensor

# In-place methods that write straight into the memory where no graph is recorded.
DIRECT = (
    *("add", "sub", "subtract", "mul", "multiply", "div", "divide", "true_divide"),
    *("addcmul", "addcdiv", "lerp"),
)
READS = ("__bool__", "__float__", "__int__", "__index__", "__array__", "tolist", "numpy")


@contextmanager
def recording(recorder: Recorder) -> Iterator[None]:
    """Everything in this block is written down by the recorder."""
    with ExitStack() as doors:

        def door(home: Any, name: str, make: Any) -> None:
            """home.name goes through make(original) for this thread."""
            original = getattr(home, name)
            mine = make(original)

            @wraps(original)
            def either(*args: Any, **kwargs: Any) -> Any:
                chosen = mine if get_ident() == recorder.thread else original
                return chosen(*args, **kwargs)

            owned = name in vars(home)
            setattr(home, name, either)
            doors.callback(setattr, home, name, original) if owned else doors.callback(
                delattr, home, name
            )

        plain.readers.append(recorder.looked_at)
        doors.callback(plain.readers.remove, recorder.looked_at)
        door(Tensor, "apply", lambda f: _applied(recorder, f))
        door(walk, "pull_back", lambda f: pulled_back(recorder, f))
        door(inplace, "write", lambda f: _written(recorder, f))
        for home in (inplace_methods, sys.modules["micrograd_lab.filling"]):
            door(
                home, "put", lambda f: _refused(recorder, f, "part of a tensor is written in place")
            )
        door(
            inplace_methods, "restride", lambda f: _refused(recorder, f, "a shape changes in place")
        )
        door(
            inplace,
            "keep_old",
            lambda f: _refused(recorder, f, "backward needs what is overwritten"),
        )
        for name in DIRECT:
            door(Tensor, f"{name}_", lambda f, name=name: _changed(name))
        for operator, name in inplace_methods.OPERATORS.items():
            if name[:-1] in DIRECT:
                door(Tensor, operator, lambda f, name=name: _changed(name[:-1]))
        door(Tensor, "item", lambda f: _item(recorder, f))
        for name in READS:
            door(Tensor, name, lambda f, name=name: _read(recorder, f, name))
        door(builtins, "print", lambda f: _printed(recorder, f))
        door(dropping, "_noise", lambda f: _drawn(recorder, f))
        door(normalisation, "_track", lambda f: _tracked(recorder, f))
        door(embedding, "rewrite", lambda f: _refused(recorder, f, "an embedding is renormalised"))
        door(clipping, "clip_grads_with_norm_", lambda f: _clipped)
        door(hooks.Hooked, "__call__", lambda f: _called(recorder, f))
        door(
            LRScheduler, "step", lambda f: _refused(recorder, f, "a schedule steps: do it outside")
        )
        for kind in _subclasses(Optimizer):
            if "_update_group" in vars(kind):
                door(kind, "_update_group", lambda f: _updated(recorder, f))
            if "step" in vars(kind) and kind is not Optimizer:
                why = f"{kind.__name__} has a step() of its own"
                door(kind, "step", lambda f, why=why: _refused(recorder, f, why))
        yield


def _subclasses(kind: type[Any]) -> Iterator[type[Any]]:
    yield kind
    below: type[Any]
    for below in kind.__subclasses__():
        yield from _subclasses(below)


def _refused(recorder: Recorder, original: Any, why: str) -> Any:
    def refusing(*args: Any, **kwargs: Any) -> Any:
        recorder.refuse(why)
        return original(*args, **kwargs)

    return refusing


def _printed(recorder: Recorder, original: Any) -> Any:
    def printing(*args: Any, **kwargs: Any) -> Any:
        frame = sys._getframe(1)
        while frame.f_back and not str(frame.f_globals.get("__name__")).startswith("numba."):
            frame = frame.f_back
        if frame.f_back is None:  # otherwise a kernel is being compiled, which prints to itself
            recorder.refuse("it prints")
        return original(*args, **kwargs)

    return printing


def _applied(recorder: Recorder, original: Any) -> Any:
    def applied(self: Tensor, op: Any, inputs: Any, params: Any) -> Any:
        out = original(self, op, inputs, params)
        recorder.op(op, inputs, params, out)
        return out

    return applied


def _written(recorder: Recorder, original: Any) -> Any:
    def written(x: Tensor, y: Any) -> None:
        recorder.write(x, y)
        original(x, y)

    return written


def _changed(name: str) -> Any:
    """The in-place method by way of its op."""

    def changed(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return inplace.change(self, getattr(Tensor, name), args, kwargs)

    return changed


def _item(recorder: Recorder, original: Any) -> Any:
    """item() gives a number that remembers where it came from."""

    def item(self: Tensor) -> Any:
        value = original(self)
        var = recorder.known.get(id(self.array))
        if var is None or type(value) is not float:
            recorder.read(self, "item()")
            return value
        number = Read(value)
        number.var = var
        recorder.numbers.append(number)
        return number

    return item


def _read(recorder: Recorder, original: Any, name: str) -> Any:
    def read(self: Tensor, *args: Any, **kwargs: Any) -> Any:
        recorder.read(self, f"{name.strip('_')}()")
        return original(self, *args, **kwargs)

    return read


def _drawn(recorder: Recorder, original: Any) -> Any:
    """The noise of dropout is drawn by the same call, from the same generator."""

    def drawn(shape: Any, p: float, dtype: Any) -> Any:
        noise = original(shape, p, dtype)
        recorder.call("noise", lambda: original(shape, p, dtype), [], [noise], [])
        return noise

    return drawn


def _tracked(recorder: Recorder, original: Any) -> Any:
    """Batch norm's running statistics."""

    def tracked(mean: Any, var: Any, input: Any, dim: Any, momentum: float) -> None:
        def track(m: Any, v: Any, x: Any) -> None:
            original(m, v, x, dim, momentum)

        kept = [x for x in (mean, var) if x is not None]
        recorder.call("track", track, [mean, var, input], [], kept)
        recorder.pausing = True
        original(mean, var, input, dim, momentum)
        recorder.pausing = False

    return tracked


def _clipped(parameters: Any, max_norm: float, total_norm: Any, foreach: Any = None) -> None:
    """Clipping by ops alone: where the norm is small enough, the factor is 1."""
    share = elementwise.clamp_max(float(max_norm) / (total_norm + 1e-6), 1.0)
    for g in clipping._grads(parameters):
        g.mul_(share)


def _called(recorder: Recorder, original: Any) -> Any:
    def called(self: Any, *args: Any, **kwargs: Any) -> Any:
        recorder.modules.setdefault(self, self.training)
        if self._hooks:
            recorder.refuse(f"{type(self).__name__} has hooks")
        return original(self, *args, **kwargs)

    return called


def _updated(recorder: Recorder, original: Any) -> Any:
    from micrograd_lab.compiler.updates import record_update

    def updated(self: Any, params: Any, group: Any) -> None:
        if recorder.updating:  # a method of the base class, called by one that is recorded
            original(self, params, group)
            return
        recorder.updating = True
        try:
            record_update(recorder, original, self, params, group)
        finally:
            recorder.updating = False

    return updated
