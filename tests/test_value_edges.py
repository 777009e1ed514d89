"""Value at its edges: what counts as a number, and what an op does where it is not defined."""

import math
import operator
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from micrograd_lab.errors import (
    DivisionByZeroError,
    LabError,
    NotANumberError,
    TooLargeError,
    UndefinedError,
)
from micrograd_lab.scalar import Value

inf, nan = math.inf, math.nan
OPERATORS = (operator.add, operator.sub, operator.mul, operator.truediv, operator.pow)
COMPARISONS = (operator.lt, operator.le, operator.gt, operator.ge)
TWO = [2, 2.0, Fraction(2), np.float64(2), np.float32(2), np.float16(2), np.int64(2), np.uint8(2)]
TWO += [np.array(2.0), np.array(2)]
ONE = [1, True, np.bool_(True), np.array(True)]
NO_NUMBERS = [
    None,
    "3",
    b"3",
    [1.0],
    (1.0,),
    {},
    1j,
    Decimal("1.5"),
    np.array([1.0, 2.0]),
    np.array([1.0]),
    np.array("3"),
    np.str_("3"),
    np.complex64(1),
    np.complex128(1 + 2j),
    np.datetime64("2020-01-01"),
    np.timedelta64(3, "s"),
    object,
]


def named(x: object) -> str:
    return f"{type(x).__name__} {x!r}"


# Numbers on either side.


@pytest.mark.parametrize("number", TWO + ONE, ids=named)
@pytest.mark.parametrize("op", OPERATORS)
def test_a_number_on_either_side_is_the_value_of_that_number(op, number):
    plain = float(number)
    x = Value(3.0)
    for y, expected in ((op(x, number), op(3.0, plain)), (op(number, x), op(plain, 3.0))):
        assert type(y) is Value
        assert type(y.data) is float
        assert y.data == pytest.approx(expected, rel=1e-15)
        assert all(type(p) is Value for p in y.parents)
        assert all(type(g) is float for g in y.local_grads)
        y.backward()
        assert type(x.grad) is float


@pytest.mark.parametrize("number", TWO, ids=named)
def test_comparisons_look_at_the_number(number):
    for op in COMPARISONS:
        for data in (1.0, 2.0, 3.0):
            assert op(Value(data), number) is op(data, 2.0)
            assert bool(op(number, Value(data))) is op(2.0, data)
            assert op(Value(data), Value(2.0)) is op(data, 2.0)


def test_equality_is_identity_because_nodes_are_keys_of_the_graph():
    x = Value(2.0)
    assert x == x
    assert x != Value(2.0)
    assert x != 2.0
    assert len({x, Value(2.0)}) == 2


def test_builtins_that_compare_and_add_work():
    a, b, c = Value(2.0), Value(-8.0), Value(0.0)
    assert max(a, b, c) is a
    assert min(a, b, c) is b
    assert sorted([a, b, c]) == [b, c, a]
    assert max(a, 3) == 3
    total = sum([a, b, c])
    assert total.data == -6.0
    total.backward()
    assert [a.grad, b.grad, c.grad] == [1.0, 1.0, 1.0]
    assert abs(b).data == 8.0
    with pytest.raises(TypeError):
        float(a)  # would leave the graph in silence: write a.data


def test_format_shows_the_number_and_a_plain_f_string_the_node():
    x = Value(2.0, label="x")
    assert f"{x:.3f}" == "2.000"
    assert f"{x:>6}" == "   2.0"
    assert f"{x}" == str(x) == repr(x) == "Value(data=2.0, grad=0.0, label='x')"


def test_a_numpy_array_on_the_left_stays_numpys_own_and_holds_one_node_per_entry():
    x = Value(3.0)
    ys = np.array([1.0, 2.0]) * x
    assert [y.data for y in ys] == [3.0, 6.0]
    sum(ys).backward()
    assert x.grad == 3.0


# What is not a number is refused, and the message says what to do.


@pytest.mark.parametrize("thing", NO_NUMBERS, ids=named)
def test_what_is_not_one_number_is_refused(thing):
    with pytest.raises(NotANumberError, match=r"^Value\(.*a Value holds one number; found "):
        Value(thing)


@pytest.mark.parametrize("thing", NO_NUMBERS, ids=named)
@pytest.mark.parametrize("op", OPERATORS + COMPARISONS)
def test_arithmetic_with_what_is_not_a_number_names_the_node(op, thing):
    x = Value(3.0, label="speed")
    with pytest.raises(NotANumberError, match=r"^speed .*must be a Value or one number; found "):
        op(x, thing)
    if not isinstance(thing, (np.ndarray, np.generic)):
        with pytest.raises(NotANumberError, match=r"^speed "):
            op(thing, x)


def test_max_and_min_refuse_what_is_not_a_number():
    for op in (Value.max, Value.min):
        with pytest.raises(NotANumberError, match=r"^speed m.*float\(text\)"):
            op(Value(3.0, label="speed"), "4")


@pytest.mark.parametrize(
    ("thing", "advice"),
    [
        ("3", "Convert it first: float(text)."),
        (np.array([1.0, 2.0]), "found an array of shape (2,). Make one Value per entry"),
        ([1.0], "Make one Value per entry"),
        (1j, "Only real numbers have a gradient here."),
        (None, "found None."),
        (Value(2.0), "It is a node already: use it as it is."),
    ],
    ids=named,
)
def test_a_refusal_says_what_to_do(thing, advice):
    with pytest.raises(NotANumberError) as refusal:
        Value(thing)
    assert advice in str(refusal.value)
    assert isinstance(refusal.value, TypeError)


def test_numbers_beyond_the_largest_float_are_refused():
    for huge in (10**400, -(10**400), 10**5000, Fraction(10**5000, 3)):
        with pytest.raises(TooLargeError, match="larger than the largest float"):
            Value(huge)
        with pytest.raises(TooLargeError, match="larger than the largest float"):
            Value(1.0) + huge


def test_a_node_without_a_label_is_called_by_its_op_and_number():
    with pytest.raises(UndefinedError, match=r"log\(<- = -2>\)"):
        (Value(1.0) - 3).log()
    with pytest.raises(UndefinedError, match=r"log\(-2\)"):
        Value(-2.0).log()


# Where there is no real result: an error that names the node and is also the built-in it refines.

x = Value(-8.0, label="x")
zero = Value(0.0, label="zero")
NO_RESULT = [
    ("log of 0", lambda: zero.log(), UndefinedError, r"log\(zero\).*above 0; found 0\.0.*infinity"),
    ("log below 0", lambda: x.log(), UndefinedError, r"log\(x\).*above 0; found -8\.0"),
    ("sqrt below 0", lambda: x.sqrt(), UndefinedError, r"sqrt\(x\).*at least 0; found -8\.0"),
    ("root of x", lambda: x**0.5, UndefinedError, r"x \*\* 0\.5.*whole number"),
    ("root, NumPy", lambda: x ** np.float64(0.5), UndefinedError, r"x \*\* .*whole number"),
    ("x ** node", lambda: x ** Value(2.0), UndefinedError, r"x \*\* 2.*Use a plain number"),
    ("-2 ** node", lambda: (-2) ** Value(2.0), UndefinedError, r"-2 \*\* 2.*no derivative"),
    ("sin of inf", lambda: Value(inf).sin(), UndefinedError, r"sin\(inf\).*finite"),
    ("cos of -inf", lambda: Value(-inf).cos(), UndefinedError, r"cos\(-inf\).*finite"),
    ("x / 0", lambda: x / 0, DivisionByZeroError, r"x / 0: division by zero"),
    ("x / NumPy 0", lambda: x / np.float64(0), DivisionByZeroError, r"x / .*found np.float64"),
    ("x / zero", lambda: x / zero, DivisionByZeroError, r"x / zero: division by zero"),
    ("1 / zero", lambda: 1 / zero, DivisionByZeroError, r"1 / zero: division by zero"),
    ("0 / zero", lambda: 0 / zero, DivisionByZeroError, r"0 / zero: division by zero"),
    ("zero ** -1", lambda: zero**-1, DivisionByZeroError, r"zero \*\* -1: .*divides by zero"),
    ("NumPy -1", lambda: zero ** np.int64(-1), DivisionByZeroError, r"zero .*divides by zero"),
    ("0 ** node", lambda: 0 ** Value(-1.0), DivisionByZeroError, r"0 \*\* -1: .*divides by zero"),
    ("exp of 1000", lambda: Value(1e3).exp(), TooLargeError, r"exp\(1000\).*overflows above 709"),
    ("x ** 5000", lambda: x**5000, TooLargeError, r"x \*\* 5000.*larger than the largest float"),
    ("slope alone", lambda: Value(1e-200) ** -1, TooLargeError, r"or its slope, is larger"),
    ("10 ** node", lambda: 10 ** Value(400.0), TooLargeError, r"10 \*\* 400: .*larger"),
]


@pytest.mark.parametrize(
    ("attempt", "error", "message"),
    [row[1:] for row in NO_RESULT],
    ids=[row[0] for row in NO_RESULT],
)
def test_an_op_without_a_real_result_names_the_node(attempt, error, message):
    builtin = {
        UndefinedError: ValueError,
        DivisionByZeroError: ZeroDivisionError,
        TooLargeError: OverflowError,
    }[error]
    with pytest.raises(builtin, match=message) as raised:
        attempt()
    assert type(raised.value) is error
    assert isinstance(raised.value, LabError)
    assert raised.value.__suppress_context__  # Python's "math domain error" says nothing more
    assert "0x" not in str(raised.value)  # no addresses


# Where a result exists but the slope is special.


def local(y: Value) -> tuple[float, ...]:
    return (y.data, *y.local_grads)


def test_corners_and_vertical_slopes_are_what_the_docstrings_say():
    assert local(zero.relu()) == (0.0, 0.0)
    assert local(zero.abs()) == (0.0, 0.0)
    assert local(zero.sqrt()) == (0.0, inf)
    assert local(zero**0.5) == (0.0, inf)
    assert local(Value(2.0).max(2.0)) == (2.0, 0.5, 0.5)
    assert local(Value(2.0).min(2.0)) == (2.0, 0.5, 0.5)
    tied = Value(2.0)
    tied.max(tied).backward()
    assert tied.grad == 1.0


def test_powers_of_zero_and_to_the_zero():
    assert local(zero**0) == (1.0, 0.0)
    assert local(zero**1) == (0.0, 1.0)
    assert local(zero**2) == (0.0, 0.0)
    assert local(zero ** Value(0.0)) == (1.0, 0.0, 0.0)
    assert local(zero ** Value(2.0)) == (0.0, 0.0, 0.0)
    assert local(x**0) == (1.0, 0.0)
    assert local(x**1) == (-8.0, 1.0)
    assert local(x**2) == (64.0, -16.0)
    assert local(x**3) == (-512.0, 192.0)
    assert local(x**-1) == (-0.125, -1 / 64)
    assert local(Value(2.0) ** Value(3.0)) == (8.0, 12.0, 8 * math.log(2))


def test_large_inputs_saturate_without_overflow():
    assert local(Value(1000.0).sigmoid()) == (1.0, 0.0)
    assert local(Value(-1000.0).sigmoid()) == (0.0, 0.0)
    assert local(Value(-30.0).sigmoid())[0] == pytest.approx(math.exp(-30), rel=1e-12)
    assert local(Value(1000.0).tanh()) == (1.0, 0.0)
    assert local(Value(-1000.0).exp()) == (0.0, 0.0)
    assert (Value(1e308) * 10).data == inf  # as for plain floats
    assert (Value(1e308) + 1e308).data == inf


def test_infinity_goes_through():
    big = Value(inf)
    assert local(big.exp()) == (inf, inf)
    assert local(Value(-inf).exp()) == (0.0, 0.0)
    assert local(big.log()) == (inf, 0.0)
    assert local(big.sqrt()) == (inf, 0.0)
    assert local(big.tanh()) == (1.0, 0.0)
    assert local(big.relu()) == (inf, 1.0)
    assert local(Value(-inf).relu()) == (0.0, 0.0)
    assert local(Value(-inf).abs()) == (inf, -1.0)
    assert local(big.sigmoid()) == (1.0, 0.0)
    assert local(big.max(1.0)) == (inf, 1.0, 0.0)
    assert local(Value(-inf).max(inf)) == (inf, 0.0, 1.0)
    assert local(big.min(big)) == (inf, 0.5, 0.5)
    assert local(1 / big) == (0.0, 0.0, 0.0)
    assert math.isnan((big - inf).data)


@pytest.mark.parametrize(
    "op", ["neg", "exp", "log", "sqrt", "sin", "cos", "tanh", "sigmoid", "relu", "abs"]
)
def test_nan_goes_through_every_op(op):
    y = -Value(nan) if op == "neg" else getattr(Value(nan), op)()
    assert math.isnan(y.data)


def test_nan_goes_through_arithmetic_and_is_never_the_smaller_or_larger_one():
    for op in (*OPERATORS, Value.max, Value.min):
        assert math.isnan(op(Value(nan), 2.0).data)
        assert math.isnan(op(Value(2.0), nan).data)
    assert not Value(nan) < 1.0
    assert not Value(nan) >= 1.0
