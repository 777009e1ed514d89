"""Right answers to exercise 09c that are not the solution's."""

SOLUTIONS = {
    "duals through reverse mode": """
import math

class D:
    def __init__(self, p, t=0.0):
        self.p, self.t = p, t
    def __add__(self, o):
        return D(self.p + o.p, self.t + o.t)
    def __mul__(self, o):
        return D(self.p * o.p, self.t * o.p + self.p * o.t)

class Value:
    def __init__(self, data, *edges):
        self.data, self.edges, self.grad = data, edges, D(0.0)
    def __add__(self, o):
        o = o if isinstance(o, Value) else Value(D(o))
        return Value(self.data + o.data, (self, D(1.0)), (o, D(1.0)))
    def __mul__(self, o):
        o = o if isinstance(o, Value) else Value(D(o))
        return Value(self.data * o.data, (self, o.data), (o, self.data))
    __radd__, __rmul__ = __add__, __mul__
    def exp(self):
        e = math.exp(self.data.p)
        y = D(e, e * self.data.t)
        return Value(y, (self, y))
    def sin(self):
        s, c, t = math.sin(self.data.p), math.cos(self.data.p), self.data.t
        return Value(D(s, c * t), (self, D(c, -s * t)))

def push(node, upstream):
    node.grad = node.grad + upstream
    for parent, local in node.edges:
        push(parent, local * upstream)

def hvp(f, xs, v):
    leaves = [Value(D(x, t)) for x, t in zip(xs, v)]
    push(f(*leaves), D(1.0))
    return [leaf.grad.t for leaf in leaves]
""",
    "two motions at once, one pass per input": """
import math

class H:
    '''a + b·e + c·d + k·e·d with e² = d² = 0'''
    def __init__(self, a, b=0.0, c=0.0, k=0.0):
        self.a, self.b, self.c, self.k = a, b, c, k
    def __add__(self, o):
        o = o if isinstance(o, H) else H(o)
        return H(self.a + o.a, self.b + o.b, self.c + o.c, self.k + o.k)
    def __mul__(self, o):
        o = o if isinstance(o, H) else H(o)
        k = self.a * o.k + self.b * o.c + self.c * o.b + self.k * o.a
        return H(self.a * o.a, self.a * o.b + self.b * o.a, self.a * o.c + self.c * o.a, k)
    __radd__, __rmul__ = __add__, __mul__
    def lifted(self, y, first, second):
        return H(y, first * self.b, first * self.c, first * self.k + second * self.b * self.c)
    def exp(self):
        return self.lifted(*[math.exp(self.a)] * 3)
    def sin(self):
        s, c = math.sin(self.a), math.cos(self.a)
        return self.lifted(s, c, -s)

def hvp(f, xs, v):
    n = range(len(xs))
    return [f(*(H(xs[j], v[j], float(i == j)) for j in n)).k for i in n]
""",
    "recursive over edges, adding in lists": """
import math

class Node:
    def __init__(self, data, *edges):
        self.data, self.edges = data, edges
    def __add__(self, o):
        o = o if isinstance(o, Node) else Node(o)
        return Node(self.data + o.data, (self, lambda g: g), (o, lambda g: g))
    def __mul__(self, o):
        o = o if isinstance(o, Node) else Node(o)
        return Node(self.data * o.data, (self, lambda g: g * o), (o, lambda g: g * self))
    __radd__, __rmul__ = __add__, __mul__
    def exp(self):
        return Node(math.exp(self.data), (self, lambda g: g * self.exp()))
    def sin(self, shift=0.0):
        edge = (self, lambda g: g * self.sin(shift + math.pi / 2))
        return Node(math.sin(self.data + shift), edge)

def shares(node, g, found):
    found.setdefault(node, []).append(g)
    for parent, pullback in node.edges:
        shares(parent, pullback(g), found)
    return found

def grad(root, leaves):
    found = shares(root, Node(1.0), {})
    return [sum(found.get(leaf, []), Node(0.0)) for leaf in leaves]

def hvp(f, xs, v):
    leaves = [Node(x) for x in xs]
    slope = sum((g * t for g, t in zip(grad(f(*leaves), leaves), v)), Node(0.0))
    return tuple(h.data for h in grad(slope, leaves))
""",
}
