"""Right answers to exercise 07b that are not the solution's."""

SOLUTIONS = {
    "central differences, corners apart": """
import random

def gradcheck(f, backward, xs):
    us = [random.gauss(0, 1) + 2 for _ in f(xs)]

    def loss(i, move):
        return sum(u * y for u, y in zip(us, f(xs[:i] + [xs[i] + move] + xs[i + 1:])))

    for i, g in enumerate(backward(xs, us)):
        h = 1e-5
        a, b, c = loss(i, -h), loss(i, 0), loss(i, h)
        left, right, middle = (b - a) / h, (c - b) / h, (c - a) / (2 * h)
        size = max(abs(left), abs(right))
        if abs(left - right) > 0.01 * size + 1e-9:
            if g < min(left, right) - 1e-6 or g > max(left, right) + 1e-6:
                return False
        elif abs(g - middle) > 1e-5 * size + 1e-9:
            return False
    return True
""",
    "NumPy, several upstreams": """
import numpy as np

def gradcheck(f, backward, xs):
    rng = np.random.default_rng()
    n, h = len(xs), 1e-5
    here = np.array(f(xs))
    right = np.array([np.array(f(list(xs + h * e))) - here for e in np.eye(n)]) / h
    left = np.array([here - np.array(f(list(xs - h * e))) for e in np.eye(n)]) / h
    for _ in range(3):
        u = rng.uniform(1, 2, len(here))
        both = np.sort([left @ u, right @ u], axis=0)
        slack = 2e-9 + 1e-4 * np.abs(both).max(axis=0)
        g = np.array(backward(xs, u.tolist()))
        if (g < both[0] - slack).any() or (g > both[1] + slack).any():
            return False
    return True
""",
    "by math.isclose": """
import math
import random

def gradcheck(f, backward, xs, h=1e-6):
    upstream = [random.choice([1, 2, 3]) + random.random() for _ in f(xs)]

    def loss(point):
        return math.fsum(u * y for u, y in zip(upstream, f(point)))

    def right(i, g):
        ahead, behind = list(xs), list(xs)
        ahead[i] += h
        behind[i] -= h
        left, right = (loss(xs) - loss(behind)) / h, (loss(ahead) - loss(xs)) / h
        if min(left, right) <= g <= max(left, right):
            return True
        return any(math.isclose(g, s, rel_tol=1e-3, abs_tol=1e-8) for s in (left, right))

    return all([right(i, g) for i, g in enumerate(backward(xs, upstream))])
""",
}
