"""Right answers to exercise 02a that are not the solution's."""

HELPER = '''
class Value:
    """One helper does it all."""

    def __init__(self, data, parents=(), op=None, label=""):
        self.data, self.parents, self.op, self.label = data, parents, op, label

    @staticmethod
    def wrap(x):
        return x if isinstance(x, Value) else Value(x)

    @classmethod
    def make(cls, op, f, a, b):
        a, b = cls.wrap(a), cls.wrap(b)
        return cls(f(a.data, b.data), (a, b), op)

    def __add__(self, other): return Value.make("+", lambda a, b: a + b, self, other)
    def __radd__(self, other): return Value.make("+", lambda a, b: a + b, other, self)
    def __mul__(self, other): return Value.make("*", lambda a, b: a * b, self, other)
    def __rmul__(self, other): return Value.make("*", lambda a, b: a * b, other, self)
    def __sub__(self, other): return Value.make("-", lambda a, b: a - b, self, other)
    def __rsub__(self, other): return Value.make("-", lambda a, b: a - b, other, self)
    def __truediv__(self, other): return Value.make("/", lambda a, b: a / b, self, other)
    def __rtruediv__(self, other): return Value.make("/", lambda a, b: a / b, other, self)
    def __pow__(self, n): return Value(self.data ** n, (self,), "**" + str(n))
'''

DATACLASS = """
from dataclasses import dataclass, field

@dataclass(eq=False)
class Value:
    data: float
    parents: list = field(default_factory=list)
    op: str | None = None
    label: str = ""

    def __add__(self, other):
        other = as_value(other)
        return Value(self.data + other.data, [self, other], "+")

    def __mul__(self, other):
        other = as_value(other)
        return Value(self.data * other.data, [self, other], "*")

    def __sub__(self, other):
        other = as_value(other)
        return Value(self.data - other.data, [self, other], "-")

    def __truediv__(self, other):
        other = as_value(other)
        return Value(self.data / other.data, [self, other], "/")

    def __pow__(self, n):
        return Value(self.data ** n, [self], f"**{n}")

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other):
        return as_value(other).__sub__(self)

    def __rtruediv__(self, other):
        return as_value(other).__truediv__(self)

def as_value(x):
    return x if isinstance(x, Value) else Value(float(x))
"""

INSTALLED = '''
import operator

class Value:
    """The operators are put in by a loop."""

    def __init__(self, data, parents=(), op=None, label=""):
        self.data = data
        self.parents = tuple(parents)
        self.op = op
        self.label = label

    def __pow__(self, n):
        return Value(pow(self.data, n), [self], f"**{n}")

def install(name, sign):
    compute = getattr(operator, name)

    def forward(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(compute(self.data, other.data), [self, other], sign)

    setattr(Value, f"__{name}__", forward)
    setattr(Value, f"__r{name}__", lambda self, other: forward(Value(other), self))

for name, sign in {"add": "+", "mul": "*", "sub": "-", "truediv": "/"}.items():
    install(name, sign)
'''

SOLUTIONS = {
    "one helper": HELPER,
    "a dataclass, and lists of parents": DATACLASS,
    "operators in a loop": INSTALLED,
}
