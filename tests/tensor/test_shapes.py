"""Shapes, joining, padding, diagonals: every one moves entries, and its gradient moves them back."""

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab.errors import LabError, OptionError, ShapeError
from micrograd_lab.ops.shapes import one_hot, pad

LINEAR = {
    "reshape": lambda x: x.reshape(3, -1),
    "reshape of a transposed one": lambda x: x.T.reshape(-1),
    "flatten": lambda x: x.flatten(),
    "unflatten": lambda x: x.unflatten(1, (3, 1)),
    "unsqueeze and squeeze": lambda x: x.unsqueeze(1).squeeze((0, 1)),
    "transpose": lambda x: x.transpose(0, 1),
    "T": lambda x: x.T,
    "mT": lambda x: x.expand(2, 2, 3).mT,
    "permute": lambda x: x.reshape(1, 2, 3).permute(2, 0, 1),
    "movedim": lambda x: x.reshape(1, 2, 3).movedim((0, 2), (2, 1)),
    "expand": lambda x: x.unsqueeze(0).expand(4, -1, 3),
    "cat": lambda x: torch.cat([x, x * 2, x], dim=1),
    "stack": lambda x: torch.stack([x, 3 * x], dim=-1),
    "block_diag": lambda x: torch.block_diag(x, x.T),
    "meshgrid": lambda x: torch.meshgrid(x[0], x[1, :2], indexing="xy")[0],
    "split": lambda x: x.split([1, 2], dim=1)[1],
    "tensor_split": lambda x: x.tensor_split(2, dim=1)[0],
    "chunk": lambda x: x.chunk(2, dim=-1)[1],
    "unbind": lambda x: x.unbind(1)[2],
    "repeat": lambda x: x.repeat(2, 1, 3),
    "tile": lambda x: x.tile(2),
    "repeat_interleave": lambda x: x.repeat_interleave(3, dim=0),
    "repeat_interleave with counts": lambda x: x.repeat_interleave(torch.tensor([2, 0, 1]), 1),
    "flip": lambda x: x.flip(0, 1),
    "roll": lambda x: x.roll((1, 2), (0, 1)),
    "rot90": lambda x: x.rot90(3),
    "tril": lambda x: x.tril(),
    "triu": lambda x: x.triu(1),
    "diag": lambda x: x.diag(1),
    "diagonal": lambda x: x.diagonal(-1),
    "diag_embed": lambda x: torch.diag_embed(x, 1, 0, 2),
    "diagflat": lambda x: torch.diagflat(x, -1),
    "pad": lambda x: pad(x, (1, -1, 2, 0)),
    "pad with a number": lambda x: pad(x, (1, 1), value=7.0),
    "pad by reflection": lambda x: pad(x, (2, 1), "reflect"),
    "pad by replication": lambda x: pad(x, (2, 3), "replicate"),
    "pad in a circle": lambda x: pad(x, (1, 3), "circular"),
    "clone": lambda x: x.clone(),
    "contiguous": lambda x: x.T.contiguous(),
}


def sample(seed=0):
    rng = np.random.default_rng(seed)
    return torch.tensor(rng.normal(size=(2, 3)), requires_grad=True), rng


@pytest.mark.parametrize("name", LINEAR)
def test_the_gradient_is_the_slope(name):
    f = LINEAR[name]
    x, rng = sample()
    y = f(x)
    g = torch.tensor(rng.normal(size=y.shape))
    y.backward(g)
    slopes = np.zeros((2, 3))
    for at in np.ndindex(2, 3):
        step = np.zeros((2, 3))
        step[at] = 1e-3
        up, down = (f(x.detach() + s * torch.tensor(step)).numpy() for s in (1, -1))
        slopes[at] = (g.numpy() * (up - down)).sum() / 2e-3
    np.testing.assert_allclose(x.grad.numpy(), slopes, atol=1e-9)


@pytest.mark.parametrize("name", LINEAR)
def test_the_gradient_can_be_differentiated_again(name):
    """d/dg of <v, Aᵀ g> is A v, and A v is what the function makes of v."""
    f = LINEAR[name]
    x, rng = sample()
    y = f(x)
    g = torch.tensor(rng.normal(size=y.shape), requires_grad=True)
    (dx,) = torch.autograd.grad(y, x, g, create_graph=True)
    v = torch.tensor(rng.normal(size=(2, 3)))
    (again,) = torch.autograd.grad(dx, g, v)
    constant = f(torch.zeros(2, 3, dtype=torch.float64))
    np.testing.assert_allclose(again.numpy(), (f(v) - constant).numpy(), atol=1e-12)


VIEWS = ("reshape", "flatten", "T", "permute", "expand", "split", "chunk", "unbind", "diagonal")


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_shares_memory_and_the_version_counter(name):
    x = sample()[0].detach()
    y = LINEAR[name](x)
    assert np.shares_memory(x.numpy(), y.numpy())
    assert y._version_counter is x._version_counter


@pytest.mark.parametrize("name", ["repeat", "flip", "roll", "tril", "diag", "pad", "clone", "cat"])
def test_a_copy_shares_nothing(name):
    x = sample()[0].detach()
    assert not np.shares_memory(x.numpy(), LINEAR[name](x).numpy())


def test_flipping_nothing_is_still_a_copy():
    x = torch.ones(3)
    assert not np.shares_memory(x.numpy(), x.flip(()).numpy())


def test_view_refuses_where_reshape_copies():
    x = torch.arange(6).reshape(2, 3).T
    assert x.reshape(6).tolist() == [0, 3, 1, 4, 2, 5]
    with pytest.raises(ShapeError, match="Use reshape"):
        x.view(6)


def test_only_the_shape_of_the_input_is_kept_alive():
    x = torch.ones(2, 3, requires_grad=True)
    for y in (x * 1).T, (x * 1).repeat(2, 2), torch.cat([x * 1, x * 1]), (x * 1).diagonal():
        assert not any(isinstance(kept, np.ndarray) for kept in y.grad_fn.saved)


def test_cat_promotes_and_gives_each_input_its_own_dtype_back():
    a = torch.ones(2, requires_grad=True)
    b = torch.ones(3, dtype=torch.float64, requires_grad=True)
    y = torch.cat([a, b, torch.tensor([1])])
    assert y.dtype == torch.float64
    y.backward(torch.arange(6).double())
    assert (a.grad.dtype, b.grad.dtype) == (torch.float32, torch.float64)
    assert a.grad.tolist() == [0, 1]
    assert b.grad.tolist() == [2, 3, 4]


def test_an_empty_start_fits_every_cat():
    assert torch.cat([torch.tensor([]), torch.ones(2, 3)], 1).shape == (2, 3)


def test_functions_work_on_plain_arrays_too():
    x = np.arange(6.0).reshape(2, 3)
    assert isinstance(torch.permute(x, (1, 0)), np.ndarray)
    assert isinstance(torch.cat([x, x]), np.ndarray)
    assert isinstance(pad(x, (1, 1)), np.ndarray)
    assert torch.flip(x, (0,)).tolist() == [[3, 4, 5], [0, 1, 2]]


def test_one_hot_rows():
    assert one_hot(torch.tensor([1, 0]), 3).tolist() == [[0, 1, 0], [1, 0, 0]]
    assert one_hot(torch.tensor([[2]])).shape == (1, 1, 3)
    for classes, count in (
        (torch.tensor([1.0]), 2),
        (torch.tensor([3]), 2),
        (torch.tensor([-1]), 2),
    ):
        with pytest.raises(LabError):
            one_hot(classes, count)


X = torch.ones(2, 3)
REFUSED = {
    "reshape: a tensor of shape (2, 3) to (4, 2): it has 6 entries, the new shape 8": lambda: (
        X.reshape(4, 2)
    ),
    "reshape: a tensor of shape (2, 3) to (4, -1): 6 entries are no multiple of 4": lambda: (
        X.reshape(4, -1)
    ),
    "transpose: dim=2 of a tensor with 2 dimensions: dim goes from -2 to 1": lambda: X.transpose(
        0, 2
    ),
    "permute: (0,) names 1 dimensions, the tensor of shape (2, 3) has 2": lambda: X.permute(0),
    "permute: dim=(0, 0) names a dimension more than once": lambda: X.permute(0, 0),
    "expand: a tensor of shape (2, 3) to (2, 4)": lambda: X.expand(2, 4),
    "cat: shapes (2, 3), (3, 2) along dim=0": lambda: torch.cat([X, X.T]),
    "stack: shapes (2, 3), (3, 2)": lambda: torch.stack([X, X.T]),
    "split: sizes (1, 2) add up to 3, and dim=0 has size 2": lambda: X.split([1, 2]),
    "mode='reflect' with widths (3, 0) of an axis of size 3: it can give at most 2": lambda: pad(
        X, (3, 0), "reflect"
    ),
}


@pytest.mark.parametrize("message", REFUSED)
def test_a_refusal_says_what_was_asked_and_what_was_found(message):
    with pytest.raises(ShapeError) as caught:
        REFUSED[message]()
    assert message in str(caught.value)


def test_an_unknown_mode_lists_the_known_ones():
    with pytest.raises(OptionError, match="'reflect', 'replicate', 'circular'"):
        pad(X, (1, 1), "mirror")


def test_joining_pushes_tangents_forward_past_an_infinite_neighbour():
    from micrograd_lab.func import jvp

    a, da = torch.ones(2), torch.tensor([3.0, 4.0])
    _, dy = jvp(lambda a: torch.cat([a, torch.tensor([float("inf")])]), (a,), (da,))
    assert dy.tolist() == [3, 4, 0]
