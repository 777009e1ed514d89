"""What random programs found to differ from PyTorch, each as the smallest program that shows it."""

import numpy as np
import pytest

import micrograd_lab as lab
import micrograd_lab.nn.functional as F
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


@pytest.mark.parametrize(
    "f",
    [lambda x: F.layer_norm(x, (3,)), lambda x: F.rms_norm(x, (3,)), F.elu, F.celu],
    ids=["layer_norm", "rms_norm", "elu", "celu"],
)
def test_a_result_that_backward_does_not_need_may_be_changed_in_place(f):
    x = lab.tensor([[0.5, -1.0, 2.0]], requires_grad=True)
    y = f(x)
    y.relu_()
    y.backward(lab.tensor([[1.0, 2.0, 3.0]]))
    z = x.detach().requires_grad_()
    f(z).relu().backward(lab.tensor([[1.0, 2.0, 3.0]]))
    np.testing.assert_allclose(x.grad.array, z.grad.array)


def test_vjp_gives_a_tuple_for_one_primal_too():
    _, pull = lab.func.vjp(lambda x: x * x, lab.tensor([3.0]))
    (g,) = pull(lab.tensor([1.0]))
    assert g.tolist() == [6.0]


def test_the_sign_of_nan_is_zero():
    assert lab.sign(lab.tensor([np.nan, -0.0, -2.0])).tolist() == [0.0, 0.0, -1.0]


def test_masked_fill_wraps_round_or_refuses_what_does_not_fit():
    x, mask = lab.zeros(2, dtype=lab.uint8), lab.tensor([True, False])
    assert x.masked_fill(mask, -1).tolist() == [255, 0]
    for number in (300, -300, np.nan):
        with pytest.raises(DtypeError, match="does not fit uint8"):
            x.masked_fill(mask, number)


@pytest.mark.parametrize("f", [lab.isclose, lab.allclose])
def test_closeness_of_shapes_that_do_not_broadcast_is_a_shape_error(f):
    with pytest.raises(ShapeError, match="do not broadcast"):
        f(lab.ones(2), lab.ones(3))


@pytest.mark.parametrize("loss", [F.mse_loss, F.l1_loss, F.huber_loss, F.smooth_l1_loss])
def test_a_loss_of_two_dtypes_is_in_the_wider_one(loss):
    x = lab.tensor(2.0, dtype=lab.float64)
    with pytest.warns(UserWarning, match="broadcast"):
        assert loss(x, lab.tensor([1.0, 3.0])).dtype == lab.float64
    assert loss(lab.tensor([1.0]), lab.tensor([2])).dtype == lab.float32
    with pytest.raises(DtypeError):
        loss(lab.tensor([1]), lab.tensor([2]))


def test_a_squared_error_of_truth_values_counts_them_as_numbers():
    assert F.mse_loss(lab.tensor([1.0, 3.0]), lab.tensor([True, False])).item() == 4.5


def test_a_target_of_another_dtype_is_refused_where_pytorch_does():
    p = lab.tensor([0.5])
    for loss in (F.binary_cross_entropy, F.binary_cross_entropy_with_logits, F.kl_div):
        with pytest.raises(DtypeError):
            loss(p, lab.tensor([1]))


def test_einsum_of_two_dtypes_multiplies_but_does_not_sum():
    a, b = lab.tensor([1.5]), lab.tensor([2])
    assert lab.einsum("i,j->ij", a, b).tolist() == [[3.0]]
    with pytest.raises(DtypeError, match="one dtype"):
        lab.einsum("i,i->", a, b)


def test_materialized_zeros_can_be_differentiated_again_with_the_rest() -> None:
    x, unused = lab.ones(2, requires_grad=True), lab.ones(3, requires_grad=True)
    _, zeros = lab.autograd.grad(
        (x * x).sum(), (x, unused), create_graph=True, materialize_grads=True
    )
    assert zeros.tolist() == [0.0] * 3
    assert zeros.requires_grad
    with pytest.raises(ValueError, match="choose one"):
        lab.autograd.grad(x.sum(), unused, allow_unused=False, materialize_grads=True)


def test_a_shut_relu_lets_no_nan_through() -> None:
    x = lab.tensor([-1.0, 2.0], requires_grad=True)
    lab.relu(x).backward(lab.tensor([float("nan"), 3.0]))
    assert x.grad.tolist() == [0.0, 3.0]


def test_copy_takes_no_tensor_with_more_dimensions():
    for shape, more in (((), (1,)), ((2,), (1, 2))):
        with pytest.raises(ShapeError, match="more dimensions"):
            lab.zeros(shape).copy_(lab.ones(more))
    assert lab.zeros(2, 3).copy_(lab.ones(3)).sum() == 6  # fewer are broadcast


def test_a_memory_format_is_accepted_and_moves_nothing():
    x = lab.arange(16.0).reshape(1, 2, 2, 4)
    channels_last = lab.channels_last
    assert repr(channels_last) == "torch.channels_last"
    assert isinstance(channels_last, lab.memory_format)
    for y in (
        x.to(memory_format=channels_last),
        x.contiguous(memory_format=channels_last),
        x.clone(memory_format=lab.contiguous_format),
        lab.ones_like(x, memory_format=lab.preserve_format) * x,
    ):
        assert lab.equal(y, x)


@pytest.mark.parametrize(("widths", "expected"), [
    ((-1, 2), [1, 2, 3, 1, 2]), ((2, -1), [1, 2, 0, 1, 2]), ((-1, -1), [1, 2]), ((1, 1), [3, 0, 1, 2, 3, 0]),
])  # fmt: skip
def test_what_circular_padding_cuts_off_does_not_come_round_again(widths, expected):
    x = lab.arange(4.0).reshape(1, 1, 4)
    assert F.pad(x, widths, mode="circular").flatten().tolist() == expected


@pytest.mark.parametrize("mode", ["constant", "reflect", "replicate", "circular"])
def test_padding_by_nothing_gives_a_tensor_of_its_own(mode):
    x = lab.ones(1, 2, 3)
    F.pad(x, (0, 0), mode=mode).zero_()
    assert x.sum() == 6


def test_a_window_over_padding_alone_has_no_largest_entry():
    with pytest.raises(ShapeError, match="padding alone"):
        F.max_pool1d(lab.ones(1, 1, 1), 2, padding=1, dilation=2)


def test_groups_of_one_number_cannot_be_normalised():
    with pytest.raises(ValueError, match="one value per group"):
        F.group_norm(lab.ones(1, 2, 1), 2)
    assert F.group_norm(lab.ones(2, 2, 1), 2).tolist() == [[[0], [0]], [[0], [0]]]  # as PyTorch


@pytest.mark.parametrize("make", [
    lambda nn: nn.RNN(3, 4), lambda nn: nn.LSTM(3, 4), lambda nn: nn.GRU(3, 4), lambda nn: nn.LayerNorm(3),
    lambda nn: nn.GRUCell(3, 4), lambda nn: nn.LSTMCell(3, 4),
], ids=["RNN", "LSTM", "GRU", "LayerNorm", "GRUCell", "LSTMCell"])  # fmt: skip
def test_an_output_may_be_changed_in_place_before_backward(make):
    lab.manual_seed(0)
    layer, x = make(lab.nn), lab.randn(5, 3)
    grads = []
    for change in (lambda y: y.mul_(2), lambda y: y * 2):
        y = layer(x)
        y = y[0] if isinstance(y, tuple) else y
        layer.zero_grad()
        change(y).sum().backward()
        grads.append([p.grad.tolist() for p in layer.parameters()])
    assert grads[0] == grads[1]


def test_numpys_types_name_dtypes():
    assert lab.ones(2).to(np.float64).dtype == lab.float64
    assert lab.nn.Linear(2, 2).to(np.float64).weight.dtype == lab.float64
