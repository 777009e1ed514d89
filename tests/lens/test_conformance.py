"""Engines of one's own: read under any names, and told what they get wrong, in the smallest words."""

import math

import pytest

from micrograd_lab.errors import NotANodeError
from micrograd_lab.lens import adapt, conformance, draw, explain, steps
from micrograd_lab.lens.experiment import Experiment, drawn_at_random, shrunk
from micrograd_lab.scalar import Value


class Mine:
    """A small engine that is right, with a set of parents as in micrograd and a walk by stack."""

    def __init__(self, value, children=(), op=""):
        self.value = value
        self.gradient = 0.0
        self.children = set(children)
        self.operation = op
        self._backward = lambda: None

    def lift(self, other):
        return other if isinstance(other, Mine) else type(self)(other)

    def __add__(self, other):
        other = self.lift(other)
        out = type(self)(self.value + other.value, (self, other), "+")

        def step():
            self.gradient += out.gradient
            other.gradient += out.gradient

        out._backward = step
        return out

    def __mul__(self, other):
        other = self.lift(other)
        out = type(self)(self.value * other.value, (self, other), "*")

        def step():
            self.gradient += other.value * out.gradient
            other.gradient += self.value * out.gradient

        out._backward = step
        return out

    def __pow__(self, n):
        if not isinstance(n, (int, float)):
            raise TypeError("numbers only")
        out = type(self)(self.value**n, (self,), f"**{n}")

        def step():
            self.gradient += n * self.value ** (n - 1) * out.gradient

        out._backward = step
        return out

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + (-self.lift(other))

    def __rsub__(self, other):
        return self.lift(other) + (-self)

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __truediv__(self, other):
        return self * self.lift(other) ** -1

    def __rtruediv__(self, other):
        return self.lift(other) * self**-1

    def order(self):
        """Children before parents."""
        done, seen, stack = [], set(), [self]
        while stack:
            node = stack.pop()
            if node is None:
                done.append(stack.pop())
            elif node not in seen:
                seen.add(node)
                stack += [node, None, *sorted(node.children, key=lambda p: p.value)]
        return done[::-1]

    def backward(self):
        order = self.order()
        for node in order:
            if node.children:
                node.gradient = 0.0
        self.gradient = 1.0
        for node in order:
            node._backward()


class Overwrites(Mine):
    def __add__(self, other):
        other = self.lift(other)
        out = type(self)(self.value + other.value, (self, other), "+")

        def step():
            self.gradient = out.gradient
            other.gradient = out.gradient

        out._backward = step
        return out

    def __mul__(self, other):
        other = self.lift(other)
        out = type(self)(self.value * other.value, (self, other), "*")

        def step():
            self.gradient = other.value * out.gradient
            other.gradient = self.value * out.gradient

        out._backward = step
        return out


class Preorder(Mine):
    def order(self):
        found, seen, stack = [], set(), [self]
        while stack:
            node = stack.pop()
            if node not in seen:
                seen.add(node)
                found.append(node)
                stack += sorted(node.children, key=lambda p: p.value)
        return found


class WrongSign(Mine):
    def __rsub__(self, other):
        return self - other


class ForgetsOne(Mine):
    def __mul__(self, other):
        other = self.lift(other)
        out = type(self)(self.value * other.value, (self, other), "*")

        def step():
            self.gradient += other.value * out.gradient

        out._backward = step
        return out


class PerEdge(Mine):
    """Right, but it walks each path by itself, and by recursion."""

    def __init__(self, value, children=(), op=""):
        super().__init__(value, children, op)
        self.parents = tuple(children)

    def backward(self, upstream=1.0):
        self.gradient += upstream
        kinds = {"+": lambda a, b: (1.0, 1.0), "*": lambda a, b: (b, a)}
        values = [parent.value for parent in self.parents]
        if self.operation in kinds:
            locals_ = kinds[self.operation](*values)
        elif self.parents:
            n = float(self.operation[2:])
            locals_ = (n * values[0] ** (n - 1),)
        else:
            locals_ = ()
        for parent, local in zip(self.parents, locals_, strict=True):
            parent.backward(local * upstream)


class Forgetful(Mine):
    def backward(self):
        self.gradient = 1.0
        for node in self.order():
            node._backward()


def wrong(report):
    return {finding.name for finding in report.findings if finding.status == "wrong"}


def missing(report):
    return {finding.name for finding in report.findings if finding.status == "missing"}


FUNCTIONS = {"power_of_nodes", "relu", "tanh", "exp", "log"}


def test_our_own_value_conforms():
    report = conformance(Value)
    assert report.complete
    assert report.score == "25 of 25"
    assert report.picture() is None


def test_an_engine_without_functions_is_right_but_not_complete():
    report = conformance(Mine)
    assert report.ok
    assert not report.complete
    assert missing(report) == FUNCTIONS
    assert report.score == "20 of 25"
    assert report.diagnosis == ""


@pytest.mark.parametrize(
    ("engine", "first", "words", "smallest"),
    [
        (Overwrites, "reuse", "overwritten (=)", "a = 3; a + a: a.grad is 1, not 2"),
        (Preorder, "order", "reverse topological order", "a = 2, b = 3; v1 = a * b;"),
        (WrongSign, "rsub", "marked with a cross", "a = 3; 2 - a: the result is 1, not −1"),
        (ForgetsOne, "mul", "multiplication itself", "a = 2, b = 3; a * b: b.grad is 0, not 2"),
        (PerEdge, "sharing", "visit each node once", "a = 1; v1 = a + a;"),
        (Forgetful, "second_backward", "inner nodes", "(a * b) * 5: a.grad is 15, then 45, not 30"),
    ],
)
def test_each_broken_engine_is_told_its_own_mistake(engine, first, words, smallest):
    report = conformance(engine)
    assert not report.ok
    assert report.first.name == first
    assert words in report.diagnosis
    assert smallest in str(report.first.counterexample)
    assert words in " ".join(str(report).split())


def test_nothing_else_is_blamed():
    assert wrong(conformance(WrongSign)) == {"rsub"}
    assert wrong(conformance(Forgetful)) == {"second_backward"}
    assert wrong(conformance(PerEdge)) == {"sharing", "deep_chain"}
    assert wrong(conformance(Preorder)) == {"order", "random_graphs"}


def test_a_random_graph_that_fails_is_cut_down_to_a_few_lines():
    found = conformance(Preorder)["random_graphs"].counterexample.experiment
    assert len(found.lines) <= 3
    assert conformance(Preorder, seed=5)["random_graphs"].status == "wrong"


def test_an_engine_that_raises_halfway_still_gets_its_report():
    class Half(Mine):
        def backward(self):
            raise ZeroDivisionError("oh")

    report = conformance(Half)
    assert "ZeroDivisionError: oh" in str(report)
    assert not report.passed("add")


def test_an_error_in_backward_is_a_mistake_and_not_a_missing_op():
    class NoneFirst(Mine):
        def __init__(self, value, children=(), op=""):
            super().__init__(value, children, op)
            self.gradient = None

    report = conformance(NoneFirst)
    assert report["add"].status == "wrong"
    assert "TypeError" in report["add"].remark


def test_an_unknown_check_is_an_error_that_lists_them():
    with pytest.raises(KeyError, match="second_backward"):
        conformance(Mine).passed("colour")


def test_the_report_shows_itself():
    shown = conformance(Preorder)._repr_mimebundle_()["text/html"]
    assert "<script" not in shown
    assert "<img" in shown
    assert max(map(len, str(conformance(Preorder)).splitlines())) <= 100
    assert str(conformance(Preorder)) == str(conformance(Preorder))


# micrograd itself; each claim of the report is repeated here by hand.


@pytest.fixture
def micrograd():
    return pytest.importorskip("micrograd.engine").Value


def test_micrograd_gets_an_accurate_report(micrograd):
    report = conformance(micrograd)
    assert report.score == "19 of 25"
    assert wrong(report) == {"second_backward", "deep_chain"}
    assert missing(report) == {"power_of_nodes", "tanh", "exp", "log"}
    assert "inner nodes" in report.diagnosis

    a, b = micrograd(2.0), micrograd(3.0)
    root = a * b * 5
    root.backward()
    root.backward()
    assert a.grad == 45.0  # 15 + 30: the product still held the 5 of the first time
    chain = micrograd(1.0)
    for _ in range(10_000):
        chain = chain + 1
    with pytest.raises(RecursionError):
        chain.backward()
    with pytest.raises(AssertionError):
        a**b
    assert not any(hasattr(a, name) for name in ("exp", "log", "tanh"))


def test_micrograd_is_drawn_stepped_through_and_explained(micrograd):
    x, w = micrograd(3.0), micrograd(-2.0)
    loss = (x * x - x * w).relu() * 2 + x
    loss.backward()
    node = adapt(micrograd)
    node(w, "w")
    ledger = explain(node(x, "x"), of=node(loss))
    assert ledger.total == x.grad
    assert ledger.count == 4
    assert "x.grad is 17: the same" in str(ledger)
    assert steps(node(loss))[-1].node_name
    assert "×" in draw(node(loss)).source
    assert {step.after for step in steps(node(loss)) if step.parent is node(x)} >= {x.grad}


def test_micrograd_loses_order_and_repetition_and_adapt_brings_them_back(micrograd):
    x, y = micrograd(3.0), micrograd(5.0)
    assert len((x * x)._prev) == 1
    assert [p.data for p in adapt(x * x).parents] == [3.0, 3.0]
    assert [p.data for p in adapt(y * x).parents] == [5.0, 3.0]
    assert adapt(y * x).local_grads == (3.0, 5.0)
    assert adapt(x * x).local_grads == (3.0, 3.0)
    assert adapt(x**2).local_grads == (6.0,)


def test_asking_for_local_gradients_leaves_the_gradients_alone(micrograd):
    x = micrograd(3.0)
    y = x * x + x
    y.backward()
    before = (x.grad, y.grad)
    assert adapt(y).local_grads == (1.0, 1.0)
    assert (x.grad, y.grad) == before == (7.0, 1.0)


# Other names.


def test_other_names_are_found():
    node = adapt(Mine)
    assert node.names["data"] == "value"
    assert node.names["grad"] == "gradient"
    assert node.names["parents"] == "children"
    a, b = Mine(2.0), Mine(3.0)
    root = a * b
    root.backward()
    assert node(root).data == 6.0
    assert node(a).grad == 3.0
    assert node(root).op == "*"
    assert node(root) is node(root)
    assert node(root).parents == (node(a), node(b))
    assert "nothing" not in str(explain(node(a, "a"), of=node(root)))


def test_an_engine_that_keeps_local_gradients_is_believed():
    class Kept:
        def __init__(self, data, children=(), local_grads=()):
            self.data, self.grad = data, 0.0
            self._children, self._local_grads = children, local_grads

        def __add__(self, other):
            return Kept(self.data + other.data, (self, other), (1.0, 1.0))

    a = Kept(2.0)
    assert adapt(a + a).local_grads == (1.0, 1.0)
    assert explain(adapt(a), of=adapt(a + a)).total == 2.0


def test_a_chain_of_twenty_thousand_nodes_is_adapted():
    node = start = Mine(1.0)
    for _ in range(20_000):
        node = node + 1.0
    adapter = adapt(Mine)
    assert explain(adapter(start), of=adapter(node)).count == 1


def test_what_is_no_engine_is_refused_with_the_names_that_were_tried():
    with pytest.raises(NotANodeError, match=r"parents.*_prev"):
        adapt(
            type(
                "Bare",
                (),
                {
                    "data": 1.0,
                    "grad": 0.0,
                    "__add__": lambda s, o: s,
                    "__init__": lambda s, x: None,
                },
            )
        )
    with pytest.raises(NotANodeError, match="should give"):
        adapt(dict)
    with pytest.raises(NotANodeError, match="takes objects of that class"):
        adapt(Mine)(3.0)


def test_a_cycle_is_refused():
    a = Mine(1.0)
    b = a + 1.0
    a.children = {b}
    with pytest.raises(NotANodeError, match="its own ancestors"):
        adapt(b)


# Experiments.


def test_an_experiment_reads_as_python_and_computes_what_it_says():
    e = Experiment((2.0, 3.0), (("*", (0, 1)), ("+", (2, 2)), ("**", (3, 2.0))))
    assert str(e) == "a = 2, b = 3; v1 = a * b; (v1 + v1) ** 2"
    (a, _b), root = e.run(Value)
    root.backward()
    assert (root.data, a.grad) == (144.0, 144.0)


@pytest.mark.parametrize("seed", range(20))
def test_whatever_an_experiment_shrinks_to_still_runs_and_still_fails(seed):
    def has_product(e):
        return any(op == "*" for op, _ in e.lines)

    e = drawn_at_random(seed, ["+", "*", "tanh"])
    for smaller in e.smaller():
        if smaller.lines:
            assert math.isfinite(smaller.run(Value)[1].data)
    if has_product(e):
        assert [op for op, _ in shrunk(e, has_product).lines] == ["*"]
