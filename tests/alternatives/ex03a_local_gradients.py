"""Right answers to exercise 03a that are not the solution's."""

SOLUTIONS = {
    "a table of rules": """
import math

RULES = {
    "+": lambda y, a, b: (1, 1),
    "*": lambda y, a, b: (b, a),
    "**": lambda y, x, n: (n * y / x,),
    "exp": lambda y, x: (math.exp(x),),
    "log": lambda y, x: (x**-1,),
    "tanh": lambda y, x: (1 / math.cosh(x) ** 2,),
    "sigmoid": lambda y, x: (y - y**2,),
    "relu": lambda y, x: (float(x > 0),),
    "max": lambda y, a, b: (float(a > b), float(b > a)),
}

def local_gradients(op, y, *xs):
    return RULES[op](y, *xs)
""",
    "match": """
def local_gradients(op, y, *xs):
    match op, *xs:
        case "+", _, _:
            return [1.0, 1.0]
        case "*", a, b:
            return [b, a]
        case "**", x, n:
            return [n * x**n / x]
        case "exp", _:
            return [y]
        case "log", x:
            return [1.0 / x]
        case "tanh", _:
            return [(1 - y) * (1 + y)]
        case "sigmoid", _:
            return [y * (1 - y)]
        case "relu", _:
            return [1 if y else 0]
        case "max", a, b:
            return [1, 0] if y == a else [0, 1]
""",
    "a complex step for the smooth ones": """
import numpy as np

def local_gradients(op, y, *xs):
    x = np.array(xs)
    if op in ("+", "relu"):
        return tuple((x > 0).astype(float)) if op == "relu" else (1.0, 1.0)
    if op == "*":
        return tuple(x[::-1])
    if op == "max":
        return tuple((x == x.max()).astype(float))
    step = 1e-30j  # a complex step has no rounding to fear
    f = {
        "exp": np.exp,
        "log": np.log,
        "tanh": np.tanh,
        "sigmoid": lambda t: 1 / (1 + np.exp(-t)),
        "**": lambda t: t ** xs[-1],
    }[op]
    return (f(xs[0] + step).imag / 1e-30,)
""",
}
