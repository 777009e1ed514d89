"""Right answers to exercise 05c that are not the solution's."""

CLOSURES = '''
import math

class Value:
    """In the manner of closures, with an order of its own."""

    def __init__(self, data, parents=(), local_grads=(), op=None, label=""):
        self.data, self.grad, self.label = float(data), 0.0, label
        self.parents, self.op, self.local_grads = tuple(parents), op, tuple(local_grads)
        self.push = lambda: None

    @classmethod
    def make(cls, data, op, *edges):
        out = cls(data, [p for p, _ in edges], [d for _, d in edges], op)

        def push():
            for p, d in edges:
                p.grad += d * out.grad

        out.push = push
        return out

    def lift(self, other):
        return other if isinstance(other, Value) else Value(other)

    def __add__(self, o):
        o = self.lift(o)
        return self.make(self.data + o.data, "+", (self, 1), (o, 1))

    def __sub__(self, o):
        o = self.lift(o)
        return self.make(self.data - o.data, "-", (self, 1), (o, -1))

    def __mul__(self, o):
        o = self.lift(o)
        return self.make(self.data * o.data, "*", (self, o.data), (o, self.data))

    def __truediv__(self, o):
        o = self.lift(o)
        y = self.data / o.data
        return self.make(y, "/", (self, 1 / o.data), (o, -y / o.data))

    def __pow__(self, n):
        return self.make(self.data ** n, "pow", (self, n * self.data ** n / self.data))

    def __neg__(self):
        return self.make(-self.data, "-", (self, -1))

    def exp(self):
        return self.make(math.e ** self.data, "exp", (self, math.exp(self.data)))

    def log(self):
        return self.make(math.log(self.data), "ln", (self, self.data ** -1))

    def tanh(self):
        return self.make(math.tanh(self.data), "tanh", (self, math.cosh(self.data) ** -2))

    def sigmoid(self):
        s = 0.5 * (1 + math.tanh(self.data / 2))
        return self.make(s, "sigma", (self, s - s * s))

    def relu(self):
        return self.make(max(0, self.data), "relu", (self, self.data > 0))

    def __radd__(self, o): return self + o
    def __rmul__(self, o): return self * o
    def __rsub__(self, o): return self.lift(o) - self
    def __rtruediv__(self, o): return self.lift(o) / self

    def backward(self):
        waiting, found = {self: 0}, [self]
        for node in found:
            if node.parents:
                node.grad = 0.0
            for p in node.parents:
                if p not in waiting:
                    waiting[p] = 0
                    found.append(p)
                waiting[p] += 1
        self.grad += 1.0
        ready = [self]
        while ready:
            node = ready.pop()
            node.push()
            for p in node.parents:
                waiting[p] -= 1
                if not waiting[p]:
                    ready.append(p)
'''

TABLE = '''
import math

RULES = {
    "+": lambda y, a, b: (1.0, 1.0),
    "*": lambda y, a, b: (b, a),
    "exp": lambda y, x: (y,),
    "log": lambda y, x: (1 / x,),
    "tanh": lambda y, x: (1 - y ** 2,),
    "sigmoid": lambda y, x: (y * (1 - y),),
    "relu": lambda y, x: (float(y > 0),),
}

def apply(op, data, *parents):
    return Value(data, parents, RULES[op](data, *(p.data for p in parents)), op)

class Value:
    """A table of rules; gradients are kept in a dict until the pass is done."""

    def __init__(self, data, parents=(), local_grads=(), op=None, label=""):
        self.data = data
        self.grad = 0.0
        self.parents = parents
        self.local_grads = local_grads
        self.op = op
        self.label = label

    def __mul__(self, o):
        o = as_value(o)
        return apply("*", self.data * o.data, self, o)

    def __add__(self, o):
        o = as_value(o)
        return apply("+", self.data + o.data, self, o)

    def __pow__(self, n):
        return Value(self.data ** n, (self,), (n * self.data ** (n - 1),), "**")

    def exp(self): return apply("exp", math.exp(self.data), self)
    def log(self): return apply("log", math.log(self.data), self)
    def tanh(self): return apply("tanh", math.tanh(self.data), self)
    def sigmoid(self): return apply("sigmoid", 1 / (1 + math.exp(-self.data)), self)
    def relu(self): return apply("relu", self.data if self.data > 0 else 0.0, self)
    def __neg__(self): return self * -1
    def __sub__(self, o): return self + as_value(o) * -1
    def __truediv__(self, o): return self * as_value(o) ** -1
    def __rsub__(self, o): return as_value(o) - self
    def __rtruediv__(self, o): return as_value(o) / self

    __radd__ = __add__
    __rmul__ = __mul__

    def backward(self):
        height, stack = {}, [self]
        while stack:
            node = stack[-1]
            missing = [p for p in node.parents if p not in height]
            if missing:
                stack.extend(missing)
            else:
                height[node] = 1 + max([height[p] for p in node.parents], default=0)
                stack.pop()
        grads = {node: 0.0 for node in height}
        grads[self] = 1.0
        for node in sorted(height, key=height.get, reverse=True):
            for p, local in zip(node.parents, node.local_grads):
                grads[p] += local * grads[node]
        for node, g in grads.items():
            node.grad = g if node.parents else node.grad + g

def as_value(o):
    return o if isinstance(o, Value) else Value(o)
'''

DECOMPOSED = """
import math
from micrograd_lab.graph import topological_order

class Value:
    def __init__(self, data, label="", *, made=None):
        self.op, edges = made or (None, [])
        self.parents = [p for p, _ in edges]
        self.local_grads = [d for _, d in edges]
        self.data, self.label, self.grad = data, label, 0.0

    def __add__(self, o):
        o = o if isinstance(o, Value) else Value(o)
        return Value(self.data + o.data, made=("+", [(self, 1.0), (o, 1.0)]))

    def __mul__(self, o):
        o = o if isinstance(o, Value) else Value(o)
        return Value(self.data * o.data, made=("*", [(self, o.data), (o, self.data)]))

    def __pow__(self, n):
        return Value(self.data ** n, made=("^", [(self, n * self.data ** (n - 1))]))

    def exp(self):
        y = math.exp(self.data)
        return Value(y, made=("exp", [(self, y)]))

    def log(self):
        return Value(math.log(self.data), made=("log", [(self, 1 / self.data)]))

    def relu(self):
        if self.data > 0:
            return self * 1.0
        return self * 0.0

    def sigmoid(self):
        return ((-self).exp() + 1) ** -1

    def tanh(self):
        return (self * 2).sigmoid() * 2 - 1

    def __neg__(self):
        return self * -1

    def __sub__(self, o):
        return self + (-o)

    def __truediv__(self, o):
        return self * o ** -1

    def __rsub__(self, o):
        return -self + o

    def __rtruediv__(self, o):
        return self ** -1 * o

    __radd__, __rmul__ = __add__, __mul__

    def backward(self):
        nodes = topological_order(self)
        for n in nodes:
            n.grad *= not n.parents
        self.grad += 1
        while nodes:
            n = nodes.pop()
            for i, p in enumerate(n.parents):
                p.grad += n.grad * n.local_grads[i]
"""

SOLUTIONS = {
    "closures": CLOSURES,
    "a table of rules": TABLE,
    "tanh, sigmoid and relu taken apart": DECOMPOSED,
}
