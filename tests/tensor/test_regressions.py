"""What random programs found to differ from PyTorch, each as the smallest program that shows it."""

import numpy as np
import pytest

import micrograd_lab as lab
from micrograd_lab.errors import DtypeError, ShapeError


def test_broadcast_to_as_a_method_takes_sizes_one_by_one() -> None:
    x = lab.tensor([[1.0, 2.0]])
    assert x.broadcast_to(3, 2).shape == x.broadcast_to((3, 2)).shape == (3, 2)


@pytest.mark.parametrize(("shape", "repeats"), [((1,), 2), ((3,), 1), ((), 2)])
def test_repeat_interleave_never_shares_memory_with_its_input(
    shape: tuple[int, ...], repeats: int
) -> None:
    x = lab.zeros(shape)
    y = x.repeat_interleave(repeats)
    x.fill_(5.0)
    assert y.array.tolist() == [0.0] * y.numel()
    y += 1.0
    assert x.array.tolist() == np.full(shape, 5.0).tolist()


@pytest.mark.parametrize("index", [0, [0, 0]])
def test_a_negative_number_set_into_unsigned_integers_wraps_round(index: object) -> None:
    x = lab.tensor([4, 1], dtype=lab.uint8)
    x[index] = -1
    assert x.tolist() == [255, 1]


@pytest.mark.parametrize("number", [300, -300])
def test_a_number_too_large_for_the_dtype_is_refused_and_nothing_changes(number: int) -> None:
    x = lab.tensor([4, 1], dtype=lab.uint8)
    with pytest.raises(DtypeError, match="largest number is 255"):
        x[0] = number
    assert x.tolist() == [4, 1]


@pytest.mark.parametrize("loss", ["mse_loss", "l1_loss", "huber_loss", "smooth_l1_loss"])
def test_a_loss_of_shapes_that_do_not_broadcast_is_a_shape_error(loss: str) -> None:
    function = getattr(lab.nn.functional, loss)
    with pytest.raises(ShapeError, match="do not"):
        function(lab.ones(3, 1, 2), lab.ones(3, 3))


def test_the_cosine_of_a_vector_with_a_broadcast_one_counts_the_whole_length() -> None:
    x, y = lab.tensor([[1.0, 2.0, 4.0]]), lab.tensor([[2.0]])
    cosine = lab.nn.functional.cosine_similarity(x, y)
    assert cosine.tolist() == pytest.approx([7 / (21 * 3) ** 0.5])


def test_the_gradient_of_a_later_part_does_not_need_the_freed_earlier_part():
    x = lab.tensor([0.5, 1.0], requires_grad=True)
    y = x.exp()
    (y * y).sum().backward()
    (g,) = lab.autograd.grad(y.sum(), y)
    assert g.tolist() == [1.0, 1.0]


def test_a_hook_of_a_leaf_sees_the_whole_gradient_once():
    x = lab.tensor([1.0], requires_grad=True)
    seen = []
    x.register_hook(lambda g: seen.append(g.item()) or g.clamp(max=1.0))
    (x + x).sum().backward()
    assert (seen, x.grad.item()) == ([2.0], 1.0)


def test_a_leaf_that_was_switched_off_gets_no_gradient():
    x = lab.tensor([1.0], requires_grad=True)
    y = (x * 2).sum()
    x.requires_grad_(False)
    y.backward()
    assert x.grad is None


def test_grad_fills_the_gradients_that_are_retained():
    x = lab.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.retain_grad()
    lab.autograd.grad((y * y).sum(), x)
    assert y.grad.tolist() == [6.0, 12.0]


def test_the_result_of_a_division_may_be_changed_in_place():
    a, b = lab.tensor([3.0], requires_grad=True), lab.tensor([2.0], requires_grad=True)
    y = a / b
    y += 1
    y.sum().backward()
    assert (a.grad.item(), b.grad.item()) == (0.5, -0.75)
