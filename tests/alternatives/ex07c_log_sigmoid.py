"""Right answers to exercise 07c that are not the solution's."""

SOLUTIONS = {
    "two branches": """
import math

def log_sigmoid(x):
    if x < 0:
        e = math.exp(x)
        return x - math.log1p(e), 1 / (1 + e)
    e = math.exp(-x)
    return -math.log1p(e), e / (1 + e)
""",
    "NumPy's logaddexp": """
import numpy as np

def log_sigmoid(x):
    return float(-np.logaddexp(0.0, -x)), float(np.exp(-np.logaddexp(0.0, x)))
""",
    "the slope from y": """
from math import exp, expm1, log1p

def log_sigmoid(x):
    y = -log1p(exp(-x)) if x > 0 else x - log1p(exp(x))
    return [y, -expm1(y)]
""",
}
