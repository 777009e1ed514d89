"""A model that a plot may call, and that is afterwards as it was before."""

import random
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_lab.errors import NotANumberError


def home_of(*things: Any) -> ModuleType:
    """micrograd_lab, or torch if one of the things is a module or tensor of PyTorch's."""
    torch = sys.modules.get("torch")
    if torch is not None and any(isinstance(x, (torch.nn.Module, torch.Tensor)) for x in things):
        return torch
    import micrograd_lab

    return micrograd_lab


def parameters_of(model: Any) -> list[Any]:
    """The tensors or Values that training changes; none of a plain function."""
    return list(model.parameters()) if hasattr(model, "parameters") else []


def is_scalar(model: Any) -> bool:
    """Whether its parameters are single numbers: the MLP of Values, micrograd's, a learner's own."""
    return any(isinstance(p.data, (int, float)) for p in parameters_of(model)[:1])


@contextmanager
def untouched(model: Any) -> Iterator[None]:
    """A block in which the model is in eval mode and nothing is recorded; then all is put back.

    Put back are weights, gradients, buffers, the mode of every module, and the random generators
    (ours, Python's, NumPy's, PyTorch's), whatever the block did to them.
    """
    home = home_of(model)
    modules = list(model.modules()) if hasattr(model, "modules") else []
    modes = [(m, m.training) for m in modules if hasattr(m, "training")]
    parameters = [(p, p.data, p.grad) for p in parameters_of(model)]
    scalar = is_scalar(model)
    held = [(m, dict(m._buffers)) for m in modules if hasattr(m, "_buffers")]
    numbers = [(b, b.detach().clone()) for _, bs in held for b in bs.values() if b is not None]
    state, legacy = random.getstate(), np.random.get_state()  # noqa: NPY002
    with ExitStack() as stack:
        for place in {home_of(), home}:
            stack.enter_context(place.random.fork_rng())
            stack.enter_context(place.no_grad())
        try:
            for p, _, _ in parameters:
                p.grad = 0.0 if scalar else None  # so that a backward() cannot add to the old one
            for m, _ in modes:
                m.training = False
            yield
        finally:
            for p, data, grad in parameters:
                p.data, p.grad = data, grad
            for m, mode in modes:
                m.training = mode
            for m, buffers in held:
                m._buffers.update(buffers)
            for b, before in numbers:
                b.copy_(before)
            random.setstate(state)
            np.random.set_state(legacy)  # noqa: NPY002


def outputs(model: Any, points: NDArray[Any]) -> NDArray[Any]:
    """What the model says of each row: (N, D) -> (N, ...), as an array."""
    if is_scalar(model):
        rows = [model([float(x) for x in row]) for row in points]
        return np.array([[v.data for v in r] if isinstance(r, list) else r.data for r in rows])
    return array_of(model(inputs(model, points)))


def inputs(model: Any, x: Any) -> Any:
    """x as a tensor that the model takes: of the dtype of its weights."""
    home = home_of(model, x)
    array = array_of(x)
    if array.dtype.kind != "f" or not parameters_of(model):
        return home.tensor(array.astype(np.float32 if array.dtype.kind != "f" else array.dtype))
    return home.tensor(array).to(parameters_of(model)[0].dtype)


def array_of(x: Any) -> NDArray[Any]:
    """A tensor of either kind, a Value, a list or an array, as an array."""
    if hasattr(x, "detach"):
        x = x.detach().numpy()
    elif hasattr(x, "parents") or hasattr(x, "_prev"):
        x = x.data
    return np.asarray(x)


def number_of(x: Any, who: str) -> float:
    """One number, out of whatever holds it."""
    array = array_of(x)
    if array.size != 1 or array.dtype.kind not in "fiub":
        found = f"shape {array.shape}" if array.size != 1 else type(x).__name__
        raise NotANumberError(f"{who} returned {found}: a loss is one number. Use .mean().")
    return float(array.reshape(()))
