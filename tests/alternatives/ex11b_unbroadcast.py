"""Right answers to exercise 11b that are not the solution's."""

SOLUTIONS = {
    "one sum over all axes, then a reshape": """
def unbroadcast(g, shape):
    lead = g.ndim - len(shape)
    axes = [i for i in range(g.ndim) if i < lead or shape[i - lead] == 1]
    return g.sum(axis=tuple(axes)).reshape(shape)
""",
    "adds every entry to where it came from": """
import numpy as np

def unbroadcast(g, shape):
    where = np.broadcast_to(np.arange(int(np.prod(shape))).reshape(shape), g.shape)
    return np.bincount(where.ravel(), g.ravel(), minlength=int(np.prod(shape))).reshape(shape)
""",
    "from the right": """
def unbroadcast(g, shape):
    for i in range(1, g.ndim + 1):
        if i <= len(shape) and shape[-i] == 1:
            g = g.sum(-i, keepdims=True)
    while len(g.shape) != len(shape):
        g = sum(g)
    return g
""",
    "einsum": """
import numpy as np

def unbroadcast(g, shape):
    letters = "abcdefgh"[: g.ndim]
    kept = letters[g.ndim - len(shape) :]
    kept = "".join(c for c, n in zip(kept, shape) if n != 1)
    return np.einsum(f"{letters}->{kept}", g).reshape(shape)
""",
}
