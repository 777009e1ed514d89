"""Right answers to exercise 12a that are not the solution's."""

SOLUTIONS = {
    "shapes kept by reshape": """
import numpy as np

def reduce_vjp(op, g, x, axis, keepdims):
    kept = x.sum(axis=axis, keepdims=True)
    g = np.reshape(g, kept.shape)
    if op == "max":
        part = (x == np.max(x, axis, keepdims=True)).astype(float)
        part /= part.sum(axis, keepdims=True)
    else:
        part = np.full(x.shape, 1.0 if op == "sum" else kept.size / x.size)
    return part * g
""",
    "one number of y after the other": """
import numpy as np

def reduce_vjp(op, g, x, axis, keepdims):
    dx = np.zeros_like(x)
    flat_g = np.ravel(g)
    if axis is None:
        groups = [np.arange(x.size)]
    else:
        groups = np.moveaxis(np.arange(x.size).reshape(x.shape), axis, -1).reshape(-1, x.shape[axis])
    for group, upstream in zip(groups, flat_g):
        entries = x.flat[group]
        if op == "sum":
            weights = np.ones(len(group))
        elif op == "mean":
            weights = np.ones(len(group)) / len(group)
        else:
            weights = (entries == max(entries)) / np.count_nonzero(entries == max(entries))
        dx.flat[group] = upstream * weights
    return dx
""",
    "a rule per op": """
import numpy as np

RULES = {
    "sum": lambda x, axis: 1.0,
    "mean": lambda x, axis: 1 / (np.prod(x.shape) if axis is None else x.shape[axis]),
    "max": lambda x, axis: (lambda m: m / m.sum(axis, keepdims=True))(x >= x.max(axis, keepdims=True)),
}

def reduce_vjp(op, g, x, axis, keepdims):
    if axis is not None and not keepdims:
        index = [slice(None)] * x.ndim
        index[axis] = None
        g = g[tuple(index)]
    return np.broadcast_to(g * RULES[op](x, axis), x.shape)
""",
}
