"""Right answers to exercise 14b that are not the solution's."""

SOLUTIONS = {
    "the whole Jacobian": """
import numpy as np

def softmax_vjp(g, p):
    J = p[..., :, None] * np.eye(p.shape[-1]) - p[..., :, None] * p[..., None, :]
    return (g[..., None, :] @ J)[..., 0, :]
""",
    "collected otherwise": """
import numpy as np

def softmax_vjp(g, p):
    gp = g * p
    return gp - p * np.einsum("...i,...i->...", g, p)[..., None]
""",
    "row by row": """
import numpy as np

def softmax_vjp(g, p):
    dx = np.empty_like(p)
    for place in np.ndindex(p.shape[:-1]):
        mean = np.dot(g[place], p[place])
        for j in range(p.shape[-1]):
            dx[place][j] = p[place][j] * (g[place][j] - mean)
    return dx
""",
    "through exp and sum": """
import numpy as np

def softmax_vjp(g, p):
    e, s = p, 1.0
    ds = -(g * e / s**2).sum(-1, keepdims=True)
    return (g / s + ds) * e
""",
}
