"""Right answers to exercise 14a that are not the solution's."""

SOLUTIONS = {
    "two at a time": """
import numpy as np

def logsumexp(x):
    total = np.full(x.shape[:-1], -np.inf)
    for column in range(x.shape[-1]):
        total = np.logaddexp(total, x[..., column])
    return total
""",
    "row by row with math": """
import math
import numpy as np

def one(row):
    m = max(row)
    if m == -math.inf:
        return m
    return m + math.log(math.fsum(math.exp(v - m) for v in row))

def logsumexp(x):
    rows = x.reshape(-1, x.shape[-1]).tolist()
    return np.array([one(row) for row in rows]).reshape(x.shape[:-1])
""",
    "the largest, and log1p of the rest": """
import numpy as np

def logsumexp(x):
    x = np.sort(x, axis=-1)
    m = x[..., -1:]
    rest = np.where(np.isneginf(x), -np.inf, x - np.where(np.isneginf(m), 0, m))[..., :-1]
    return m[..., 0] + np.log1p(np.exp(rest).sum(-1))
""",
}
