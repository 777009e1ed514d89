"""Forward mode agrees with reverse mode, and the gradient check tells right rules from wrong ones."""

import math
import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from micrograd_lab.errors import NotANumberError, SizeError, UndefinedError
from micrograd_lab.scalar import Dual, Value, gradcheck, jvp

seeded = settings(derandomize=True, deadline=None, max_examples=60)
numbers = st.one_of(st.floats(0.2, 3), st.floats(-3, -0.2))


def mixture(x: Any, y: Any) -> Any:
    """Every op, each slope a different number."""
    a = 2 * x - y / 3 + x * y - 1 + (0.5 - y)
    b = (-a).tanh() + a.sin() * y.cos() - x.sigmoid() + a.relu()
    c = (1 + b * b).sqrt().log() + (x / 4).exp() ** 2 + 2**y
    return c.max(x).min(y + 5) + abs(x) * y.abs() + 3 / (1 + y * y) + c ** (1 + x * x)


# Forward mode.


@seeded
@given(x=numbers, y=numbers, dx=numbers, dy=numbers)
def test_forward_mode_is_the_gradient_along_the_tangent(x, y, dx, dy):
    a, b = Value(x), Value(y)
    root = mixture(a, b)
    root.backward()
    primal, tangent = jvp(mixture, [x, y], [dx, dy])
    assert primal == root.data
    expected = a.grad * dx + b.grad * dy
    assert tangent == pytest.approx(expected, rel=1e-9, abs=1e-9 * (abs(a.grad) + abs(b.grad)))


def test_a_dual_carries_its_derivative_along():
    x = Dual(3.0, 1.0)
    y = x * x + x
    assert (y.primal, y.tangent, y.data) == (12.0, 7.0, 12.0)
    assert repr(y) == "Dual(primal=12.0, tangent=7.0)"


def test_numbers_stand_still():
    assert Dual(3.0).tangent == 0.0
    assert (Dual(3.0) * 5).tangent == 0.0
    assert (5 * Dual(3.0, 2.0)).tangent == 10.0
    assert (2 ** Dual(3.0, 1.0)).tangent == pytest.approx(8 * math.log(2))
    assert jvp(lambda x: 4.0, [3.0], [1.0]) == (4.0, 0.0)


def test_a_dual_used_twice_counts_twice():
    x = Dual(3.0, 2.0)
    assert (x * x).tangent == 12.0
    assert (x + x).tangent == 4.0
    assert (x - x).tangent == 0.0
    assert (x / x).tangent == pytest.approx(0.0)


def test_duals_compare_like_their_numbers():
    small, large = Dual(1.0), Dual(2.0)
    assert small < large
    assert large >= 2
    assert max(small, large) is large


def test_a_dual_refuses_what_a_value_refuses():
    with pytest.raises(UndefinedError, match="log"):
        Dual(-1.0, 1.0).log()
    with pytest.raises(NotANumberError):
        Dual("3")
    with pytest.raises(NotANumberError):
        Dual(3.0, 1.0) + "a"


def test_jvp_wants_one_tangent_per_primal():
    with pytest.raises(SizeError, match="2 primals but 1 tangents; give one each"):
        jvp(lambda x, y: x + y, [1.0, 2.0], [1.0])


# The gradient check.


def verdicts(f: Any, *xs: Any, **options: Any) -> list[str]:
    return [row.verdict for row in gradcheck(f, xs, **options).rows]


@seeded
@given(x=st.floats(0.3, 2), y=st.floats(0.3, 2))
def test_right_gradients_are_never_called_wrong(x, y):
    check = gradcheck(mixture, [x, y])
    assert check
    assert all(row.verdict in ("ok", "kink", "unsure") for row in check.rows)


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 1.0, 1e3, 1e6])
def test_the_step_fits_the_size_of_the_input(scale):
    for f in (lambda x: x**3, lambda x: x.sqrt(), lambda x: x.log(), lambda x: 1 / x):
        (row,) = gradcheck(f, [1.7 * scale]).rows
        assert (row.verdict, row.error < 1e-6) == ("ok", True)


class Sick(Value):
    """A Value whose tanh has a rule of our choosing."""

    factor = 1.0

    def tanh(self) -> Value:
        y = super().tanh()
        y._dleft *= self.factor
        return y


@pytest.mark.parametrize("factor", [0.0, -1.0, 0.5, 2.0, 0.999, 1.00001, math.nan])
def test_wrong_gradients_are_called_wrong(factor):
    engine = type("Sicker", (Sick,), {"factor": factor})
    check = gradcheck(lambda x, y: x.tanh() * 2 + y, [0.4, 0.7], engine=engine)
    assert [row.verdict for row in check.rows] == ["wrong", "ok"]
    assert not check
    assert not check.ok


def sick_sine(x: Value, factor: float) -> Value:
    y = x.sin()
    y._dleft *= factor
    return y


@pytest.mark.parametrize("waves", [1e7, 1e8, 1e9])
def test_a_wave_shorter_than_a_step_is_looked_at_again_with_smaller_ones(waves):
    assert verdicts(lambda x: (x * waves).sin(), 1.0) == ["ok"]
    assert verdicts(lambda x: sick_sine(x * waves, 2.0), 1.0) == ["wrong"]


def test_a_wave_shorter_than_the_gap_between_two_floats_is_not_called_wrong():
    check = gradcheck(lambda x: (x * 1e16).sin(), [1.0])
    assert [row.verdict for row in check.rows] == ["unsure"]
    assert check.ok


@pytest.mark.parametrize("factor", [1e12, -1e16, math.inf])
def test_however_steep_a_wrong_gradient_it_is_called_wrong_where_the_curve_is_plain(factor):
    assert verdicts(lambda x: sick_sine(x, factor), 1.0) == ["wrong"]


def test_a_rule_that_ignores_the_upstream_gradient_is_caught():
    class Root:
        """x, whose backward hands over 1 whatever it is multiplied by."""

        def __init__(self, data: float) -> None:
            self.data, self.grad = data, 0.0

        def __mul__(self, factor: float) -> "Root":
            product = Root(self.data * factor)
            product.backward = lambda: setattr(self, "grad", 1.0)  # type: ignore[attr-defined]
            return product

    assert verdicts(lambda x: x, 2.0, engine=Root) == ["wrong"]


def test_at_a_corner_any_slope_between_the_two_sides_will_do():
    assert verdicts(lambda x: x.relu(), 0.0) == ["kink"]
    assert verdicts(lambda x: x.abs(), 0.0) == ["kink"]
    assert verdicts(lambda x, y: x.max(y), 1.0, 1.0) == ["kink", "kink"]
    assert gradcheck(lambda x: x.relu(), [0.0]).ok


def test_close_to_a_corner_but_not_on_it_is_checked_as_usual():
    for x in (1e-3, -1e-3, 0.5, -0.5):
        assert verdicts(lambda x: x.relu() * 3 + x, x) == ["ok"]


def test_the_edge_of_the_domain_is_not_a_mistake():
    check = gradcheck(lambda x: x.sqrt(), [0.0])
    assert [row.verdict for row in check.rows] == ["edge"]
    assert math.isnan(check.rows[0].numeric)
    assert check.ok


def test_a_slope_of_zero_is_right_and_a_missing_one_is_not():
    assert verdicts(lambda x, y: y * 2, 1.0, 2.0) == ["ok", "ok"]
    assert verdicts(lambda x: x * 0 + 3, 1.0) == ["ok"]
    cut = gradcheck(lambda x: Value(x.data) * 2 + x * 0, [1.0])  # the path is cut by .data
    assert [row.verdict for row in cut.rows] == ["wrong"]
    assert (cut.rows[0].analytic, cut.rows[0].numeric) == (0.0, pytest.approx(2.0))


def test_the_point_may_be_given_in_any_kind_of_number():
    for x in (2, 2.0, np.float64(2), np.float32(2), Fraction(2), Value(2.0)):
        (row,) = gradcheck(lambda x: x * x, [x]).rows
        assert (row.x, row.analytic, row.verdict) == (2.0, 4.0, "ok")
    with pytest.raises(NotANumberError):
        gradcheck(lambda x: x * x, ["2"])


def test_rows_are_named_after_labels():
    check = gradcheck(lambda a, b: a * b, [Value(2.0, label="speed"), 3.0])
    assert [row.name for row in check.rows] == ["speed", "x1"]
    assert [row.x for row in check.rows] == [2.0, 3.0]
    assert [row.analytic for row in check.rows] == pytest.approx([3.0, 2.0])


def test_the_table_says_what_was_found():
    lines = str(gradcheck(lambda a, b: a * b.relu(), [Value(2.0, label="a"), 0.0])).splitlines()
    assert lines[0].split("  ")[0] == "input"
    assert any(line.startswith("a ") and line.endswith("ok") for line in lines)
    assert lines[-1].startswith("kink: ")


def test_a_check_repeats_itself_exactly_and_leaves_random_alone():
    random.seed(1)
    first = gradcheck(mixture, [0.5, 0.7])
    assert random.random() == random.Random(1).random()
    assert gradcheck(mixture, [0.5, 0.7]) == first
    assert gradcheck(mixture, [0.5, 0.7], seed=1).ok
