"""Picking and putting: gradients against differences, and what no other test says."""

import numpy as np
import pytest

import micrograd_lab as lab
from micrograd_lab.errors import DtypeError, GradError, ModifiedError, ShapeError
from micrograd_lab.ops import indexing, putting

rng = np.random.default_rng(3)
MASK = np.array([[True, False, True, True], [False] * 4, [False, True, False, True]])
ROWS = np.array([[0, 2], [2, 2]])
ALONG = np.array([[0, 3], [3, 3], [1, 0]])

PICKS = {
    "an int": lambda x: x[1],
    "all ints": lambda x: x[2, -1],
    "a step": lambda x: x[::2, 1::2],
    "None and Ellipsis": lambda x: x[None, ..., 0],
    "rows that repeat": lambda x: x[ROWS],
    "pairs that repeat": lambda x: x[[0, 0, 2], [1, 1, 3]],
    "a mask": lambda x: x[MASK],
    "an int next to an index": lambda x: x[None, 1, :, None][..., [0, 0]],
    "gather": lambda x: lab.gather(x, 1, ALONG),
    "take_along_dim": lambda x: lab.take_along_dim(x, ALONG[:1], 1),
    "index_select": lambda x: lab.index_select(x, 1, np.array([3, 3, 0])),
    "take": lambda x: lab.take(x, np.array([[0, -1], [5, 5]])),
    "narrow": lambda x: lab.narrow(x, 1, 1, 2),
}
INDEX = np.array([[0, 1, 0, 2], [2, 1, 0, 0]])
PUTS = {
    "setitem": lambda x, v: putting.setitem(x, (slice(0, 2), ...), v),
    "setitem, broadcast": lambda x, v: putting.setitem(x, MASK, v[0, 0]),
    "index_put": lambda x, v: lab.index_put(
        x, (np.array([0, 0]), np.array([1, 1])), v[0, :2], True
    ),
    "scatter": lambda x, v: lab.scatter(x, 0, np.array([[0, 1, 0, 2], [2, 0, 1, 1]]), v),
    "scatter_add": lambda x, v: lab.scatter_add(x, 0, INDEX, v),
    "prod": lambda x, v: lab.scatter_reduce(x, 0, INDEX, v, "prod"),
    "mean": lambda x, v: lab.scatter_reduce(x, 0, INDEX, v, "mean", include_self=False),
    "amax": lambda x, v: lab.scatter_reduce(x, 0, INDEX, v, "amax"),
    "amin": lambda x, v: lab.scatter_reduce(x, 0, INDEX, v, "amin", include_self=False),
    "index_add": lambda x, v: lab.index_add(x, 0, np.array([2, 2]), v, alpha=3),
    "index_copy": lambda x, v: lab.index_copy(x, 0, np.array([2, 0]), v),
    "masked_scatter": lambda x, v: lab.masked_scatter(x, MASK, v),
}


def slopes(f, xs, directions, h=1e-6):
    """How fast f moves along the directions, by differences, on arrays alone."""
    ahead = f(*(x + h * d for x, d in zip(xs, directions, strict=True)))
    behind = f(*(x - h * d for x, d in zip(xs, directions, strict=True)))
    return (ahead - behind) / (2 * h)


def arrays_only(f):
    """f, on arrays: through Tensors that record nothing."""
    return lambda *xs: f(*(lab.tensor(x) for x in xs)).numpy().copy()


@pytest.mark.parametrize("name", PICKS | PUTS)
def test_gradients_of_both_orders_and_tangents_agree_with_differences(name):
    f = (PICKS | PUTS)[name]
    xs = [rng.normal(size=(3, 4))] + [rng.normal(size=(2, 4))] * (name in PUTS)
    directions = [rng.normal(size=x.shape) for x in xs]
    run = arrays_only(f)
    up = rng.normal(size=run(*xs).shape)
    tensors = [lab.tensor(x).requires_grad_() for x in xs]

    def pulled(*xs):
        y = f(*xs)
        gs = lab.autograd.grad(y * y, xs, lab.tensor(up), create_graph=True, materialize_grads=True)
        return sum((g * d).sum() for g, d in zip(gs, directions, strict=True))

    assert np.vdot(up, slopes(lambda *x: run(*x) ** 2, xs, directions)) == pytest.approx(
        pulled(*tensors).item(), rel=1e-6, abs=1e-7
    )
    second = lab.autograd.grad(pulled(*tensors), tensors, materialize_grads=True)
    along = sum((g.numpy() * d).sum() for g, d in zip(second, directions, strict=True))
    differences = slopes(
        lambda *x: pulled(*(lab.tensor(v).requires_grad_() for v in x)).item(), xs, directions
    )
    assert along == pytest.approx(differences, rel=1e-5, abs=1e-6)
    from micrograd_lab.forward import jvp

    _, tangent = jvp(f, tensors, [lab.tensor(d) for d in directions])
    np.testing.assert_allclose(
        tangent.detach().numpy(), slopes(run, xs, directions), rtol=1e-6, atol=1e-7
    )


def test_an_entry_picked_three_times_collects_three_gradients():
    x = lab.tensor([1.0, 2.0]).requires_grad_()
    x[[0, 0, 0, 1]].sum().backward()
    assert x.grad.tolist() == [3.0, 1.0]


def test_basic_indices_give_views_and_index_arrays_give_copies():
    x = lab.arange(6.0).reshape(2, 3)
    x[0, 1:] += 10
    x[[0]].zero_()
    assert x.tolist() == [[0.0, 11.0, 12.0], [3.0, 4.0, 5.0]]


def test_an_int_next_to_an_index_array_does_not_move_its_axis():
    assert lab.zeros(2, 3, 4)[0, :, [1, 2]].shape == (3, 2)  # NumPy says (2, 3)


def test_picking_keeps_only_the_shape_of_x():
    x = lab.ones(4).requires_grad_() * 2
    assert not any(isinstance(v, np.ndarray) for v in x[[0, 0]].grad_fn.saved)


def test_picking_works_on_arrays_as_rules_need_it():
    assert indexing.getitem(np.arange(4.0), [1, 1]).tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("f", "error", "says"),
    [
        (lambda x: x[3], ShapeError, r"index 3 is out of bounds"),
        (lambda x: x[0, 0, 0], ShapeError, "too many indices"),
        (lambda x: x[np.zeros((2, 2), bool)], ShapeError, r"mask of shape \(2, 2\)"),
        (lambda x: x[np.array([0.5])], DtypeError, "integers, or a mask"),
        (lambda x: x[::-1], ShapeError, r"flip\(\)"),
        (lambda x: lab.gather(x, 0, np.array([0])), ShapeError, "index has 1 dimensions"),
        (lambda x: lab.gather(x, 2, ROWS), ShapeError, "dim goes from -2 to 1"),
        (lambda x: lab.index_select(x, 0, np.array([7])), ShapeError, "index 7 is out of range"),
        (lambda x: x.scatter_add(0, ROWS, x.float()), DtypeError, "float32"),
    ],
)
def test_an_index_that_does_not_fit_says_why(f, error, says):
    with pytest.raises(error, match=says):
        f(lab.zeros(3, 4, dtype=lab.float64))


def test_searches_find_what_is_there():
    x = lab.tensor([[0, 3], [3, 1]])
    assert lab.nonzero(x).tolist() == [[0, 1], [1, 0], [1, 1]]
    assert [k.tolist() for k in lab.unique(x, return_inverse=True, return_counts=True)] == [
        [0, 1, 3], [[0, 2], [2, 1]], [1, 1, 2],
    ]  # fmt: skip
    assert lab.bucketize(x, lab.tensor([1, 3])).tolist() == [[0, 1], [1, 0]]


# --- in place -----------------------------------------------------------------------------------


def test_a_leaf_that_wants_a_gradient_is_not_changed_under_its_feet():
    x = lab.ones(2).requires_grad_()
    for change in (lambda: x.add_(1), lambda: x[0].mul_(2), lambda: x.__setitem__(0, 5.0)):
        with pytest.raises(GradError, match="leaf Variable that requires grad"):
            change()
    with lab.no_grad():
        x -= 0.5
    assert (x.tolist(), x._version, x.is_leaf) == ([0.5, 0.5], 1, True)


def test_an_overwritten_value_that_backward_needs_is_an_error():
    w, x = lab.ones(3).requires_grad_(), lab.ones(3)
    y, z = w * x, w + x
    x[1:].add_(1)  # through a view: they share one counter
    with pytest.raises(ModifiedError, match="at version 1, expected version 0"):
        y.sum().backward()
    z.sum().backward()  # addition needs no value


def test_an_in_place_result_that_is_overwritten_is_noticed_too():
    y = lab.ones(3).requires_grad_() * 2
    y.exp_()
    y.add_(1)
    with pytest.raises(ModifiedError):
        y.sum().backward()


def test_a_change_through_a_view_is_in_the_history_of_the_base_and_of_its_other_views():
    x = lab.tensor([1.0, 2.0, 3.0]).requires_grad_()
    y = x * 1
    left, right = y[:2], y[1:]
    left.mul_(10)
    (right * right).sum().backward()
    assert right.tolist() == [20.0, 3.0]
    assert x.grad.tolist() == [0.0, 400.0, 6.0]


def test_an_in_place_change_that_cannot_be_is_an_error_and_changes_nothing():
    x, n = lab.ones(2), lab.tensor([1, 2])
    for change, error in (
        (lambda: x.add_(lab.ones(2, 2)), ShapeError),
        (lambda: n.add_(0.5), DtypeError),
        (lambda: x.expand(3, 2).add_(1), ShapeError),
        (lambda: x.__setitem__(slice(None), lab.ones(3)), ShapeError),
    ):
        with pytest.raises(error):
            change()
    assert (x.tolist(), n.tolist(), x._version, n._version) == ([1.0, 1.0], [1, 2], 0, 0)


@pytest.mark.parametrize("size", [5, 40_000])
def test_the_short_cuts_under_no_grad_compute_what_the_ops_do(size):
    x, a, b = (lab.tensor(rng.normal(size=size)) for _ in range(3))
    for name, args, kw in (
        ("add", (a,), {"alpha": -0.1}), ("sub", (a,), {"alpha": 3}), ("mul", (a,), {}), ("div", (2,), {}),
        ("addcmul", (a, b), {"value": 0.3}), ("addcdiv", (a, b), {}), ("lerp", (a, 0.3), {}),
        ("lerp", (a, 0.7), {}),
    ):  # fmt: skip
        y = x.clone()
        with lab.no_grad():
            assert getattr(y, f"{name}_")(*args, **kw) is y
        np.testing.assert_allclose(
            y.numpy(), getattr(lab, name)(x, *args, **kw).numpy(), rtol=1e-12
        )
        assert y._version == 1


def test_what_is_drawn_in_place_can_be_drawn_again():
    x, y = lab.empty(1000), lab.empty(1000)
    for name, args, mean in (("normal_", (3, 0.1), 3), ("uniform_", (-1, 3), 1), ("bernoulli_", (0.25,), 0.25),
                             ("exponential_", (2,), 0.5), ("random_", (0, 11), 5)):  # fmt: skip
        for t in (x, y):
            lab.manual_seed(1)
            getattr(t, name)(*args)
        assert x.tolist() == y.tolist()
        assert x.mean().item() == pytest.approx(mean, abs=0.3)
