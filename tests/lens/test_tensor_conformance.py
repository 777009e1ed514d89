"""Tensor engines of one's own: each mistake is told, in the smallest shapes; what is right is left in peace."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import micrograd_lab as lab
from micrograd_lab.grader.exercises.ex13e_tensor import EXERCISE, Engine
from micrograd_lab.lens import conformance
from micrograd_lab.lens.tensor_experiment import TENSOR_OPS, some, tensors_at_random

ROOT = Path(__file__).resolve().parents[2]
OPTIONAL = {"div", "pow", "exp", "log", "mean", "sum_axis", "reshape", "transpose", "index"}


def tensor_of(folder):
    """The learner's class in exercises/, or the one in solutions/."""
    names = {"__name__": "ex13e_tensor"}
    exec((ROOT / folder / "ex13e_tensor.py").read_text(encoding="utf-8"), names)
    return names["Tensor"]


def those(report, status):
    return {finding.name for finding in report.findings if finding.status == status}


class Closures:
    """Another way to build one, and a right one: zeros to begin with, += in place, no requires_grad."""

    __array_priority__ = 1.0

    def __init__(self, value, prev=(), op=""):
        self.value = np.array(value, dtype=float)
        self.gradient = np.zeros_like(self.value)
        self._prev, self._op = prev, op
        self._backward = lambda: None

    def lift(self, other):
        return other if isinstance(other, Closures) else type(self)(other)

    def fit(self, g):
        g = g.sum(axis=tuple(range(g.ndim - self.value.ndim)))
        ones = tuple(i for i, n in enumerate(self.value.shape) if n == 1)
        return g.sum(axis=ones, keepdims=True)

    def result(self, value, prev, op, *shares):
        out = type(self)(value, prev, op)

        def step():
            for parent, share in zip(prev, shares, strict=True):
                self.take(parent, parent.fit(share(out.gradient)))

        out._backward = step
        return out

    def take(self, parent, share):
        parent.gradient += share

    def __add__(self, other):
        b = self.lift(other)
        return self.result(self.value + b.value, (self, b), "+", lambda g: g, lambda g: g)

    def __mul__(self, other):
        a, b = self.value, self.lift(other)
        return self.result(a * b.value, (self, b), "*", lambda g: g * b.value, lambda g: g * a)

    def __matmul__(self, other):
        a, b = self.value, other.value
        return self.result(a @ b, (self, other), "@", lambda g: g @ b.T, lambda g: a.T @ g)

    def sum(self):
        ones = np.ones(self.value.shape)
        return self.result(self.value.sum(), (self,), "sum", lambda g: g * ones)

    def relu(self):
        return self.result(self.value.clip(0), (self,), "relu", lambda g: g * (self.value > 0))

    def tanh(self):
        y = np.tanh(self.value)
        return self.result(y, (self,), "tanh", lambda g: g * (1 - y * y))

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + -self.lift(other)

    def __rsub__(self, other):
        return self.lift(other) + -self

    __radd__ = __add__
    __rmul__ = __mul__

    def order(self):
        done, seen, stack = [], set(), [self]
        while stack:
            node = stack.pop()
            if node is None:
                done.append(stack.pop())
            elif node not in seen:
                seen.add(node)
                stack += [node, None, *node._prev]
        return done[::-1]

    def backward(self):
        order = self.order()
        for node in order:
            if node._prev:
                node.gradient = np.zeros_like(node.value)
        self.gradient = np.ones_like(self.value)
        for node in order:
            node._backward()


class Preorder(Closures):
    def order(self):
        found, seen, stack = [], set(), [self]
        while stack:
            node = stack.pop()
            if node not in seen:
                seen.add(node)
                found.append(node)
                stack += node._prev
        return found


class PerEdge(Closures):
    """Right, but it walks each path by itself, and by recursion."""

    def result(self, value, prev, op, *shares):
        out = super().result(value, prev, op)
        out._shares = shares
        return out

    def backward(self, upstream=None):
        upstream = np.ones_like(self.value) if upstream is None else upstream
        self.gradient = self.gradient + upstream
        for parent, share in zip(self._prev, getattr(self, "_shares", ()), strict=True):
            parent.backward(parent.fit(share(upstream)))


class NoUpstream(Closures):
    def tanh(self):
        y = np.tanh(self.value)
        return self.result(y, (self,), "tanh", lambda g: 1 - y * y)


class Scribbles(Closures):
    def relu(self):
        def share(g):
            self.value *= self.value > 0
            return g * (self.value > 0)

        return self.result(self.value.clip(0), (self,), "relu", share)


class LeavesArraysToNumPy(Closures):
    __array_priority__ = 0.0


class Squeezes(Closures):
    """Sums over axes of size 1, and does not keep them."""

    def fit(self, g):
        g = super().fit(g)
        return g.reshape([n for n in g.shape if n > 1]) if g.ndim == 1 else g

    def take(self, parent, share):
        parent.gradient = parent.gradient + share if parent.gradient.any() else share


def test_the_solution_has_no_cross():
    report = conformance(tensor_of("solutions"))
    assert report.ok
    assert those(report, "missing") == OPTIONAL
    assert not those(report, "waiting")
    assert report.diagnosis == ""


def test_an_engine_of_another_making_has_no_cross():
    report = conformance(Closures)
    assert not those(report, "wrong")
    assert report.ok
    assert those(report, "missing") >= {"detach", "inherits", "constants"}


def test_our_own_tensors_conform():
    assert conformance(lab.Tensor).complete
    assert conformance(lambda array: lab.tensor(array, requires_grad=True)).ok


@pytest.mark.parametrize("seed", range(1, 5))
def test_single_precision_is_no_mistake(seed):
    made = lambda array: lab.tensor(array, dtype=lab.float32, requires_grad=True)
    assert not those(conformance(made, seed=seed), "wrong")


def test_the_tensors_of_pytorch_conform():
    torch = pytest.importorskip("torch")
    for made in (torch.tensor, lambda array: torch.tensor(array, requires_grad=True)):
        report = conformance(made)
        assert report.ok
        assert those(report, "missing") == {"arrays", "remembers"}


# Every mistake that the exercise knows: what is crossed out first, and a word of the likely cause.
TOLD = {
    "MulSwapped": ("mul", "multiplication"),
    "BroadcastForgotten": ("leading_axes", "summed going back"),
    "LeadingOnly": ("axes_of_one", "axis of size 1"),
    "TransposeMissing": ("matmul", "g @ bᵀ"),
    "OuterFlipped": ("matmul", "aᵀ @ g"),
    "SumNotStretched": ("sum", "every entry"),
    "GateMissing": ("relu", "nothing elsewhere"),
    "GateOfUpstream": ("relu", "whatever its sign"),
    "TanhUsesInput": ("tanh", "the output"),
    "ConstUnwrapped": ("neg", "plain number"),
    "GradAliased": ("memory", "hand out copies"),
    "Overwrites": ("reuse", "overwritten (=)"),
    "NotReversed": ("chain", "begin with the root"),
    "RecursionLimit": ("deep_chain", "stack of your own"),
    "InteriorAdds": ("second_backward", "inner tensors"),
    "BackwardWipes": ("accumulation", "wipes out"),
    "GradsForAll": ("constants", "grad stays None"),
    "ConstantStopsAll": ("neg", "any, not all"),
    "DetachKeepsHistory": ("detach", "no parents"),
    "DetachCopies": ("detach_memory", "the memory stays"),
    "ForgetsOp": ("remembers", "its parents and its op"),
}


@pytest.mark.parametrize(
    "wrong", [m.wrong for m in EXERCISE.misconceptions], ids=lambda w: w.__name__
)
def test_each_mistake_that_the_exercise_knows_is_told(wrong):
    report = conformance(wrong)
    first, words = TOLD[wrong.__name__]
    assert not report.ok
    assert next(f.name for f in report.findings if f.status == "wrong") == first
    assert words in report.diagnosis
    assert max(map(len, str(report).splitlines())) <= 100


def test_nothing_else_is_blamed():
    def wrong(name):
        kind = next(m.wrong for m in EXERCISE.misconceptions if m.wrong.__name__ == name)
        return those(conformance(kind), "wrong")

    assert not those(conformance(Engine), "wrong")
    for name in ("GateMissing", "TanhUsesInput", "NotReversed", "GradAliased", "InteriorAdds"):
        assert wrong(name) == {TOLD[name][0]}
    assert wrong("MulSwapped") == {"mul", "chain"}
    assert wrong("OuterFlipped") == {"matmul", "matmul_square", "reuse"}


@pytest.mark.parametrize(
    ("engine", "crossed", "words"),
    [
        (Preorder, {"order"}, "reverse topological order"),
        (PerEdge, {"sharing", "deep_chain"}, "visit each tensor once"),
        (NoUpstream, {"tanh", "upstream"}, "from above"),
        (Scribbles, {"relu", "untouched"}, "writes into data"),
        (LeavesArraysToNumPy, {"arrays"}, "__array_ufunc__"),
        (Squeezes, {"shape"}, "marked with a cross"),
    ],
)
def test_mistakes_in_other_engines_are_told(engine, crossed, words):
    report = conformance(engine)
    assert those(report, "wrong") >= crossed
    assert words in report.diagnosis


@pytest.mark.parametrize(
    ("wrong", "check", "told"),
    [
        ("BroadcastForgotten", "leading_axes", "(a + b) · weights: b.grad has shape 2×3, not 3"),
        ("Overwrites", "reuse", "a = 2; a + a: a.grad is 1, not 2"),
        ("SumNotStretched", "sum", "a = [2, 3]; a.sum(): a.grad has shape (), not 2"),
        ("TransposeMissing", "matmul_square", "a: 2×2, b: 2×2; (a @ b) · weights: a.grad[0, "),
        ("GateOfUpstream", "relu", "a = [2, 3]; a.relu() · [3, −3]: a.grad is [3, 0], not [3, −3]"),
        ("GradAliased", "memory", "a = 2, b = 3; a + b: a.grad and b.grad share memory"),
    ],
)
def test_counterexamples_are_small_and_say_the_shapes(wrong, check, told):
    kind = next(m.wrong for m in EXERCISE.misconceptions if m.wrong.__name__ == wrong)
    assert told in str(conformance(kind)[check].counterexample)


def test_a_random_graph_that_fails_is_cut_down_to_a_few_lines():
    class Hidden(Closures):
        """Wrong only where a tanh is multiplied by a relu."""

        def __mul__(self, other):
            right = super().__mul__(other)
            return right + 1.0 if self._op + self.lift(other)._op == "tanhrelu" else right

    report = conformance(Hidden)
    assert those(report, "wrong") == {"random_graphs"}
    assert "a = 2; a.tanh() * a.relu(): the result is 2.928, not 1.928" in str(report)


def test_an_engine_that_is_not_written_yet_gets_a_report():
    report = conformance(tensor_of("exercises"))
    assert not report
    assert not those(report, "wrong")
    assert report.diagnosis == "add (a + b) is not there yet."
    assert "your turn" in report["sum"].remark


def test_an_engine_that_is_half_written_is_right_so_far():
    def unfinished(self, *_):
        raise NotImplementedError("your turn")

    half = tensor_of("solutions")
    half.sum = half.detach = unfinished
    report = conformance(half)
    assert not report.ok
    assert not those(report, "wrong")
    assert report.passed("matmul")
    assert report.diagnosis.startswith("sum ")
    assert report["detach_memory"].status == "missing"

    half.__mul__ = half.backward = unfinished
    report = conformance(half)
    assert not those(report, "wrong")
    assert not those(report, "ok") & {"add", "matmul", "order"}


def test_the_picture_shows_the_gradients_that_are_right():
    kind = next(m.wrong for m in EXERCISE.misconceptions if m.wrong.__name__ == "LeadingOnly")
    report = conformance(kind)
    assert "weights" in report.picture().source
    assert "<img" in report._repr_mimebundle_()["text/html"]


def test_scalar_engines_are_still_known_as_such():
    from micrograd_lab.scalar import Value

    assert conformance(Value).score == "25 of 25"
    micrograd = pytest.importorskip("micrograd.engine").Value
    assert len(conformance(micrograd).findings) == 25


def test_the_report_is_the_same_in_another_process():
    code = (
        "from micrograd_lab.grader.exercises.ex13e_tensor import OuterFlipped, Engine\n"
        "from micrograd_lab.lens import conformance\n"
        "print(conformance(OuterFlipped), conformance(Engine, seed=3))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-X", "utf8", "-c", code], env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=ROOT, capture_output=True, encoding="utf-8", check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(told) == 1
    assert "OuterFlipped: " in told.pop()


@pytest.mark.parametrize("seed", range(20))
def test_whatever_an_experiment_shrinks_to_is_smaller_and_defined_or_refused(seed):
    e = tensors_at_random(seed, sorted(TENSOR_OPS))
    size = sum(np.size(x) for x in e.inputs) + len(e.lines)
    assert np.isfinite(e.reference()[1].array).all()
    for smaller in e.smaller():
        assert smaller != e
        assert sum(np.size(x) for x in smaller.inputs) + len(smaller.lines) <= size


def test_inputs_have_both_signs_and_differ():
    assert min(some(2, 3)[1]) < 0 < max(some(2, 3)[0])
    assert some(2, 3) != some(2, 3, other=True)
    assert np.min(some(2, 3, positive=True)) > 0
