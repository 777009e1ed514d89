"""Right answers to exercise 14d that are not the solution's."""

SOLUTIONS = {
    "logaddexp": """
import numpy as np

def bce_with_logits(x, t):
    loss = t * np.logaddexp(0, -x) + (1 - t) * np.logaddexp(0, x)
    return np.mean(loss), (np.exp(-np.logaddexp(0, -x)) - t) / x.size
""",
    "each sign by itself": """
import numpy as np

def bce_with_logits(x, t):
    loss, p = np.zeros(x.shape), np.zeros(x.shape)
    pos, neg = x >= 0, x < 0
    down, up = np.exp(-x[pos]), np.exp(x[neg])
    loss[pos] = (1 - t[pos]) * x[pos] + np.log(1 + down)
    loss[neg] = -t[neg] * x[neg] + np.log(1 + up)
    p[pos], p[neg] = 1 / (1 + down), up / (1 + up)
    return loss.sum() / x.size, (p - t) / np.prod(x.shape)
""",
    "the sigmoid as a tanh": """
import numpy as np

def bce_with_logits(x, t):
    p = (1 + np.tanh(x / 2)) / 2
    loss = (abs(x) + x) / 2 - x * t + np.log1p(np.exp(-abs(x)))
    return [float(np.average(loss)), (p - t) * (1 / x.size)]
""",
}
