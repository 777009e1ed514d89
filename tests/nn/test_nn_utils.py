"""nn.utils: gradients in bounds, parameters as a vector, sequences of different lengths in one batch."""

import copy

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab.errors import GradError, OptionError, ShapeError
from micrograd_lab.nn import Module, Parameter, utils
from micrograd_lab.nn.utils import parametrizations, parametrize, rnn


def with_gradients(*gradients):
    ps = [Parameter(torch.zeros(len(g))) for g in gradients]
    for p, g in zip(ps, gradients, strict=True):
        p.grad = torch.tensor(g)
    return ps


def test_clipping_by_norm_shortens_all_gradients_by_one_factor():
    ps = with_gradients([3.0, 0.0], [4.0])
    assert utils.clip_grad_norm_(ps, 1.0).item() == 5
    np.testing.assert_allclose(ps[0].grad.array, [0.6, 0], rtol=1e-5)
    np.testing.assert_allclose(ps[1].grad.array, [0.8], rtol=1e-5)


def test_clipping_leaves_short_gradients_as_they_are_and_where_they_are():
    (p,) = with_gradients([0.3, 0.4])
    gradient = p.grad
    utils.clip_grad_norm_(p, 1.0)
    assert p.grad is gradient
    assert gradient.array.tolist() == np.float32([0.3, 0.4]).tolist()
    utils.clip_grad_norm_(p, 0.1)
    assert p.grad is gradient


def test_the_largest_entry_is_the_norm_of_order_inf():
    ps = with_gradients([3.0, -7.0], [4.0])
    assert utils.get_total_norm([p.grad for p in ps], float("inf")).item() == 7


def test_a_gradient_that_is_not_finite_can_be_an_error_and_then_nothing_changes():
    ps = with_gradients([float("nan"), 2.0], [4.0])
    with pytest.raises(GradError, match="detect_anomaly"):
        utils.clip_grad_norm_(ps, 1.0, error_if_nonfinite=True)
    assert ps[1].grad.tolist() == [4]


def test_parameters_without_a_gradient_are_passed_over():
    p = Parameter(torch.zeros(2))
    assert utils.clip_grad_norm_([p], 1.0).item() == 0
    utils.clip_grad_value_([p], 1.0)
    assert p.grad is None


def test_clipping_by_value_clamps_each_entry():
    (p,) = with_gradients([-3.0, 0.5, 2.0])
    utils.clip_grad_value_(p, 1)
    assert p.grad.tolist() == [-1, 0.5, 1]


def test_parameters_come_back_from_their_vector():
    ps = [Parameter(torch.randn(2, 3)), Parameter(torch.randn(4))]
    vector = utils.parameters_to_vector(ps)
    assert vector.shape == (10,)
    utils.vector_to_parameters(vector * 2, ps)
    assert (utils.parameters_to_vector(ps) == 2 * vector).all()


def test_a_vector_and_the_parameters_made_from_it_share_no_memory():
    (p,) = ps = [Parameter(torch.zeros(3))]
    best = torch.ones(3)
    utils.vector_to_parameters(best, ps)
    p.data.zero_()
    assert best.tolist() == [1, 1, 1]


def test_a_graph_recorded_before_still_sees_the_old_parameters():
    (p,) = ps = [Parameter(torch.tensor([3.0]))]
    y = (p * p).sum()
    utils.vector_to_parameters(torch.tensor([100.0]), ps)
    y.backward()
    assert p.grad.tolist() == [6]


def test_a_vector_that_is_too_short_changes_nothing():
    ps = [Parameter(torch.ones(2)), Parameter(torch.ones(2))]
    with pytest.raises(ShapeError, match="4 entries"):
        utils.vector_to_parameters(torch.zeros(3), ps)
    assert ps[0].tolist() == [1, 1]


# --- sequences -------------------------------------------------------------------------------

A, B, C = [1.0, 2.0, 3.0, 4.0], [5.0], [6.0, 7.0]


def sequences():
    return [torch.tensor(x) for x in (A, B, C)]


def test_padding_makes_a_rectangle():
    padded = rnn.pad_sequence(sequences(), batch_first=True, padding_value=9)
    assert padded.tolist() == [A, [5, 9, 9, 9], [6, 7, 9, 9]]
    left = rnn.pad_sequence(sequences(), padding_side="left")
    assert left.T.tolist() == [A, [0, 0, 0, 5], [0, 0, 6, 7]]
    back = rnn.unpad_sequence(padded, [4, 1, 2], batch_first=True)
    assert [x.tolist() for x in back] == [A, B, C]


def test_packed_the_entries_stand_step_by_step_longest_first():
    packed = rnn.pack_sequence(sequences(), enforce_sorted=False)
    assert packed.data.tolist() == [1, 6, 5, 2, 7, 3, 4]
    assert packed.batch_sizes.tolist() == [3, 2, 1, 1]
    assert packed.sorted_indices.tolist() == [0, 2, 1]
    assert packed.unsorted_indices.tolist() == [0, 2, 1]
    assert [x.tolist() for x in rnn.unpack_sequence(packed)] == [A, B, C]


def test_no_gradient_flows_from_padding_and_all_from_entries():
    xs = [x.requires_grad_() for x in sequences()]
    packed = rnn.pack_sequence(xs, enforce_sorted=False)
    padded, lengths = rnn.pad_packed_sequence(packed, padding_value=float("nan"), total_length=5)
    assert padded.shape == (5, 3)
    assert lengths.tolist() == [4, 1, 2]
    (padded.nan_to_num() ** 2).sum().backward()
    assert [x.grad.tolist() for x in xs] == [[2, 4, 6, 8], [10], [12, 14]]


def test_gradients_of_gradients_pass_through_packing():
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    packed = rnn.pack_padded_sequence(x, [2, 1])
    padded, _ = rnn.pad_packed_sequence(packed)
    (g,) = torch.autograd.grad((padded**3).sum(), x, create_graph=True)
    (h,) = torch.autograd.grad(g.sum(), x)
    assert h.tolist() == [[6, 12], [18, 0]]


def test_what_cannot_be_packed_is_refused():
    x = torch.zeros(4, 2)
    with pytest.raises(OptionError, match="enforce_sorted=False"):
        rnn.pack_padded_sequence(x, [1, 2])
    with pytest.raises(ShapeError, match="from 1 to 4"):
        rnn.pack_padded_sequence(x, [5, 0])
    with pytest.raises(ShapeError, match="1 lengths"):
        rnn.pack_padded_sequence(x, [4])
    with pytest.raises(OptionError, match="total_length=1"):
        rnn.pad_packed_sequence(rnn.pack_padded_sequence(x, [2, 1]), total_length=1)
    with pytest.raises(OptionError, match="'left' or 'right'"):
        rnn.pad_sequence(sequences(), padding_side="top")
    with pytest.raises(ShapeError, match="only the first size"):
        rnn.pad_sequence([torch.zeros(2, 3), torch.zeros(2, 4)])
    with pytest.raises(TypeError, match="at least one tensor"):
        rnn.pad_sequence([])


# --- parametrizations ------------------------------------------------------------------------


class Symmetric(Module):
    def forward(self, x):
        return x.triu() + x.triu(1).mT

    def right_inverse(self, value):
        return value.triu()


class Doubled(Module):
    def forward(self, x):
        return 2 * x


class Square(Module):
    def __init__(self, n=3):
        super().__init__()
        self.weight = Parameter(torch.randn(n, n))

    def forward(self, x):
        return x @ self.weight


def test_a_constraint_holds_by_construction_and_its_original_is_trained():
    layer = Square()
    before = layer.weight
    parametrize.register_parametrization(layer, "weight", Symmetric())
    assert layer.parametrizations.weight.original is before  # an optimiser goes on with it
    assert (layer.weight == layer.weight.mT).all()
    layer(torch.ones(1, 3)).sum().backward()
    assert [name for name, _ in layer.named_parameters()] == ["parametrizations.weight.original"]
    assert before.grad.tolist() == [[1, 2, 2], [0, 1, 2], [0, 0, 1]]


def test_parametrizations_stack_and_come_off():
    layer = Square()
    parametrize.register_parametrization(layer, "weight", Symmetric())
    first = layer.weight
    parametrize.register_parametrization(layer, "weight", Doubled())
    assert (layer.weight == 2 * first).all()  # Doubled has no inverse to keep the value with
    value = layer.weight.detach().clone()
    parametrize.remove_parametrizations(layer, "weight")
    assert type(layer) is Square
    assert isinstance(layer.weight, Parameter)
    assert (layer.weight == value).all()


def test_other_modules_of_the_class_are_not_touched():
    layer, other = Square(), Square()
    parametrize.register_parametrization(layer, "weight", Doubled())
    assert parametrize.is_parametrized(layer, "weight")
    assert not parametrize.is_parametrized(other)
    assert isinstance(other.weight, Parameter)


def test_cached_computes_a_weight_once():
    layer = Square()
    parametrize.register_parametrization(layer, "weight", Doubled())
    assert layer.weight is not layer.weight
    with parametrize.cached():
        assert layer.weight is layer.weight
    assert layer.weight is not layer.weight


def test_spectral_norm_makes_the_largest_singular_value_one():
    torch.manual_seed(0)
    layer = parametrizations.spectral_norm(Square(5), n_power_iterations=30)
    assert np.linalg.norm(layer.weight.detach().numpy(), 2) == pytest.approx(1, rel=1e-4)


def test_weight_norm_starts_at_the_weight_and_keeps_length_apart_from_direction():
    layer = Square()
    before = layer.weight.detach().clone()
    parametrizations.weight_norm(layer)
    np.testing.assert_allclose(layer.weight.detach().numpy(), before.numpy(), rtol=1e-6)
    layer.parametrizations.weight.original1.data *= 7
    np.testing.assert_allclose(layer.weight.detach().numpy(), before.numpy(), rtol=1e-6)


def test_a_copied_module_has_its_own_parametrized_weight():
    layer = parametrizations.weight_norm(Square())
    other = copy.deepcopy(layer)
    other.parametrizations.weight.original0.data *= 2
    np.testing.assert_allclose(
        other.weight.detach().numpy(), 2 * layer.weight.detach().numpy(), rtol=1e-6
    )


def test_what_cannot_be_parametrized_is_refused_and_left_as_it_was():
    class Flat(Module):
        def forward(self, x):
            return x.reshape(-1)

    layer = Square()
    with pytest.raises(ShapeError, match=r"gives \(9,\)"):
        parametrize.register_parametrization(layer, "weight", Flat())
    assert type(layer) is Square
    assert isinstance(layer.weight, Parameter)
    with pytest.raises(OptionError, match="'height'"):
        parametrize.register_parametrization(layer, "height", Flat())
    parametrizations.weight_norm(layer)
    with pytest.raises(OptionError, match="leave_parametrized=True"):
        parametrize.remove_parametrizations(layer, "weight", leave_parametrized=False)
