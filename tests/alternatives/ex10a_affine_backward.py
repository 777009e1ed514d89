"""Right answers to exercise 10a that are not the solution's."""

SOLUTIONS = {
    "einsum": """
import numpy as np

def affine_backward(g, x, W):
    return np.einsum("no,io->ni", g, W), np.einsum("ni,no->io", x, g), np.einsum("no->o", g)
""",
    "loops over every edge": """
import numpy as np

def affine_backward(g, x, W):
    dx, dW, db = np.zeros(x.shape), np.zeros(W.shape), np.zeros(W.shape[1])
    for n in range(x.shape[0]):
        for j in range(W.shape[1]):
            db[j] += g[n, j]
            for i in range(W.shape[0]):
                dx[n, i] += g[n, j] * W[i, j]
                dW[i, j] += g[n, j] * x[n, i]
    return dx, dW, db
""",
    "one example after the other": """
import numpy as np

def affine_backward(g, x, W):
    dx = np.stack([W @ row for row in g])
    dW = sum(np.outer(a, row) for a, row in zip(x, g))
    return [dx, dW, np.ones(len(g)) @ g]
""",
    "transposes of transposes": """
def affine_backward(g, x, W):
    return (W @ g.T).T, (g.T @ x).T, g.T.sum(axis=1)
""",
}
