"""Right answers to exercise 13e that are not the solution's."""

SHARED = """
    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + lift(other) * -1.0

    def __rsub__(self, other):
        return lift(other) - self

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other
"""

SOLUTIONS = {
    "closures that add, as micrograd has them": """
import numpy as np

def lift(x):
    return x if isinstance(x, Tensor) else Tensor(x)

def back_to(shape, g):
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1:
            g = g.sum(axis=axis, keepdims=True)
    return g

class Tensor:
    __array_priority__ = 1000
    __array_ufunc__ = None

    def __init__(self, data, parents=(), op=None, label="", requires_grad=False):
        self.data = np.array(data, dtype=float) if not isinstance(data, np.ndarray) else data
        self.grad, self.parents, self.op, self.label = None, tuple(parents), op, label
        self.requires_grad = requires_grad or any(p.requires_grad for p in self.parents)
        self.step = lambda: None

    def receive(self, g):
        if self.requires_grad:
            if self.grad is None:
                self.grad = np.zeros_like(self.data, dtype=float)
            self.grad += back_to(self.data.shape, np.asarray(g))

    def __add__(self, other):
        other = lift(other)
        out = Tensor(self.data + other.data, (self, other), "+")
        def step():
            self.receive(out.grad)
            other.receive(out.grad)
        out.step = step
        return out

    def __mul__(self, other):
        other = lift(other)
        out = Tensor(self.data * other.data, (self, other), "*")
        def step():
            self.receive(other.data * out.grad)
            other.receive(self.data * out.grad)
        out.step = step
        return out

    def __matmul__(self, other):
        other = lift(other)
        out = Tensor(self.data @ other.data, (self, other), "matmul")
        def step():
            self.receive(out.grad @ other.data.T)
            other.receive(self.data.T @ out.grad)
        out.step = step
        return out

    def one(self, op, y, slope):
        out = Tensor(y, (self,), op)
        out.step = lambda: self.receive(out.grad * slope)
        return out

    def sum(self):
        return self.one("sum", np.array(self.data.sum()), np.ones_like(self.data))

    def relu(self):
        return self.one("relu", self.data * (self.data > 0), self.data > 0)

    def tanh(self):
        y = np.tanh(self.data)
        return self.one("tanh", y, 1 - y**2)

    def detach(self):
        return Tensor(self.data)

    def backward(self):
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            node, done = stack.pop()
            if done:
                order.append(node)
            elif id(node) not in seen:
                seen.add(id(node))
                stack.append((node, True))
                stack += [(p, False) for p in node.parents]
        for node in order:
            if node.parents:
                node.grad = None
        self.receive(np.ones_like(self.data))
        for node in reversed(order):
            if node.grad is not None:
                node.step()
"""
    + SHARED,
    "an op table, and a heap by time of birth": """
import heapq
import itertools
import numpy as np

births = itertools.count()

def lift(x):
    return x if isinstance(x, Tensor) else Tensor(x)

def fit(g, shape):
    extra = g.ndim - len(shape)
    axes = [*range(extra), *[i + extra for i, n in enumerate(shape) if n == 1]]
    return g.sum(axis=tuple(axes)).reshape(shape) + 0.0

TABLE = {
    "add": (np.add, lambda g, y, a, b: (fit(g, a.shape), fit(g, b.shape))),
    "mul": (np.multiply, lambda g, y, a, b: (fit(g * b, a.shape), fit(g * a, b.shape))),
    "matmul": (np.dot, lambda g, y, a, b: (np.dot(g, b.T), np.dot(a.T, g))),
    "sum": (np.sum, lambda g, y, x: (np.ones(x.shape) * g,)),
    "relu": (lambda x: np.where(x > 0, x, 0.0), lambda g, y, x: (np.where(x > 0, g, 0.0),)),
    "tanh": (np.tanh, lambda g, y, x: (g / np.cosh(x) ** 2,)),
}

def run(op, *inputs):
    inputs = tuple(lift(x) for x in inputs)
    out = Tensor(TABLE[op][0](*[x.data for x in inputs]))
    out.op, out.parents = op, inputs
    out.requires_grad = any(x.requires_grad for x in inputs)
    return out

class Tensor:
    __array_ufunc__ = None

    def __init__(self, data, requires_grad=False, label=""):
        self.data = np.asarray(data, float)
        self.requires_grad, self.label = requires_grad, label
        self.grad, self.op, self.parents, self.birth = None, None, (), next(births)

    def __add__(self, other): return run("add", self, other)
    def __mul__(self, other): return run("mul", self, other)
    def __matmul__(self, other): return run("matmul", self, other)
    def sum(self): return run("sum", self)
    def relu(self): return run("relu", self)
    def tanh(self): return run("tanh", self)
    def detach(self): return Tensor(self.data)

    def backward(self):
        arrived = {self: np.ones(self.data.shape)}
        heap = [(-self.birth, self)]
        while heap:
            _, node = heapq.heappop(heap)
            g = arrived.pop(node)
            node.grad = g if node.op or node.grad is None else node.grad + g
            if node.op:
                inputs = [p.data for p in node.parents]
                for p, share in zip(node.parents, TABLE[node.op][1](g, node.data, *inputs)):
                    if not p.requires_grad:
                        continue
                    if p in arrived:
                        arrived[p] = arrived[p] + share
                    else:
                        arrived[p] = share
                        heapq.heappush(heap, (-p.birth, p))
"""
    + SHARED,
    "an edge per parent that matters": """
import numpy as np
from micrograd_lab.graph import topological_order

def lift(x):
    return x if isinstance(x, Tensor) else Tensor(x)

def shrink(g, like):
    g = np.broadcast_to(g, np.broadcast_shapes(np.shape(g), like.shape))
    lead = g.ndim - like.ndim
    for axis in reversed(range(g.ndim)):
        if axis < lead:
            g = g.sum(axis)
        elif like.shape[axis - lead] == 1:
            g = g.sum(axis, keepdims=True)
    return np.array(g)

class Tensor:
    __array_ufunc__ = None

    def __init__(self, data, *, requires_grad=False, label="", op=None, edges=()):
        self.data = data if isinstance(data, np.ndarray) else np.array(data, dtype=np.float64)
        self.grad, self.label, self.op = None, label, op
        self.parents = tuple(p for p, _ in edges)
        self.edges = [(p, pull) for p, pull in edges if p.requires_grad]
        self.requires_grad = bool(requires_grad or self.edges)

    def __add__(self, other):
        other = lift(other)
        return Tensor(self.data + other.data, op="add", edges=[(self, lambda g: g), (other, lambda g: g)])

    def __mul__(self, other):
        a, b = self, lift(other)
        return Tensor(
            a.data * b.data, op="mul", edges=[(a, lambda g: g * b.data), (b, lambda g: a.data * g)]
        )

    def __matmul__(self, other):
        a, b = self, lift(other)
        edges = [
            (a, lambda g: np.einsum("nm,km->nk", g, b.data)),
            (b, lambda g: np.einsum("nk,nm->km", a.data, g)),
        ]
        return Tensor(np.einsum("nk,km->nm", a.data, b.data), op="matmul", edges=edges)

    def sum(self):
        return Tensor(np.array(np.sum(self.data)), op="sum", edges=[(self, lambda g: g * np.ones_like(self.data))])

    def relu(self):
        return Tensor((abs(self.data) + self.data) / 2, op="relu", edges=[(self, lambda g: g * np.heaviside(self.data, 0.0))])

    def tanh(self):
        y = np.tanh(self.data)
        return Tensor(y, op="tanh", edges=[(self, lambda g: g - g * y**2)])

    def detach(self):
        return lift(self.data)

    def backward(self):
        nodes = topological_order(self)[::-1]
        for node in nodes:
            if node.op is not None:
                node.grad = None
        self.grad = np.ones_like(self.data) + (0.0 if self.grad is None else self.grad)
        for node in nodes:
            for parent, pull in node.edges:
                share = shrink(pull(node.grad), parent.data)
                if parent.grad is None:
                    parent.grad = share
                else:
                    parent.grad += share
"""
    + SHARED,
}
