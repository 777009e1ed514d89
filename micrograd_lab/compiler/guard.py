"""What a program takes for granted about tensors and modules, as one expression of Python.

A loop over them would take three times as long, and a small step takes no longer than its guard.
"""

from collections.abc import Callable
from typing import Any


def guard(modules: Any, tensors: Any, versions: Any) -> Callable[[], bool]:
    """A function that says whether all is as it was.

    modules: (module, whether it was training); tensors: (tensor, its array, whether it asked for a
    gradient); versions: (a counter of changes, its number).
    """
    known: dict[str, Any] = {}
    claims = []
    for k, (module, training) in enumerate(modules):
        known[f"module{k}"], known[f"training{k}"] = module, training
        claims.append(f"module{k}.training is training{k}")
    for k, (x, array, asked) in enumerate(tensors):
        known[f"x{k}"], known[f"array{k}"] = x, array
        claims.append(f"x{k}.array is array{k}")
        claims.append(f"x{k}._requires_grad" if asked else f"not x{k}._requires_grad")
    for k, (counter, version) in enumerate(versions):
        known[f"counter{k}"] = counter
        claims.append(f"counter{k}[0] == {version}")
    source = f"lambda {', '.join(known)}: lambda: {' and '.join(claims) or True}"
    made: Callable[[], bool] = eval(source)(*known.values())
    return made
