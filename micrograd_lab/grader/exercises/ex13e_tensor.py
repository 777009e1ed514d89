"""Exercise 13e: a tensor engine of one's own: ops on whole arrays, and a backward pass."""

from random import Random
from typing import Any

import numpy as np

from micrograd_lab.grader.arrays import array, fractions, plain, table
from micrograd_lab.grader.spec import Exercise, Misconception, Probe
from micrograd_lab.graph import topological_order


class Engine:
    """The reference; each mistake below changes one piece of it."""

    __array_ufunc__ = None

    def __init__(
        self,
        data: Any,
        parents: Any = (),
        op: Any = None,
        vjp: Any = None,
        label: str = "",
        requires_grad: bool = False,
    ) -> None:
        self.data, self.grad = np.asarray(data, float), None
        self.parents, self.op, self.vjp, self.label = parents, op, vjp, label
        self.requires_grad = requires_grad or self.needed([p.requires_grad for p in parents])

    def needed(self, flags: list[bool]) -> bool:
        return any(flags)

    def node(self, op: str, data: Any, parents: Any, vjp: Any) -> Any:
        return type(self)(data, parents, op, vjp)

    def wrap(self, other: Any) -> Any:
        return other if isinstance(other, Engine) else type(self)(other)

    def fit(self, g: Any, shape: Any) -> Any:
        g = g.sum(axis=tuple(range(g.ndim - len(shape))))
        return g.sum(axis=tuple(i for i, n in enumerate(shape) if n == 1), keepdims=True).copy()

    def __add__(self, other: Any) -> Any:
        a, b = self, self.wrap(other)

        def vjp(g: Any) -> Any:
            return self.fit(g, a.data.shape), self.fit(g, b.data.shape)

        return self.node("+", a.data + b.data, (a, b), vjp)

    def factors(self, g: Any, a: Any, b: Any) -> Any:
        return g * b, g * a

    def __mul__(self, other: Any) -> Any:
        a, b = self, self.wrap(other)

        def vjp(g: Any) -> Any:
            da, db = self.factors(g, a.data, b.data)
            return self.fit(da, a.data.shape), self.fit(db, b.data.shape)

        return self.node("*", a.data * b.data, (a, b), vjp)

    def products(self, g: Any, a: Any, b: Any) -> Any:
        return g @ b.T, a.T @ g

    def __matmul__(self, other: Any) -> Any:
        a, b = self, self.wrap(other)
        return self.node("@", a.data @ b.data, (a, b), lambda g: self.products(g, a.data, b.data))

    def stretched(self, g: Any) -> Any:
        return np.full(self.data.shape, g)

    def sum(self) -> Any:
        return self.node("sum", self.data.sum(), (self,), lambda g: (self.stretched(g),))

    def gate(self, g: Any) -> Any:
        return g * (self.data > 0)

    def relu(self) -> Any:
        return self.node("relu", np.maximum(self.data, 0), (self,), lambda g: (self.gate(g),))

    def slope(self, y: Any) -> Any:
        return 1 - y * y

    def tanh(self) -> Any:
        y = np.tanh(self.data)
        return self.node("tanh", y, (self,), lambda g: (g * self.slope(y),))

    def detach(self) -> Any:
        return type(self)(self.data)

    def order(self) -> Any:
        return topological_order(self)[::-1]

    def reset(self, node: Any) -> None:
        if node.parents:
            node.grad = None

    def seed(self) -> Any:
        return np.ones(self.data.shape)

    def give(self, parent: Any, share: Any) -> None:
        parent.grad = share if parent.grad is None else parent.grad + share

    def wants(self, node: Any) -> bool:
        return bool(node.requires_grad)

    def backward(self) -> None:
        order = self.order()
        for node in order:
            self.reset(node)
        self.give(self, self.seed())
        for node in order:
            if node.parents and self.wants(node):
                for parent, share in zip(node.parents, node.vjp(node.grad), strict=False):
                    if self.wants(parent):
                        self.give(parent, share)

    def __neg__(self) -> Any:
        return self * -1.0

    def __sub__(self, other: Any) -> Any:
        return self + -self.wrap(other)

    def __rsub__(self, other: Any) -> Any:
        return self.wrap(other) - self

    __radd__ = __add__
    __rmul__ = __mul__


# The mistakes.


class MulSwapped(Engine):
    def factors(self, g: Any, a: Any, b: Any) -> Any:
        return g * a, g * b


class BroadcastForgotten(Engine):
    def fit(self, g: Any, shape: Any) -> Any:
        return g.copy()


class LeadingOnly(Engine):
    def fit(self, g: Any, shape: Any) -> Any:
        return g.sum(axis=tuple(range(g.ndim - len(shape)))).copy()


class TransposeMissing(Engine):
    def products(self, g: Any, a: Any, b: Any) -> Any:
        return g @ b, a @ g


class OuterFlipped(Engine):
    def products(self, g: Any, a: Any, b: Any) -> Any:
        return g @ b.T, g.T @ a


class SumNotStretched(Engine):
    def stretched(self, g: Any) -> Any:
        return g


class GateMissing(Engine):
    def gate(self, g: Any) -> Any:
        return g * 1.0


class GateOfUpstream(Engine):
    def gate(self, g: Any) -> Any:
        return np.maximum(g, 0)


class TanhUsesInput(Engine):
    def slope(self, y: Any) -> Any:
        return 1 - self.data * self.data


class ConstUnwrapped(Engine):
    def wrap(self, other: Any) -> Any:
        return other


class GradAliased(Engine):
    def fit(self, g: Any, shape: Any) -> Any:
        return g if g.shape == shape else super().fit(g, shape)


class Overwrites(Engine):
    def give(self, parent: Any, share: Any) -> None:
        parent.grad = share


class NotReversed(Engine):
    """Parents first: most of them have no gradient yet to pass on, and 0 stands for it."""

    def order(self) -> Any:
        return topological_order(self)

    def reset(self, node: Any) -> None:
        if node.parents:
            node.grad = np.zeros(node.data.shape)


class RecursionLimit(Engine):
    """Fails where the learner's process does, however deep this one may go."""

    def order(self) -> Any:
        order, seen = [], set()

        def visit(node: Any, depth: int) -> None:
            if depth > 900:
                raise RecursionError("maximum recursion depth exceeded")
            if node not in seen:
                seen.add(node)
                for parent in node.parents:
                    visit(parent, depth + 1)
                order.append(node)

        visit(self, 0)
        return order[::-1]


class InteriorAdds(Engine):
    def reset(self, node: Any) -> None:
        if node is self:
            node.grad = None


class BackwardWipes(Engine):
    def reset(self, node: Any) -> None:
        node.grad = None


class GradsForAll(Engine):
    def wants(self, node: Any) -> bool:
        return True


class ConstantStopsAll(Engine):
    def needed(self, flags: list[bool]) -> bool:
        return bool(flags) and all(flags)


class DetachKeepsHistory(Engine):
    def detach(self) -> Any:
        return self.node("detach", self.data, (self,), lambda g: (g.copy(),))


class DetachCopies(Engine):
    def detach(self) -> Any:
        return type(self)(self.data.copy())


class ForgetsOp(Engine):
    def node(self, op: str, data: Any, parents: Any, vjp: Any) -> Any:
        return type(self)(data, parents, None, vjp)


# The questions.


def leaf(Tensor: Any, x: Any) -> Any:
    return Tensor(array(x), requires_grad=True)


def told(gradient: Any) -> Any:
    return "no gradient" if gradient is None else plain(gradient)


def back(y: Any, g: Any, *leaves: Any) -> Any:
    """The gradients of the leaves for the upstream gradient g of y."""
    (y * array(g)).sum().backward()
    return [told(x.grad) for x in leaves]


def forwards(Tensor: Any, a: Any, b: Any, m: Any) -> Any:
    x, y, z = (Tensor(array(n)) for n in (a, b, m))
    results = [x + y, x * y, x @ z, x.sum(), x.relu(), z.tanh()]
    return [plain(r.data) for r in results]


def add_and_mul(Tensor: Any, a: Any, b: Any, g: Any) -> Any:
    x, y, z, w = (leaf(Tensor, n) for n in (a, b, a, b))
    return [*back(x + y, g, x, y), *back(z * w, g, z, w)]


def numbers(Tensor: Any, a: Any, k: float, g: Any) -> Any:
    """A plain number or array on either side."""
    x = [leaf(Tensor, a) for _ in range(5)]
    y = [x[0] + k, k * x[1], x[2] * array(a), array(a) + x[3], k - x[4]]
    return [[plain(r.data), *back(r, g, n)] for r, n in zip(y, x, strict=True)]


def products(Tensor: Any, a: Any, b: Any, g: Any) -> Any:
    x, y = leaf(Tensor, a), leaf(Tensor, b)
    return back(x @ y, g, x, y)


def one(Tensor: Any, name: str, a: Any, g: Any) -> Any:
    x = leaf(Tensor, a)
    return back(getattr(x, name)(), g, x)


def total(Tensor: Any, a: Any, k: float) -> Any:
    x = leaf(Tensor, a)
    (x.sum() * k).backward()
    return told(x.grad)


def shared(Tensor: Any, a: Any, g: Any) -> Any:
    """y = x + x, z = y * x + y: x is used three times, y twice."""
    x = leaf(Tensor, a)
    y = x + x
    return back(y * x + y, g, x, y)


def again(Tensor: Any, a: Any) -> Any:
    """Backward twice from one root, then from another that shares a node."""
    x = leaf(Tensor, a)
    y = x + x
    first, second = (y * y).sum(), y.sum()
    first.backward()
    first.backward()
    answer = [told(x.grad), told(y.grad)]
    second.backward()
    return [*answer, told(x.grad), told(y.grad)]


def wanted(Tensor: Any, a: Any, b: Any) -> Any:
    """Who requires a gradient, and who gets one."""
    x, c = leaf(Tensor, a), Tensor(array(b))
    d = c * c
    y = x * d
    y.sum().backward()
    flags = [bool(t.requires_grad) for t in (x, c, d, y)]
    return [flags, [told(t.grad) for t in (x, c, d)]]


def detached(Tensor: Any, a: Any) -> Any:
    """y = x * x.detach(), and who the detached one is."""
    import numpy

    x = leaf(Tensor, a)
    d = x.detach()
    (x * d).sum().backward()
    flags = [len(d.parents), bool(d.requires_grad), bool(numpy.shares_memory(d.data, x.data))]
    return [flags, told(x.grad)]


def own_memory(Tensor: Any, a: Any, b: Any) -> Any:
    """x + y; then x's gradient is changed in place."""
    x, y = leaf(Tensor, a), leaf(Tensor, b)
    (x + y).sum().backward()
    x.grad *= 0.0
    return [told(x.grad), told(y.grad)]


def contract(Tensor: Any, a: Any) -> Any:
    """What pictures and tools need to find in every node."""
    x = Tensor(array(a), label="x", requires_grad=True)
    root = (x + x * 2.0).sum()
    root.backward()
    stack, problems = [root], set()
    while stack:
        node = stack.pop()
        if (node.op is None) != (not node.parents):
            problems.add("op is None for a leaf, and a text for all others")
        if not hasattr(node.data, "shape"):
            problems.add("data is an array")
        if node.grad is not None and node.grad.shape != node.data.shape:
            problems.add("a gradient has the shape of its data")
        if not isinstance(node.label, str):
            problems.add("a label is a text")
        stack += node.parents
    return [sorted(problems), x.label, len(root.parents)]


def deep(Tensor: Any, a: Any, length: int) -> Any:
    x = leaf(Tensor, a)
    y = x
    for _ in range(length):
        y = y.relu()
    y.sum().backward()
    return [plain(y.data), told(x.grad)]


def trained(Tensor: Any, x: Any, target: Any, params: Any, steps: int) -> Any:
    """tanh(x @ W + b) @ V against the target: the mean squared error before each step."""
    inputs, wanted, losses = Tensor(array(x)), Tensor(array(target)), []
    W, b, V = leaves = [leaf(Tensor, p) for p in params]
    for _ in range(steps):
        error = (inputs @ W + b).tanh() @ V - wanted
        loss = (error * error).sum() * (1 / len(x))
        for p in leaves:
            p.grad = None
        loss.backward()
        for p in leaves:
            p.data = p.data - 0.1 * p.grad
        losses.append(float(loss.data))
    return losses


def draw_forwards(rng: Random) -> dict[str, Any]:
    return {"a": table(rng, 2, 3), "b": table(rng, 3), "m": fractions(rng, 3, 2)}


def draw_same(rng: Random) -> dict[str, Any]:
    return {"a": table(rng, 2, 2), "b": table(rng, 2, 2), "g": table(rng, 2, 2, low=2)}


def draw_leading(rng: Random) -> dict[str, Any]:
    n, c = rng.sample((2, 3, 4), 2)
    return {"a": table(rng, n, c), "b": table(rng, c), "g": table(rng, n, c, low=2)}


def draw_size_one(rng: Random) -> dict[str, Any]:
    n, c = rng.sample((2, 3, 4), 2)
    return {"a": table(rng, n, 1), "b": table(rng, 1, c), "g": table(rng, n, c, low=2)}


def draw_numbers(rng: Random) -> dict[str, Any]:
    a = [rng.choice((-1, 1)) * n for n in rng.sample(range(2, 10), 3)]
    return {"a": a, "k": rng.randint(2, 9), "g": table(rng, 3, low=2)}


def draw_matrices(rng: Random) -> dict[str, Any]:
    n, k, m = rng.sample((2, 3, 4), 3)
    return {"a": table(rng, n, k), "b": table(rng, k, m), "g": table(rng, n, m)}


def draw_squares(rng: Random) -> dict[str, Any]:
    return {"a": table(rng, 3, 3), "b": table(rng, 3, 3), "g": table(rng, 3, 3, low=2)}


def draw_relu(rng: Random) -> dict[str, Any]:
    """Every combination of signs of g and x."""
    a, g = ([rng.randint(2, 9) for _ in range(4)] for _ in range(2))
    return {
        "name": "relu",
        "a": [a[0], a[1], -a[2], -a[3]],
        "g": [g[0], -g[1], g[2], -g[3]],
    }


def draw_tanh(rng: Random) -> dict[str, Any]:
    return {"name": "tanh", "a": fractions(rng, 3), "g": table(rng, 3, low=2)}


def draw_total(rng: Random) -> dict[str, Any]:
    return {"a": table(rng, 2, 3), "k": rng.randint(2, 9)}


def draw_shared(rng: Random) -> dict[str, Any]:
    return {"a": table(rng, 3), "g": table(rng, 3, low=2)}


def draw_vector(rng: Random) -> dict[str, Any]:
    return {"a": table(rng, 3)}


def draw_two(rng: Random) -> dict[str, Any]:
    return {"a": table(rng, 3), "b": table(rng, 3, low=2)}


def draw_deep(rng: Random) -> dict[str, Any]:
    a = rng.sample((rng.randint(1, 9), -rng.randint(1, 9)), 2)
    return {"a": a, "length": rng.randint(1100, 1200)}  # beyond Python's recursion limit


def draw_trained(rng: Random) -> dict[str, Any]:
    params = [fractions(rng, 2, 3), fractions(rng, 3), fractions(rng, 3, 1)]
    return {
        "x": fractions(rng, 4, 2),
        "target": fractions(rng, 4, 1),
        "params": params,
        "steps": rng.randint(3, 5),
    }


PAIR = "x + y, then x * y, upstream gradient {g}, x = {a}, y = {b}: the gradients of x and y"
PRODUCT = "x @ y, upstream gradient {g}, x = {a}, y = {b}: the gradients"
ONE = "x.{name}(), upstream gradient {g}, x = {a}: x.grad"

EXERCISE = Exercise(
    name="ex13e_tensor",
    title="A tensor engine of your own",
    entry_point="Tensor",
    reference=Engine,
    probes=(
        Probe("the values of all ops", forwards, 1, draw_forwards,
              "x + y, x * y, x @ z, x.sum(), x.relu(), z.tanh() of x = {a}, y = {b}, z = {m}",
              "as NumPy computes them"),
        Probe("+ and * of one shape", add_and_mul, 2, draw_same, PAIR,
              "+ hands the gradient to both; * gives each the other one times it"),
        Probe("+ and * with an axis missing", add_and_mul, 2, draw_leading, PAIR,
              "each gradient has the shape of its tensor: summed over the copies"),
        Probe("+ and * with axes of size 1", add_and_mul, 1, draw_size_one, PAIR,
              "each gradient has the shape of its tensor: summed over the copies"),
        Probe("plain numbers and arrays", numbers, 1, draw_numbers,
              "x + k, k * x, x * a, a + x, k - x with a = x = {a}, k = {k}, upstream {g}: values, "
              "gradients", "a plain number or array works like a Tensor that holds it"),
        Probe("@", products, 2, draw_matrices, PRODUCT, "g @ y.T and x.T @ g"),
        Probe("@ of squares", products, 1, draw_squares, PRODUCT, "g @ y.T and x.T @ g"),
        Probe("relu", one, 1, draw_relu, ONE, "g where x is positive, otherwise 0"),
        Probe("tanh", one, 1, draw_tanh, ONE, "g times 1 − y², in terms of the output y"),
        Probe("sum", total, 1, draw_total, "(x.sum() * {k}).backward(), x = {a}: x.grad",
              "every entry gets {k}"),
        Probe("tensors used several times", shared, 2, draw_shared,
              "y = x + x, z = y * x + y at x = {a}, upstream {g}: the gradients of x and y",
              "what comes along several edges adds up"),
        Probe("backward again, and from another root", again, 2, draw_vector,
              "y = x + x at x = {a}; (y * y).sum().backward() twice: x.grad, y.grad; then "
              "y.sum().backward(): x.grad, y.grad",
              "the leaf x adds up over all calls; what lies between is computed afresh by each"),
        Probe("who requires a gradient", wanted, 1, draw_two,
              "x = {a} requires a gradient, c = {b} does not, d = c * c, y = x * d: who of x, c, d, "
              "y does; after y.sum().backward() the gradients of x, c, d",
              "what is made of one that does, does too; the others get none"),
        Probe("detach", detached, 1, draw_vector,
              "d = x.detach(), (x * d).sum().backward() at x = {a}: parents of d, whether it "
              "requires a gradient, whether it shares x's memory; x.grad",
              "d is a leaf with x's own numbers; to the gradient it is a constant"),
        Probe("gradients have a memory of their own", own_memory, 1, draw_two,
              "(x + y).sum().backward(), then x.grad *= 0.0, x = {a}, y = {b}: both gradients",
              "what happens to one gradient is no business of the other"),
        Probe("what pictures read", contract, 1, draw_vector,
              'with x = Tensor({a}, label="x", requires_grad=True), r = (x + x * 2.0).sum(): rules '
              "that are broken, the label of x, the number of parents of r",
              "each node has data, grad, op, parents and label"),
        Probe("a chain of a thousand", deep, 1, draw_deep,
              "y = x, then y = y.relu(), {length} times; y.sum().backward() at x = {a}: y, x.grad",
              "as of one relu: a second one changes nothing"),
        Probe("a network learns", trained, 2, draw_trained,
              "tanh(x @ W + b) @ V against {target}, x = {x}, W, b, V = {params}: the loss before "
              "each of {steps} steps", "the same losses as with any other right engine"),
    ),
    misconceptions=(
        Misconception(
            MulSwapped,
            "In a * b each factor got its own number. Towards a it is g times b, and towards b g "
            "times a.",
        ),
        Misconception(
            BroadcastForgotten,
            "The gradients of + and * keep the stretched shape. Sum them over the axes along which "
            "the tensor was stretched, back to its own shape.",
        ),
        Misconception(
            LeadingOnly,
            "Missing axes are summed over; axes of size 1 were stretched just as well. Sum over "
            "those too, with keepdims=True.",
        ),
        Misconception(
            TransposeMissing,
            "@ lacks its transposes going back: g @ b.T towards a, a.T @ g towards b.",
        ),
        Misconception(
            OuterFlipped,
            "The gradient towards b of a @ b is the transpose of what it should be: a.T @ g.",
        ),
        Misconception(
            SumNotStretched,
            "sum hands back one number. Each entry moved the sum, so each gets g, in the shape of "
            "the tensor: np.full(shape, g).",
        ),
        Misconception(
            GateMissing,
            "relu lets all of g through. Where x is negative nothing comes out, so nothing goes "
            "back: multiply by x > 0.",
        ),
        Misconception(
            GateOfUpstream,
            "Going back, relu does not clip g. The gate opens where x was positive, and a negative "
            "gradient passes it as well: g * (x > 0).",
        ),
        Misconception(
            TanhUsesInput,
            "The slope of tanh is 1 − y² in terms of its output y; yours squares the input.",
        ),
        Misconception(
            ConstUnwrapped,
            "A plain number or array went into `parents` as it was. Make it a Tensor first: it "
            "requires no gradient, and nobody has to ask what it is.",
        ),
        Misconception(
            GradAliased,
            "+ hands the very same array to both sides, so when one gradient is changed in place, "
            "the other changes too. Give each a copy.",
        ),
        Misconception(
            Overwrites,
            "Where two paths meet, the second share covers the first. Add it to what is there.",
        ),
        Misconception(
            NotReversed,
            "Your pass begins with the leaves, where nothing has arrived yet. Begin with the root: "
            "reversed(topological_order(self)).",
        ),
        Misconception(
            RecursionLimit,
            "A graph a thousand nodes deep is deeper than Python's recursion goes. Keep a "
            "stack of your own, or use topological_order.",
        ),
        Misconception(
            InteriorAdds,
            "The tensors between kept what the last call left and pass it on once more. Set grad "
            "to None for each that has parents before the pass.",
        ),
        Misconception(
            BackwardWipes,
            "Each call wipes out what the leaves hold. There the gradients of several calls add "
            "up; clear only what has parents.",
        ),
        Misconception(
            GradsForAll,
            "Everybody gets a gradient, even data and constants. Whoever does not require one "
            "keeps grad None.",
        ),
        Misconception(
            ConstantStopsAll,
            "One constant among the parents, and the result no longer requires a gradient. It "
            "takes only one parent that does: any, not all.",
        ),
        Misconception(
            DetachKeepsHistory,
            "detach still lists its origin among the parents, so gradients go through. Make a leaf "
            "of the data: no parents, no vjp.",
        ),
        Misconception(
            DetachCopies,
            "detach copies the numbers. It cuts the history only; the memory stays the same.",
        ),
        Misconception(
            ForgetsOp,
            'The results know their parents, but not what was done to them. Hand over the op, such as "+".',
        ),
    ),
    hints=(
        "Each op makes its data with NumPy and hands on a small function from g to a tuple with "
        "one gradient per parent. Start with + and sum and see them work without any stretching.",
        "__add__: def vjp(g): return unbroadcast(g, a.data.shape), unbroadcast(g, b.data.shape); "
        'return Tensor(a.data + b.data, (a, b), "+", vjp). __mul__ differs in g * b.data, g * a.data.',
        "@: (g @ b.data.T, a.data.T @ g); sum: (np.full(x.data.shape, g),); relu: (g * (x.data > "
        "0),); tanh: (g * (1 - y * y),). A tuple even for one parent.",
        "backward(): put the tensors in order; set grad to None where there are parents; give the "
        "root ones; then, root first, ask each one's vjp, and give every share to its parent.",
        "Pass over a tensor that has no parents or requires no gradient. A share is taken as it is "
        "where grad is None, and otherwise added: parent.grad = parent.grad + share.",
    ),
    difficulty=3,
    minutes=60,
    helpers=(array, plain, leaf, told, back),
    without=(
        *("micrograd_lab.tensor", "micrograd_lab.engine", "micrograd_lab.record"),
        *("micrograd_lab.ops", "micrograd_lab.autograd", "micrograd_lab.scalar"),
    ),
)  # fmt: skip
