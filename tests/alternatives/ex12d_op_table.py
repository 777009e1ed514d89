"""Right answers to exercise 12d that are not the solution's."""

SOLUTIONS = {
    "classes with static methods": """
import numpy as np

def back(g, x):
    axes = [i for i in range(g.ndim) if i < g.ndim - x.ndim or x.shape[i - g.ndim] == 1]
    return np.array(g.sum(axis=tuple(axes))).reshape(x.shape) + 0.0

class Add:
    forward = staticmethod(lambda a, b: a + b)
    vjp = staticmethod(lambda g, y, a, b: [back(g, a), back(g, b)])

class Mul:
    forward = staticmethod(lambda a, b: a * b)
    vjp = staticmethod(lambda g, y, a, b: [back(b * g, a), back(a * g, b)])

class Exp:
    forward = staticmethod(lambda x: np.e**x)
    vjp = staticmethod(lambda g, y, x: [y * g])

class Log:
    forward = staticmethod(lambda x: np.log(x))
    vjp = staticmethod(lambda g, y, x: [x**-1 * g])

class Tanh:
    forward = staticmethod(lambda x: (np.exp(2 * x) - 1) / (np.exp(2 * x) + 1))
    vjp = staticmethod(lambda g, y, x: [g - y * y * g])

class Relu:
    forward = staticmethod(lambda x: x * (x > 0))
    vjp = staticmethod(lambda g, y, x: [np.where(x > 0, g, 0)])

class Matmul:
    forward = staticmethod(lambda a, b: a @ b)
    vjp = staticmethod(lambda g, y, a, b: [np.einsum("no,io->ni", g, b), (g.T @ a).T])

class Sum:
    forward = staticmethod(lambda x: x.sum())
    vjp = staticmethod(lambda g, y, x: [np.ones_like(x) * g])

def op_table():
    ops = (Add, Mul, Exp, Log, Tanh, Relu, Matmul, Sum)
    return {op.__name__.lower(): (op.forward, op.vjp) for op in ops}
""",
    "a decorator": """
import numpy as np

TABLE = {}

def op(forward):
    def declare(vjp):
        TABLE[vjp.__name__.rstrip("_")] = (forward, vjp)
        return vjp
    return declare

def fit(g, like):
    while np.ndim(g) > np.ndim(like):
        g = np.add.reduce(g, 0)
    for i in range(np.ndim(like)):
        if like.shape[i] == 1:
            g = np.add.reduce(g, i, keepdims=True)
    return np.array(g)

@op(lambda a, b: a + b)
def add(g, y, a, b):
    return fit(g, a), fit(g, b)

@op(lambda a, b: a * b)
def mul(g, y, a, b):
    return fit(g * b, a), fit(g * a, b)

@op(np.exp)
def exp(g, y, x):
    return (g * np.exp(x),)

@op(np.log)
def log(g, y, x):
    return (g / x,)

@op(np.tanh)
def tanh(g, y, x):
    return (g / np.cosh(x) ** 2,)

@op(lambda x: x.clip(0))
def relu(g, y, x):
    return (g * np.sign(y),)

@op(np.dot)
def matmul(g, y, a, b):
    return np.dot(g, b.T), np.dot(a.T, g)

@op(lambda x: np.einsum("i->", x.ravel()))
def sum_(g, y, x):
    return (np.tile(g, x.size).reshape(x.shape),)

def op_table():
    return dict(TABLE)
""",
    "an elementwise helper for slopes": '''
import numpy as np

def slopes(forward, *partials):
    """An op entry by entry, from its partial derivatives."""
    def vjp(g, y, *xs):
        return tuple(collect(g * partial(y, *xs), x) for partial, x in zip(partials, xs))
    return forward, vjp

def collect(g, x):
    out = np.zeros(x.shape)
    where = np.broadcast_to(np.arange(x.size).reshape(x.shape), g.shape)
    np.add.at(out.reshape(-1), where.reshape(-1), g.reshape(-1))
    return out

def op_table():
    return dict(
        add=slopes(np.add, lambda y, a, b: 1.0, lambda y, a, b: 1.0),
        mul=slopes(np.multiply, lambda y, a, b: b, lambda y, a, b: a),
        exp=slopes(np.exp, lambda y, x: y),
        log=slopes(np.log, lambda y, x: 1 / x),
        tanh=slopes(np.tanh, lambda y, x: 1 - y**2),
        relu=slopes(lambda x: np.where(x > 0, x, 0), lambda y, x: x > 0),
        matmul=(lambda a, b: a @ b, lambda g, y, a, b: (g @ b.transpose(), a.transpose() @ g)),
        sum=(lambda x: sum(x.ravel().tolist()), lambda g, y, x: (g + np.zeros_like(x),)),
    )
''',
}
