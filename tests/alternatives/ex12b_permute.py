"""Right answers to exercise 12b that are not the solution's."""

SOLUTIONS = {
    "argsort": """
import numpy as np

def permute_vjp(g, x, axes):
    return g.transpose(np.argsort(np.mod(axes, g.ndim)))
""",
    "moveaxis": """
import numpy as np

def permute_vjp(g, x, axes):
    return np.moveaxis(g, range(x.ndim), axes)
""",
    "writes through a view": """
import numpy as np

def permute_vjp(g, x, axes):
    dx = np.empty_like(x)
    dx.transpose(axes)[...] = g
    return dx
""",
    "entry by entry": """
import numpy as np

def permute_vjp(g, x, axes):
    dx = np.zeros(x.shape)
    for place in np.ndindex(g.shape):
        home = [0] * x.ndim
        for i, axis in enumerate(axes):
            home[axis] = place[i]
        dx[tuple(home)] = g[place]
    return dx
""",
}
