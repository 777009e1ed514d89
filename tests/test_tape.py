"""A tape gives what building the graph anew would give: numbers, gradients and errors, to the bit."""

import gc
import inspect
import math
import random
import struct
import subprocess
import sys
import weakref
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from micrograd_lab.errors import (
    DivisionByZeroError,
    LabError,
    NotANodeError,
    NotANumberError,
    SizeError,
    TapeError,
    TooLargeError,
    UndefinedError,
)
from micrograd_lab.scalar import MLP, Tape, Value, tape, taped
from micrograd_lab.scalar.program import METHODS, OPS

inf, nan = math.inf, math.nan
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -3.0, 1e-320, 1e200, -1e200, inf, -inf, nan]
ONE = {
    **{kind: METHODS[kind] for kind in ("neg", "exp", "log", "sqrt", "sin", "cos", "tanh")},
    **{kind: METHODS[kind] for kind in ("sigmoid", "relu", "abs")},
    **{f"**{n}": (lambda x, n=n: x**n) for n in (0, 1, 2, 3, -1, -2, 0.5, -0.5, 1.7, 1e3, inf)},
}
TWO = {kind: METHODS[kind] for kind in ("+", "-", "*", "/", "**", "max", "min")}


@pytest.fixture(params=["interpreter", "values"])
def engine(request, monkeypatch):
    """Each way to run a tape: the compiled loop, and Values where there is no Numba."""
    if request.param == "values":
        monkeypatch.setattr(tape, "_interpreter", lambda: None)
    elif tape._interpreter() is None:
        pytest.skip("no Numba, or it is switched off")
    return request.param


def bits(*numbers):
    """The numbers so that 0.0 is not -0.0 and a nan is a nan."""
    return [nan if math.isnan(x) else struct.pack("d", x) for x in map(float, numbers)]


def built(f, numbers):
    """(value, gradients) of f on new Values, or the error."""
    leaves = [Value(x, label=f"x{i}") for i, x in enumerate(numbers)]
    try:
        y = f(*leaves)
    except LabError as error:
        return type(error), str(error)
    y.backward()
    return bits(y.data, *(leaf.grad for leaf in leaves))


def run(program, numbers):
    try:
        value = program.run(numbers)
    except LabError as error:
        return type(error), str(error)
    return bits(value, *program.gradients)


def failed(answer):
    return isinstance(answer, tuple)


def recorded(f, *numbers):
    leaves = [Value(x, label=f"x{i}") for i, x in enumerate(numbers)]
    return Tape(f(*leaves), leaves)


# Equal to Values.


def test_every_op_is_tested_here():
    assert {*ONE, *TWO} - {f for f in ONE if f[2:]} <= set(OPS)
    assert {kind for kind in OPS if kind != "**n"} <= {*ONE, *TWO}


@pytest.mark.parametrize("name", ONE)
def test_each_op_of_one_number_has_the_bits_and_errors_of_a_value(engine, name):
    program = recorded(lambda x: ONE[name](x) * 1.7, 1.3)
    rng = random.Random(name)
    numbers = [*SPECIAL, 709.7, 709.8, 1e-200, *(rng.uniform(-4, 4) for _ in range(50))]
    for x in numbers:
        assert run(program, [x]) == built(lambda x: ONE[name](x) * 1.7, [x]), x


@pytest.mark.parametrize("name", TWO)
def test_each_op_of_two_numbers_has_the_bits_and_errors_of_a_value(engine, name):
    def f(a, b):
        return TWO[name](a, b) * 1.7

    program = recorded(f, 1.3, 0.4)
    rng = random.Random(name)
    pairs = [(a, b) for a in SPECIAL for b in SPECIAL]
    pairs += [(rng.uniform(-4, 4), rng.uniform(-4, 4)) for _ in range(50)]
    for pair in pairs:
        assert run(program, pair) == built(f, pair), pair


@pytest.mark.parametrize("name", TWO)
def test_a_number_used_on_both_sides_gets_both_gradients(engine, name):
    def f(x):
        return TWO[name](x, x)

    assert run(recorded(f, 1.3), [0.7]) == built(f, [0.7])


def graph(steps):
    """The function that applies these (op, place, place) in turn to all that came before."""

    def f(*leaves):
        nodes = [*leaves, Value(0.25)]
        for op, i, j in steps:
            a, b = nodes[i % len(nodes)], nodes[j % len(nodes)]
            nodes.append(ONE[op](a) if op in ONE else TWO[op](a, b))
        return sum(nodes[3:], nodes[-1] * 0.5)

    return f


PLACES = st.integers(0, 50)
STEPS = st.lists(st.tuples(st.sampled_from([*ONE, *TWO]), PLACES, PLACES), max_size=25)
NUMBERS = st.lists(st.floats(-3, 3), min_size=3, max_size=3)
SAME = settings(
    derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@SAME
@given(steps=STEPS, first=NUMBERS, then=NUMBERS)
def test_random_graphs_have_the_bits_of_values_and_fail_with_them(engine, steps, first, then):
    f = graph(steps)
    if failed(built(f, first)):
        return  # there is no graph to record
    program = recorded(f, *first)
    for numbers in (then, first):
        here, there = run(program, numbers), built(f, numbers)
        assert here == there or (failed(here) and failed(there))  # which op fails first may differ


def test_training_on_a_tape_is_training_to_the_bit(engine):
    def build():
        rng = random.Random(3)
        model = MLP(2, [4, 1], rng=rng)
        points = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(6)]

        def loss():
            return sum((1 - model(p)).relu() for p in points) / 6 + sum(
                1e-4 * p * p for p in model.parameters()
            )

        return model, loss

    (there, loss), (here, tape_loss) = build(), build()
    program = Tape(tape_loss(), here.parameters())
    for _ in range(20):
        there.zero_grad()
        y = loss()
        y.backward()
        for p in there.parameters():
            p.data -= 0.1 * p.grad
        assert program.run() == y.data
        program.numbers -= 0.1 * program.gradients
    assert program.numbers.tolist() == [p.data for p in there.parameters()]
    program.store()
    assert [(p.data, p.grad) for p in here.parameters()] == [
        (p.data, p.grad) for p in there.parameters()
    ]


def test_the_example_that_it_shows_is_true(engine):
    example = Tape.__doc__.partition("\n\n")[2].partition("\n\n")[0]
    names = {"Value": Value, "Tape": Tape}
    exec(inspect.cleandoc(example), names)
    assert names["w"].data == pytest.approx(1.5, abs=1e-12)


def test_relu_max_and_abs_decide_anew_at_each_run(engine):
    x = Value(2.0)
    program = Tape(x.relu() + x.max(1) + x.abs(), [x])
    assert (program.run([2.0]), program.grad(x)) == (6.0, 3.0)
    assert (program.run([-2.0]), program.grad(x)) == (3.0, -1.0)


@pytest.mark.parametrize("exponent", [Fraction(1, 3), np.float32(0.1), True, np.array(2), -2])
def test_a_fixed_power_is_the_number_it_was_not_its_text(engine, exponent):
    assert run(recorded(lambda x: x**exponent, 2.0), [3.0]) == built(lambda x: x**exponent, [3.0])


def test_a_chain_of_100_000_ops(engine):
    x = Value(0.5)
    y = x
    for _ in range(50_000):
        y = y * 0.9999 + 0.0001
    program = Tape(y, [x])
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 60)
    try:
        program.run({x: 0.5})
    finally:
        sys.setrecursionlimit(usual)
    y.backward()
    assert (program.value, program.grad(x)) == (y.data, x.grad)


# What it holds.


def test_the_graph_is_no_longer_needed(engine):
    class Watched(Value):
        __slots__ = ("__weakref__",)

    x, gone = Value(3.0), Watched(4.0)
    program, watch = Tape(x * x + gone, [x]), weakref.ref(gone)
    del gone
    gc.collect()
    assert watch() is None
    assert (program.run(), program.grad(x)) == (13.0, 6.0)


def test_all_leaves_are_its_leaves_unless_some_are_named():
    x, y = Value(2.0), Value(3.0)
    assert Tape(x * y + x).leaves == (x, y)
    assert Tape(x * y + x, [y]).leaves == (y,)
    assert repr(Tape(x * y + x)) == "Tape(2 leaves, 2 ops, value=8.0)"


def test_before_the_first_run_the_value_is_the_graphs_and_gradients_are_0():
    x = Value(3.0)
    program = Tape(x * x)
    assert (program.value, program.grad(x)) == (9.0, 0.0)


def test_a_lone_leaf_is_a_graph_too(engine):
    x = Value(3.0)
    for program in (Tape(x), Tape(x, [x])):
        assert (program.run([4.0]), program.grad(x)) == (4.0, 1.0)
    assert Tape(x, []).run() == 3.0


def test_a_leaf_that_the_root_does_not_depend_on_gets_0(engine):
    x, idle = Value(3.0), Value(1.0)
    program = Tape(x * x, [idle, x])
    program.run({idle: nan})
    assert program.gradients.tolist() == [0.0, 6.0]


def test_numbers_come_by_leaf_or_all_in_order_and_stay(engine):
    x, y = Value(2.0), Value(3.0)
    program = Tape(x * y, [x, y])
    assert program.run() == 6.0
    assert program.run({y: 4}) == 8.0
    assert program.run([5, np.float32(1)]) == 5.0
    program.numbers[1] = 2.0
    assert program.run() == 10.0
    assert (x.data, x.grad) == (2.0, 0.0)  # untouched until store()
    program.store()
    assert (x.data, x.grad, y.data, y.grad) == (5.0, 2.0, 2.0, 5.0)


def test_gradients_do_not_add_up_over_runs(engine):
    x = Value(3.0)
    program = Tape(x * x)
    program.run()
    program.run()
    assert program.grad(x) == 6.0


# Errors.


@pytest.mark.parametrize(
    ("f", "bad", "error"),
    [
        (lambda x: (x - 1).log(), 0.5, UndefinedError),
        (lambda x: 1 / (x * 2), 0.0, DivisionByZeroError),
        (lambda x: (x * 1000).exp(), 5.0, TooLargeError),
        (lambda x: x**0.5, -1.0, UndefinedError),
        (lambda x: x**-2, 0.0, DivisionByZeroError),
    ],
    ids=["log", "division", "exp", "root", "negative power"],
)
def test_an_error_is_the_values_own_and_loses_nothing(engine, f, bad, error):
    x = Value(2.0, label="speed") if error is not TooLargeError else Value(0.2, label="speed")
    program = Tape(f(x))
    program.run()
    before = program.value, program.grad(x), program.numbers.tolist()
    with pytest.raises(error) as raised:
        program.run({x: bad})
    with pytest.raises(error) as expected:
        f(Value(bad, label="speed"))
    assert str(raised.value) == str(expected.value)
    assert (program.value, program.grad(x), program.numbers.tolist()) == before


def test_an_error_names_the_node_by_its_label(engine):
    x = Value(2.0)
    gap = x - 1
    gap.label = "gap"
    program = Tape(gap.log())
    with pytest.raises(UndefinedError, match=r"^log\(gap\): .*found -1.5"):
        program.run({x: -0.5})


def test_what_cannot_be_recorded_is_refused():
    x = Value(2.0)
    with pytest.raises(NotANodeError, match=r"Tape\(3\.0\): a tape records a graph of Values"):
        Tape(3.0)
    with pytest.raises(NotANodeError, match=r"leaves\[1\] is <\* = 4>; only a Value that you made"):
        Tape(x * x, [x, x * x])
    with pytest.raises(NotANodeError, match=r"leaves\[0\] is 2\.0"):
        Tape(x * x, [2.0])
    with pytest.raises(SizeError, match="listed twice"):
        Tape(x * x, [x, x])
    strange = x * x
    strange.op = "softplus"
    with pytest.raises(NotANodeError, match="was made by 'softplus', which no Value has"):
        Tape(strange)


def test_numbers_that_do_not_fit_are_refused_and_change_nothing():
    x, y = Value(2.0, label="x"), Value(3.0, label="y")
    program = Tape(x * y, [x])
    with pytest.raises(NotANodeError, match="y is not one of the 1 leaves"):
        program.run({x: 7, y: 4})
    with pytest.raises(NotANodeError, match="'x' is not one"):
        program.grad("x")
    with pytest.raises(SizeError, match=r"shape \(2,\) for 1 leaves"):
        program.run([1.0, 2.0])
    with pytest.raises(NotANumberError, match="3"):
        program.run({x: "3"})
    with pytest.raises(NotANumberError, match="not an array of real numbers"):
        program.run(["3"])
    with pytest.raises(SizeError, match=r"table of shape \(2,\) for 1 leaves"):
        program.rows([1.0, 2.0])
    with pytest.raises(SizeError, match=r"columns of shapes \(2,\), \(3,\)"):
        Tape(x * y).rows({x: [1, 2], y: [1, 2, 3]})
    with pytest.raises(NotANumberError, match="not an array"):
        program.rows([[1.0], [2.0, 3.0]])
    assert program.numbers.tolist() == [2.0]


def test_without_numba_it_says_once_that_it_is_slow(monkeypatch):
    from micrograd_lab.kernels import swift

    monkeypatch.setattr(swift, "switched_on", lambda: False)
    monkeypatch.setattr(tape, "find_spec", lambda name: None)
    tape._interpreter.cache_clear()
    x = Value(3.0)
    try:
        with pytest.warns(UserWarning, match="pip install numba") as said:
            assert [Tape(x * x).run({x: n}) for n in (4, 5)] == [16.0, 25.0]
        assert len(said) == 1
    finally:
        tape._interpreter.cache_clear()


def test_a_fresh_process_runs_what_another_has_compiled(tmp_path):
    code = (
        "from micrograd_lab.scalar import Tape, Value\n"
        "x = Value(3.0)\n"
        "t = Tape(x * x.tanh())\n"
        "print(t.run([0.5]), t.grad(x), t.rows([[0.5], [1.0]])[0].tolist())"
    )
    command = [sys.executable, "-c", code]
    first, second = (
        subprocess.run(command, check=True, capture_output=True, text=True).stdout for _ in "12"
    )
    assert first == second != ""


# Many rows at once.


def test_rows_are_runs_one_after_another_and_change_nothing(engine):
    w, x = Value(0.5), Value(2.0)
    program = Tape((w * x).tanh() - w.abs(), [w, x])
    program.run()
    before = program.value, program.gradients.tolist(), program.numbers.tolist()
    table = np.random.default_rng(0).standard_normal((7, 2))
    roots, gradients = program.rows(table)
    assert (program.value, program.gradients.tolist(), program.numbers.tolist()) == before
    for row, root, gradient in zip(table, roots, gradients, strict=True):
        assert bits(program.run(row), *program.gradients) == bits(root, *gradient)


def test_a_row_may_be_given_by_columns_and_the_rest_stays(engine):
    w, x = Value(0.5), Value(2.0)
    program = Tape(w * x, [w, x])
    assert program.rows({x: [1, 2, 3]})[0].tolist() == [0.5, 1.0, 1.5]
    assert program.rows({x: [1, 2], w: 3})[1].tolist() == [[1.0, 3.0], [2.0, 3.0]]
    assert program.rows(np.empty((0, 2)))[1].shape == (0, 2)


def test_an_error_in_a_row_says_which(engine):
    x = Value(2.0)
    program = Tape(x.log())
    with pytest.raises(UndefinedError, match="above 0") as raised:
        program.rows([[1.0], [2.0], [-1.0]])
    assert raised.value.__notes__ == ["(in row 2 of the 3)"]
    assert program.numbers.tolist() == [2.0]


# A function on a tape.


def test_a_function_is_traced_once_for_each_combination_of_shapes():
    seen = []

    @taped
    def dot(w, x):
        """Their product."""
        seen.append(len(w))
        return sum((a * b for a, b in zip(w, x, strict=True)), 0.0)

    assert dot([1, 2], [3.0, 4.0]) == 11.0
    assert dot([5, 6], [7, 8]) == 83.0
    assert dot([1, 2, 3], [1, 2, 3]) == 14.0
    assert seen == [2, 3]
    assert (dot.__name__, dot.__doc__) == ("dot", "Their product.")
    dot.retrace()
    dot([1, 2], [3, 4])
    assert seen == [2, 3, 2]


def test_gradients_have_the_shapes_of_the_arguments():
    @taped
    def f(a, table):
        return sum((a * x for row in table for x in row), 0.0)

    value, (da, dtable) = f.value_and_grad(2.0, np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert (value, da) == (20.0, 10.0)
    assert dtable.tolist() == [[2.0, 2.0], [2.0, 2.0]]
    assert taped(lambda: 3)() == 3.0


def test_a_python_if_is_frozen_and_the_check_finds_it():
    def bent(x):
        return x * 2 if x > 0 else x * x

    frozen, checked = taped(bent), taped(bent, check=True)
    assert [frozen(3.0), frozen(-3.0)] == [6.0, -6.0]  # the documented limit
    assert [checked(3.0), checked(4.0)] == [6.0, 8.0]
    with pytest.raises(TapeError, match=r"op 0, \*, takes other nodes. .*`if` .*retrace"):
        checked(-3.0)


def test_the_check_finds_another_result():
    bent = taped(lambda x: x if x > 0 else Value(1), check=True)
    assert bent(3.0) == 3.0
    with pytest.raises(TapeError, match="it returns another node"):
        bent(-3.0)


def test_the_check_finds_another_constant_and_another_length():
    things = [2.0]

    @taped(check=True)
    def f(x):
        return sum((x * thing for thing in things), 0.0)

    assert f(3.0) == 6.0
    things[0] = 5.0
    with pytest.raises(TapeError, match="constant"):
        f(3.0)
    f.retrace()
    assert f(3.0) == 15.0
    things.append(1.0)
    with pytest.raises(TapeError, match=r"op 2 is \* instead of nothing"):
        f(3.0)
