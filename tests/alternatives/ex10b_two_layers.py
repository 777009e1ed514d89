"""Right answers to exercise 10b that are not the solution's."""

SOLUTIONS = {
    "einsum, and a slope by cosh": """
import numpy as np

def two_layer_backward(g, x, W1, b1, W2):
    a = np.einsum("ni,ih->nh", x, W1) + b1
    da = np.einsum("no,ho,nh->nh", g, W2, np.cosh(a) ** -2.0)
    dW2 = np.einsum("nh,no->ho", np.tanh(a), g)
    return np.einsum("ni,nh->ih", x, da), np.einsum("nh->h", da), dW2, np.einsum("no->o", g)
""",
    "a class per layer": """
import numpy as np

class Affine:
    def __init__(self, x):
        self.x = x

    def backward(self, g):
        return np.swapaxes(self.x, 0, 1).dot(g), np.ones(len(g)).dot(g)

def two_layer_backward(g, x, W1, b1, W2):
    h = np.tanh(x.dot(W1) + b1)
    dW2, db2 = Affine(h).backward(g)
    g = g.dot(W2.T)
    g -= g * h * h
    return *Affine(x).backward(g), dW2, db2
""",
    "biases as one more row of the weights": """
import numpy as np

def with_ones(x):
    return np.hstack([x, np.ones((len(x), 1))])

def two_layer_backward(g, x, W1, b1, W2):
    h = np.tanh(with_ones(x) @ np.vstack([W1, b1]))
    second = with_ones(h).T @ g
    first = with_ones(x).T @ ((1 + h) * (1 - h) * (g @ W2.T))
    return first[:-1], first[-1], second[:-1], second[-1]
""",
    "central differences": """
import numpy as np

def two_layer_backward(g, x, W1, b1, W2):
    b2 = np.zeros(W2.shape[1])
    params = [W1, b1, W2, b2]

    def loss():
        return (g * (np.tanh(x @ W1 + b1) @ W2 + b2)).sum()

    gradients = []
    for p in params:
        d = np.zeros_like(p)
        for i in np.ndindex(p.shape):
            old = p[i]
            p[i] = old + 1e-5
            up = loss()
            p[i] = old - 1e-5
            d[i] = (up - loss()) / 2e-5
            p[i] = old
        gradients.append(d)
    return gradients
""",
}
