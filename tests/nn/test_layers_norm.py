"""Norm layers: over which axes, what they remember, and what eval() changes."""

import copy

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab.errors import ShapeError, UndefinedError
from micrograd_lab.nn.normalisation import (
    BatchNorm1d,
    BatchNorm2d,
    GroupNorm,
    InstanceNorm2d,
    LayerNorm,
    LocalResponseNorm,
    RMSNorm,
)


def numbers(*shape, seed=0):
    return torch.tensor(np.random.default_rng(seed).normal(3, 2, shape))


@pytest.mark.parametrize(
    ("layer", "axes"),
    [
        (BatchNorm2d(4), (0, 2, 3)),
        (InstanceNorm2d(4), (2, 3)),
        (GroupNorm(1, 4), (1, 2, 3)),
        (LayerNorm((5, 6)), (2, 3)),
    ],
)
def test_each_norm_brings_its_own_axes_to_mean_0_and_deviation_1(layer, axes):
    y = layer.double()(numbers(3, 4, 5, 6)).array
    np.testing.assert_allclose(y.mean(axes), 0, atol=1e-12)
    np.testing.assert_allclose(y.std(axes), 1, atol=1e-4)


def test_rms_norm_keeps_the_mean_where_it_is():
    x = numbers(3, 8)
    y = RMSNorm(8).double()(x).array
    np.testing.assert_allclose((y**2).mean(1), 1)
    np.testing.assert_allclose(y, x.array / np.sqrt((x.array**2).mean(1, keepdims=True)))


def test_local_response_norm_of_one_channel_divides_by_its_own_square():
    x = numbers(2, 3, 4)
    y = LocalResponseNorm(1, alpha=1, beta=1, k=0)(x)
    np.testing.assert_allclose(y.array, 1 / x.array)


def test_running_statistics_follow_by_the_momentum():
    layer, x = BatchNorm1d(3, momentum=0.25).double(), numbers(10, 3)
    layer(x)
    np.testing.assert_allclose(layer.running_mean.array, 0.25 * x.array.mean(0))
    var = x.array.var(0, ddof=1)  # the unbiased one is kept
    np.testing.assert_allclose(layer.running_var.array, 0.75 + 0.25 * var)
    assert layer.num_batches_tracked.item() == 1


def test_without_momentum_they_are_means_over_all_batches():
    layer = BatchNorm1d(3, momentum=None).double()
    batches = [numbers(8, 3, seed=k) for k in range(5)]
    for x in batches:
        layer(x)
    np.testing.assert_allclose(
        layer.running_mean.array, np.mean([x.array.mean(0) for x in batches], 0)
    )
    assert layer.num_batches_tracked.dtype == torch.int64
    assert layer.num_batches_tracked.item() == 5


def test_eval_uses_what_was_remembered_and_changes_nothing():
    layer, x = BatchNorm2d(2).double(), numbers(4, 2, 3, 3)
    layer(x)
    layer.eval()
    before = copy.deepcopy(layer.state_dict())
    y = layer(x[:1])
    mean, var = (
        layer.get_buffer(k).array.reshape(2, 1, 1) for k in ("running_mean", "running_var")
    )
    np.testing.assert_allclose(y.array, (x.array[:1] - mean) / np.sqrt(var + layer.eps))
    for name, value in layer.state_dict().items():
        assert (value == before[name]).all(), name


def test_eval_without_memory_still_uses_the_batch():
    layer = BatchNorm1d(3, track_running_stats=False).double().eval()
    np.testing.assert_allclose(layer(numbers(9, 3)).array.mean(0), 0, atol=1e-12)
    assert layer.running_mean is None
    assert list(layer.state_dict()) == ["weight", "bias"]


def test_the_memory_is_saved_loaded_and_cast_with_the_module():
    layer = BatchNorm1d(3)
    layer(numbers(9, 3).float())
    other = BatchNorm1d(3)
    other.load_state_dict(layer.state_dict())
    assert (other.running_var == layer.running_var).all()
    other.double()
    assert other.running_var.dtype == torch.float64
    assert other.num_batches_tracked.dtype == torch.int64
    other.reset_parameters()
    assert other.running_var.tolist() == [1, 1, 1]


def test_scale_and_shift_can_be_left_out():
    for layer, names in [
        (BatchNorm1d(3, affine=False, track_running_stats=False), []),
        (BatchNorm1d(3, bias=False, track_running_stats=False), ["weight"]),
        (LayerNorm(3, bias=False), ["weight"]),
        (LayerNorm(3, elementwise_affine=False), []),
        (GroupNorm(3, 3, bias=False), ["weight"]),
        (RMSNorm(3), ["weight"]),
        (InstanceNorm2d(3), []),
    ]:
        assert list(layer.state_dict()) == names


def test_what_cannot_be_normalised_is_refused():
    with pytest.raises(ShapeError, match="4 axes"):
        BatchNorm2d(3)(numbers(2, 3))
    with pytest.raises(ShapeError, match="2 or 3 axes"):
        BatchNorm1d(3)(numbers(3))
    with pytest.raises(ShapeError, match="4 channels"):
        BatchNorm1d(3).double()(numbers(2, 4))
    with pytest.raises(ShapeError, match="do not make 2 equal groups"):
        GroupNorm(2, 3)
    with pytest.raises(UndefinedError, match="more than one value"):
        BatchNorm1d(3).double()(numbers(1, 3))
    with pytest.raises(ShapeError, match="found 4 channels"):
        InstanceNorm2d(3, affine=True).double()(numbers(2, 4, 5, 5))
    with pytest.warns(UserWarning, match="found 4 channels"):
        InstanceNorm2d(3)(numbers(2, 4, 5, 5))


def test_reprs():
    assert repr(BatchNorm2d(8)) == (
        "BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)"
    )
    assert repr(LayerNorm(8)) == "LayerNorm((8,), eps=1e-05, elementwise_affine=True, bias=True)"
    assert repr(RMSNorm([2, 4])) == "RMSNorm((2, 4), eps=None, elementwise_affine=True)"
    assert repr(GroupNorm(2, 8)) == "GroupNorm(2, 8, eps=1e-05, affine=True, bias=True)"
