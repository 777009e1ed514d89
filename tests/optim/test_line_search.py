"""The line search stops where both of Wolfe's conditions hold, and L-BFGS goes down with it."""

import math

import numpy as np
import pytest

import micrograd_lab as lab
from micrograd_lab import optim
from micrograd_lab.optim.line_search import Point, _bottom, strong_wolfe

ENOUGH, FLAT = 1e-4, 0.9  # c1 and c2, as Nocedal and Wright advise for quasi-Newton methods

# A loss along a line, and its slope.
LINES = {
    "bowl": (lambda t: (t - 3) ** 2, lambda t: 2 * (t - 3)),
    "narrow": (lambda t: 1e4 * (t - 1e-3) ** 2, lambda t: 2e4 * (t - 1e-3)),
    "far away": (lambda t: math.log1p((t - 500) ** 2), lambda t: 2 * (t - 500) / (1 + (t - 500) ** 2)),
    "flat then steep": (lambda t: math.cosh(min(t - 8, 700)) - t, lambda t: math.sinh(min(t - 8, 700)) - 1),
    "many valleys": (
        lambda t: 0.05 * (t - 4) ** 2 - math.sin(3 * t),
        lambda t: 0.1 * (t - 4) - 3 * math.cos(3 * t),
    ),
    "edge": (lambda t: abs(t - 2) ** 1.5, lambda t: 1.5 * math.copysign(abs(t - 2) ** 0.5, t - 2)),
    "wall": (lambda t: -t - math.log(2 - t) if t < 2 else math.inf, lambda t: -1 + 1 / (2 - t)),
}  # fmt: skip


def on(name):
    """The line as the search sees it, and the steps at which it was asked."""
    loss, slope = LINES[name]
    asked = []

    def f(t):
        asked.append(t)
        y = loss(t)
        return Point(t, y, slope(t) if math.isfinite(y) else math.nan, None)

    return f, asked


@pytest.mark.parametrize("first", [1e-4, 0.03, 0.5, 1.0, 7.0, 40.0, 3000.0])
@pytest.mark.parametrize("name", LINES)
def test_both_of_wolfes_conditions_hold_where_it_stops(name, first):
    f, asked = on(name)
    start = f(0.0)
    assert start.slope < 0
    found = strong_wolfe(f, start, first, 40)
    assert found.t > 0
    assert found.loss <= start.loss + ENOUGH * found.t * start.slope
    assert abs(found.slope) <= FLAT * abs(start.slope)
    assert found.t in asked
    assert len(asked) <= 1 + 40


@pytest.mark.parametrize("most", [1, 2, 3, 5])
@pytest.mark.parametrize("first", [1e-4, 1.0, 3000.0])
def test_within_few_calls_it_never_goes_up(first, most):
    for name in ("bowl", "narrow", "far away", "many valleys", "edge", "wall"):
        f, asked = on(name)
        start = f(0.0)
        found = strong_wolfe(f, start, first, most)
        assert len(asked) <= 1 + most
        assert found == start or found.loss < start.loss


def test_where_no_step_is_good_it_stays():
    calls = []

    def f(t):
        calls.append(t)
        return Point(t, 1.0 + t, -1.0, None)  # the slope promises what the loss does not keep

    start = Point(0.0, 1.0, -1.0, None)
    assert strong_wolfe(f, start, 1.0, 30, least_width=1e-3) == start
    assert len(calls) < 30  # the bracket became narrow


@pytest.mark.parametrize(("a", "b"), [(0.0, 1.0), (0.5, 4.0), (5.0, 0.0), (2.0, 1.0)])
def test_of_a_cubic_it_finds_the_bottom_at_once(a, b):
    def at(t):
        return Point(t, t**3 - 2 * t**2 - 4 * t, 3 * t**2 - 4 * t - 4, None)  # lowest at 2

    assert _bottom(at(a), at(b)) == pytest.approx(2)
    assert _bottom(at(a), Point(b, math.inf, math.nan, None)) is None


# --- in L-BFGS -------------------------------------------------------------------------------


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def minimise(loss, start, steps=1, **options):
    """x after some steps, the optimiser, and how often the closure was called in each step."""
    x = lab.tensor(np.array(start), requires_grad=True)
    optimizer = optim.LBFGS([x], line_search_fn="strong_wolfe", **options)
    calls = []

    def closure():
        calls[-1] += 1
        optimizer.zero_grad()
        y = loss(x)
        y.backward()
        return y

    for _ in range(steps):
        calls.append(0)
        optimizer.step(closure)
    return x.detach().numpy(), optimizer, calls


@pytest.mark.parametrize("lr", [0.01, 1, 10])
def test_it_finds_the_end_of_rosenbrocks_valley_from_any_first_step(lr):
    x, _, _ = minimise(rosenbrock, [-1.2, 1.0, -1.2, 1.0], max_iter=200, lr=lr)
    np.testing.assert_allclose(x, 1, atol=1e-4)


def test_every_step_satisfies_both_conditions():
    x = lab.tensor(np.array([-1.2, 1.0, 0.3]), requires_grad=True)
    optimizer = optim.LBFGS([x], max_iter=1, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        loss = rosenbrock(x)
        loss.backward()
        return loss

    def here():
        loss = closure().item()
        return x.detach().numpy().copy(), loss, x.grad.numpy().copy()

    before = here()
    while np.abs(before[2]).max() > 1e-3:  # until rounding decides which loss is lower
        optimizer.step(closure)
        after = here()
        step = after[0] - before[0]
        assert after[1] <= before[1] + ENOUGH * (before[2] @ step)
        assert abs(after[2] @ step) <= FLAT * abs(before[2] @ step)
        assert np.abs(step).max() > 0  # so it ends
        before = after
    assert before[1] < 1e-6
    assert optimizer.state_dict()["state"][0]["n_iter"] < 60


def test_no_step_goes_up():
    losses = []
    for steps in range(1, 14):
        x, _, _ = minimise(rosenbrock, [-1.2, 1.0, 0.3], steps, max_iter=3, max_eval=30)
        losses.append(rosenbrock(lab.tensor(x)).item())
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 1e-3


@pytest.mark.parametrize("most", [1, 2, 5, 13])
def test_it_computes_no_more_losses_than_max_eval_and_counts_them(most):
    _, optimizer, calls = minimise(rosenbrock, [-1.2, 1.0], 3, max_iter=50, max_eval=most)
    assert max(calls) <= most
    (state,) = optimizer.state.values()
    assert state["func_evals"] == sum(calls)


@pytest.mark.parametrize("most", [2, 3, 4, 5, 6])
def test_a_search_that_ran_out_leaves_the_best_point_it_saw(most):
    start = [-1.2, 1.0]
    highest = rosenbrock(lab.tensor(start)).item()
    x, _, _ = minimise(rosenbrock, start, lr=1e6, max_eval=most)
    assert rosenbrock(lab.tensor(x)).item() <= highest


def test_parameters_of_several_shapes_end_at_the_best_point_found():
    rng = np.random.default_rng(0)
    a, b = lab.tensor(rng.normal(size=(20, 3))), lab.tensor(rng.normal(size=20))
    w = lab.zeros(3, dtype=lab.float64, requires_grad=True)
    c = lab.zeros((), dtype=lab.float64, requires_grad=True)
    optimizer = optim.LBFGS([w, c], max_iter=30, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        loss = ((a @ w + c - b) ** 2).mean()
        loss.backward()
        return loss

    optimizer.step(closure)
    design = np.column_stack([a.numpy(), np.ones(20)])
    wanted = np.linalg.lstsq(design, b.numpy(), rcond=None)[0]
    np.testing.assert_allclose([*w.tolist(), c.item()], wanted, atol=1e-6)


def test_a_search_goes_on_from_a_file_bit_by_bit(tmp_path):
    options = {"max_iter": 3, "line_search_fn": "strong_wolfe"}

    def run(x, optimizer):
        def closure():
            optimizer.zero_grad()
            loss = rosenbrock(x)
            loss.backward()
            return loss

        optimizer.step(closure)

    x = lab.tensor(np.array([-1.2, 1.0]), requires_grad=True)
    one = optim.LBFGS([x], **options)
    run(x, one)
    lab.save(one.state_dict(), tmp_path / "state.npz")
    y = lab.tensor(x.detach().numpy().copy(), requires_grad=True)
    two = optim.LBFGS([y], **options)
    two.load_state_dict(lab.load(tmp_path / "state.npz"))
    run(x, one)
    run(y, two)
    np.testing.assert_array_equal(x.detach().numpy(), y.detach().numpy())
