"""The checks of conformance() for tensor engines, in the order in which one is usually built."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from micrograd_lab.lens import checks
from micrograd_lab.lens.checks import Check, agrees
from micrograd_lab.lens.conformance import Causes
from micrograd_lab.lens.tensor_bookkeeping import (
    constants,
    detach,
    detach_memory,
    inherits,
    memory,
    remembers,
    untouched,
)
from micrograd_lab.lens.tensor_experiment import TensorExperiment, some
from micrograd_lab.lens.tensor_trials import after, nudged, random_graphs, smallest, upstream

A, B = 0, 1  # the inputs
MATRIX, OTHER, ARRAY = some(2, 3), some(2, 3, other=True), some(3)


def lines(inputs: Sequence[Any], *made: Any) -> TensorExperiment:
    return TensorExperiment(tuple(inputs), made)


def one(op: str, *arguments: Any, inputs: Sequence[Any]) -> TensorExperiment:
    """A program of one op with those arguments."""
    return lines(inputs, (op, arguments))


def on(op: str, *inputs: Any) -> TensorExperiment:
    """A program of one op over those inputs."""
    return lines(inputs, (op, (A, B)[: len(inputs)]))


SQUARES = (some(3, 3), some(3, 3, other=True))
POSITIVE = some(2, 3, positive=True)
TOGETHER: list[tuple[str, str, list[TensorExperiment]]] = [  # name, claim, programs
    ("add",   "a + b",                [on("+", 2.0, 3.0), on("+", MATRIX, OTHER)]),
    ("mul",   "a * b",                [on("*", 2.0, 3.0), on("*", MATRIX, OTHER)]),
    ("sum",   "a.sum(), one number",  [on("sum", MATRIX)]),
    ("chain", "(a * b).sum(): the gradient goes on from op to op",
     [lines((some(2), some(2, other=True)), ("*", (A, B)), ("sum", (2,)))]),
    ("neg",   "-a",                   [on("neg", MATRIX)]),
    ("sub",   "a - b",                [on("-", MATRIX, POSITIVE)]),
    ("numbers", "a + 2, a * 2, a - 2",[one(op, A, 2.0, inputs=(MATRIX,)) for op in "+*-"]),
    ("left",  "2 + a, 2 * a, 2 - a",  [one(op, 2.0, A, inputs=(MATRIX,)) for op in "+*-"]),
    ("arrays", "array + a, array * a, a + array: a tensor, no array of objects",
     [*(one(op, ARRAY, A, inputs=(ARRAY,)) for op in "+*"), one("+", A, ARRAY, inputs=(ARRAY,))]),
    ("matmul", "a @ b, 2×3 by 3×4",   [on("@", MATRIX, some(3, 4))]),
    ("matmul_square", "a @ b, 3×3: no shape tells of a lost transpose", [on("@", *SQUARES)]),
    ("relu",  "a.relu(), on both sides of 0", [on("relu", MATRIX)]),
    ("tanh",  "a.tanh()",             [on("tanh", MATRIX)]),
    ("div",   "a / b, a / 2",         [on("/", MATRIX, POSITIVE), one("/", A, 2.0, inputs=(MATRIX,))]),
    ("pow",   "a ** 2, a ** -1",      [one("**", A, n, inputs=(POSITIVE,)) for n in (2.0, -1.0)]),
    ("exp",   "a.exp()",              [on("exp", MATRIX)]),
    ("log",   "a.log()",              [on("log", POSITIVE)]),
    ("mean",  "a.mean(), one number", [on("mean", MATRIX)]),
    ("sum_axis", "a.sum(axis=0) or a.sum(dim=0)", [on("sum_axis", MATRIX)]),
    ("reshape", "a.reshape(-1)",      [on("reshape", MATRIX)]),
    ("transpose", "a.T",              [on("T", MATRIX)]),
    ("index", "a[0]",                 [on("index", MATRIX)]),
]  # fmt: skip
STRETCHED = [  # name, claim, shapes
    ("leading_axes", "2×3 with 3: summed over the axis that is missing", [MATRIX, ARRAY]),
    ("axes_of_one",  "2×3 with 2×1: summed over the axis of size 1", [MATRIX, some(2, 1)]),
    ("both_at_once", "2×2×3 with 2×1", [some(2, 2, 3), some(2, 1)]),
    ("each_other",   "2×1 with 3: both are stretched", [some(2, 1), ARRAY]),
    ("with_scalar",  "2×3 with a tensor of one number", [MATRIX, 3.0]),
]  # fmt: skip
SHAPES: list[TensorExperiment] = [
    *(on("sum", some(*shape)) for shape in ((1,), (1, 3), (2, 1))),
    *(on("+", some(*a), some(*b)) for a, b in (((1, 3), (1, 3)), ((1,), ()), ((1, 1), (1,)))),
]
REUSE = [one(op, A, A, inputs=(x,)) for op, x in (("+", MATRIX), ("*", MATRIX), ("@", SQUARES[0]))]
ORDER = [
    lines((some(2), some(2, other=True)), (op, (A, B)), second, ("*", last))
    for op in "*+"
    for second in (("+", (2, A)), ("*", (2, B)))
    for last in ((2, 3), (3, 2))
]

GATE = "relu: g, whatever its sign, passes where the input was positive, nothing elsewhere: g * (x > 0)."
PRODUCT = "@: going back it is g @ bᵀ towards a, and aᵀ @ g towards b."
TENSOR_CAUSES: Causes = (
    ({"untouched"}, "backward() writes into data. Make new arrays there, and change none that came in."),
    ({"sum"}, "sum: every entry moved the sum, so each gets g, in the shape of the tensor."),
    ({"mul"}, "multiplication itself: towards a it is g * b, towards b g * a."),
    ({"relu", "upstream"}, GATE),
    ({"upstream"}, "an op forgets to multiply by the gradient from above (g)."),
    ({"add"}, "addition itself: g goes to both."),
    ({"inherits", "numbers"}, "a result requires a gradient if one of its parents does: any, not all."),
    ({"chain"}, "the pass through the graph: begin with the root, and go on in reverse topological order, each tensor before its parents."),
    ({"numbers"}, "a plain number has to become a tensor first."),
    ({"left"}, "a plain number on the left: Python asks __radd__, __rmul__ and __rsub__."),
    ({"arrays"}, "a plain array has to become a tensor first; __array_ufunc__ = None in the class keeps NumPy from taking array + a to pieces."),
    ({"matmul"}, PRODUCT),
    ({"matmul_square"}, PRODUCT),
    ({"relu"}, GATE),
    ({"tanh"}, "tanh: its slope is 1 − y², with y the output."),
    ({"leading_axes", "axes_of_one"}, "what was stretched going forward is summed going back, to the shape it had."),
    ({"leading_axes"}, "an axis that a tensor has not got was stretched for it: sum the gradient over it."),
    ({"axes_of_one"}, "an axis of size 1 was stretched just as well: sum over it too, with keepdims=True."),
    ({"reuse", "accumulation"}, "gradients are overwritten (=) where they must be added to (+=)."),
    ({"reuse"}, "a tensor that is used twice by one op gets only one of its two gradients."),
    ({"order"}, "a tensor passes on its gradient before all of it has arrived: go in reverse topological order."),
    ({"sharing"}, "the walk follows every path: visit each tensor once, when its gradient is complete."),
    ({"accumulation"}, "backward() wipes out what leaves hold; clear only what has parents."),
    ({"second_backward"}, "forget the gradients of inner tensors before each backward()."),
    ({"memory"}, "gradients share memory; a change of one in place then changes the other: hand out copies."),
    ({"inherits"}, "a result requires a gradient if one of its parents does: any, not all."),
    ({"constants"}, "pass over what requires no gradient: its grad stays None."),
    ({"detach"}, "detach() gives a leaf: no parents, no vjp, no gradient."),
    ({"detach_memory"}, "detach() cuts the history only; the memory stays the same."),
    ({"remembers"}, "a result has to know its parents and its op; pictures read them."),
    ({"deep_chain"}, "replace the recursion by a stack of your own, or use topological_order."),
    (set(), "what is marked with a cross, from the top."),
)  # fmt: skip


def tensor_checks(seed: int) -> Iterator[tuple[str, str, Check]]:
    """(name, claim, check) for everything that is tried."""
    for name, claim, programs in TOGETHER:
        yield name, claim, partial(smallest, programs, True)
    alone = [program for _, _, programs in TOGETHER for program in programs]
    again = partial(checks.twice, lines(((2.0, 3.0), (5.0, 7.0)), ("*", (A, B)), ("*", (2, 5.0))))
    yield "upstream", "each op multiplies by the gradient from above", partial(upstream, alone)
    for name, claim, shapes in STRETCHED:
        yield name, claim, after("chain", partial(agrees, [on(op, *shapes) for op in "+*"]))
    for name, claim, needed, check in (
        ("shape",    "a gradient has the shape of its tensor", "chain", partial(smallest, SHAPES, True)),
        ("reuse",    "a + a, a * a, a @ a: both uses count", "chain", partial(smallest, REUSE, True)),
        ("order",    "a tensor passes on its gradient once it is complete", "chain reuse", partial(smallest, ORDER, False)),
        ("random_graphs", "200 random graphs of the ops that work", "order", partial(random_graphs, seed)),
        ("finite_differences", "gradients are the slopes that nudging shows", "order", partial(nudged, seed)),
        ("accumulation", "gradients of two losses add up in a leaf", "numbers sum", partial(checks.two_losses, False)),
        ("zero_grad", "after its gradient is cleared it starts afresh", "numbers sum", partial(checks.two_losses, True)),
        ("second_backward", "backward() twice gives leaves twice the gradient", "chain accumulation", again),
        ("memory",   "gradients and data are arrays of their own", "chain", partial(memory, alone)),
        ("untouched", "backward() leaves all data as they are", "chain", partial(untouched, alone)),
        ("inherits", "a result requires a gradient if one of its parents does", "mul", inherits),
        ("constants", "what requires no gradient gets none: grad is None", "chain", constants),
        ("detach",   "a.detach() is a constant to the gradient", "chain", detach),
        ("detach_memory", "a.detach() shares the numbers of a", "", detach_memory),
        ("remembers", "a result knows its op and its parents", "add", remembers),
        ("sharing",  checks.NOT_DOUBLED, "add", checks.shared),
        ("deep_chain", f"a chain of {checks.DEEP:,} tensors", "numbers", checks.deep),
    ):  # fmt: skip
        yield name, claim, after(needed, check)
