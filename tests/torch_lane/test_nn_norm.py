"""Norm layers next to PyTorch's: batches in training, then eval(), with and without memory."""

import itertools

import numpy as np
import pytest

from micrograd_lab.tensor import wrap

torch = pytest.importorskip("torch")
from torch_lane.test_nn_conv import OURS, both, same  # noqa: E402

BATCHES = {
    "1d": [(5, 3), (4, 3, 6)],
    "2d": [(4, 3, 5, 2)],
    "3d": [(2, 3, 2, 3, 4)],
}


def train_and_use(layers, shape):
    """Three batches, then eval, then training again."""
    for seed in range(3):
        same(*layers, shape, seed=seed)
    for layer in layers:
        layer.eval()
    same(*layers, shape, seed=9)
    for layer in layers:
        layer.train()
    same(*layers, shape, seed=10)


@pytest.mark.parametrize("rank", BATCHES)
def test_batch_norm(rank):
    for momentum in (0.0, 1.0):
        train_and_use(both(f"BatchNorm{rank}", 3, momentum=momentum), BATCHES[rank][0])
    for shape, momentum, affine, track, bias in itertools.product(
        BATCHES[rank], [0.1, None], [True, False], [True, False], [True, False]
    ):
        if bias and not affine:  # the bias is gone already
            continue
        how = {"momentum": momentum, "affine": affine, "track_running_stats": track}
        train_and_use(both(f"BatchNorm{rank}", 3, eps=1e-3, bias=bias, **how), shape)


@pytest.mark.parametrize("rank", BATCHES)
def test_instance_norm(rank):
    shape = BATCHES[rank][-1]
    for momentum, affine, track, bias in itertools.product(
        [0.1, 1.0], [True, False], [True, False], [True, False]
    ):
        if bias and not affine:
            continue
        how = {"momentum": momentum, "affine": affine, "track_running_stats": track}
        train_and_use(both(f"InstanceNorm{rank}", 3, bias=bias, **how), shape)
        train_and_use(both(f"InstanceNorm{rank}", 3, bias=bias, **how), shape[1:])
    same(*both(f"InstanceNorm{rank}", 5), shape)  # other channels: a warning, no error
    same(*both(f"InstanceNorm{rank}", 5, affine=True), shape)


def test_wrong_ranks_and_channels_are_refused():
    for name in ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "InstanceNorm1d", "InstanceNorm2d"):
        for ndim in range(1, 7):
            same(*both(name, 3), (2, 3, 4, 2, 3, 2)[:ndim])
    same(*both("BatchNorm2d", 3), (2, 4, 5, 5))
    same(*both("BatchNorm1d", 3), (1, 3))


def test_a_norm_without_memory_has_no_buffers_to_load():
    layer = OURS["BatchNorm2d"](3, track_running_stats=False)
    assert list(layer.buffers()) == []
    assert layer.running_mean is None


@pytest.mark.parametrize("shape", [4, (4,), (3, 4), [2, 3, 4]], ids=str)
def test_layer_norm_and_rms_norm(shape):
    for affine, bias, eps in itertools.product([True, False], [True, False], [1e-5, 0.1]):
        for x in [(2, 3, 4), (5, 2, 3, 4), (4,), (2, 3, 5), (0, 3, 4)]:
            same(*both("LayerNorm", shape, eps, affine, bias), x)
    for affine, eps in itertools.product([True, False], [None, 0.1]):
        for x in [(2, 3, 4), (5, 2, 3, 4), (4,), (2, 3, 5)]:
            same(*both("RMSNorm", shape, eps, affine), x)


def test_group_norm():
    for groups, affine, bias in itertools.product([1, 2, 3, 6], [True, False], [True, False]):
        for x in [(2, 6), (2, 6, 5), (3, 6, 2, 3), (2, 5, 4), (6,)]:
            same(*both("GroupNorm", groups, 6, affine=affine, bias=bias), x)


def test_local_response_norm():
    for size, x in itertools.product([1, 2, 5], [(2, 6, 4), (2, 3, 4, 5), (2, 3)]):
        same(*both("LocalResponseNorm", size, 0.1, 0.6, 2.0), x)


def test_reset_running_stats():
    for layer in both("BatchNorm1d", 3):
        x = np.random.default_rng(0).normal(size=(5, 3))
        layer(torch.tensor(x) if isinstance(layer, torch.nn.Module) else wrap(x))
        layer.reset_running_stats()
        assert layer.running_mean.tolist() == [0, 0, 0]
        assert layer.running_var.tolist() == [1, 1, 1]
        assert layer.num_batches_tracked.item() == 0


def test_memory_that_is_switched_off_later_is_left_alone():
    for name in ("BatchNorm1d", "InstanceNorm1d"):
        layers = both(name, 3, affine=True, track_running_stats=True)
        same(*layers, (4, 3, 6))
        for layer in layers:
            layer.track_running_stats = False
        train_and_use(layers, (4, 3, 6))
