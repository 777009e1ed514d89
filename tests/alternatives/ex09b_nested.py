"""Right answers to exercise 09b that are not the solution's."""

SOLUTIONS = {
    "tags by depth": """
DEPTH = 0

class Dual:
    def __init__(self, p, t, tag):
        self.p, self.t, self.tag = p, t, tag

    def with_(self, other, rule):
        tag = max(self.tag, other.tag if isinstance(other, Dual) else 0)
        return Dual(*rule(*split(self, tag), *split(other, tag)), tag)

    def __add__(self, other):
        return self.with_(other, lambda a, da, b, db: (a + b, da + db))

    def __mul__(self, other):
        return self.with_(other, lambda a, da, b, db: (a * b, a * db + b * da))

    __radd__, __rmul__ = __add__, __mul__

def split(x, tag):
    return (x.p, x.t) if getattr(x, "tag", None) == tag else (x, 0)

def derivative(f, x):
    global DEPTH
    DEPTH += 1
    try:
        return split(f(Dual(x, 1, DEPTH)), DEPTH)[1]
    finally:
        DEPTH -= 1
""",
    "a polynomial in as many epsilons as there are": """
import itertools

NEW = itertools.count()

class Multi:
    def __init__(self, terms):
        self.terms = terms  # frozenset of epsilons -> coefficient; every epsilon squared is 0

    def __add__(self, other):
        terms = dict(self.terms)
        for key, c in lift(other).terms.items():
            terms[key] = terms.get(key, 0.0) + c
        return Multi(terms)

    def __mul__(self, other):
        terms = {}
        for (k, a), (m, b) in itertools.product(self.terms.items(), lift(other).terms.items()):
            if not k & m:
                terms[k | m] = terms.get(k | m, 0.0) + a * b
        return Multi(terms)

    __radd__, __rmul__ = __add__, __mul__

def lift(x):
    return x if isinstance(x, Multi) else Multi({frozenset(): x})

def derivative(f, x):
    e = next(NEW)
    y = lift(f(lift(x) + Multi({frozenset([e]): 1.0})))
    slope = {k - {e}: c for k, c in y.terms.items() if e in k}
    return Multi(slope) if set(slope) - {frozenset()} else slope.get(frozenset(), 0.0)
""",
    "reverse mode on a graph of its own": """
class Node:
    def __init__(self, *edges):
        self.edges = edges

    def __add__(self, other):
        return Node((self, 1.0), (other, 1.0))

    def __mul__(self, other):
        return Node((self, other), (other, self))

    __radd__, __rmul__ = __add__, __mul__

class Leaf(Node):
    def __init__(self, x):
        self.x, self.edges = x, ()

def derivative(f, x):
    leaf = Leaf(x)
    return value(slope(f(leaf), leaf), leaf)

def slope(y, leaf):
    if y is leaf:
        return 1.0
    total = 0.0
    for parent, local in getattr(y, "edges", ()):
        d = slope(parent, leaf)
        if isinstance(d, Node) or d != 0:
            total = total + local * d
    return total

def value(y, leaf):
    '''y with x in the place of the leaf.'''
    if y is leaf:
        return leaf.x
    if not isinstance(y, Node) or isinstance(y, Leaf):
        return y
    (a, da), (b, db) = y.edges
    if isinstance(da, float) and isinstance(db, float) and da == db == 1.0:
        return value(a, leaf) + value(b, leaf)
    return value(a, leaf) * value(b, leaf)
""",
}
