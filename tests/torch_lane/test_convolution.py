"""Convolution, windows and pooling, next to PyTorch's: strides, padding, dilation, groups, ceilings."""

import itertools

import numpy as np
import pytest

import micrograd_lab.nn.functional as G
from micrograd_lab.tensor import wrap

torch = pytest.importorskip("torch")
from torch_lane.agreement import agree  # noqa: E402

F = torch.nn.functional


def both(name, *shapes, **how):
    agree(lambda *x: getattr(F, name)(*x, **how), lambda *x: getattr(G, name)(*x, **how), *shapes)


@pytest.mark.parametrize(("dilation", "groups"), list(itertools.product([1, 2], [1, 2])))
def test_conv2d_and_its_transpose(dilation, groups):
    for stride, padding in itertools.product([1, 2, (2, 1)], [0, 1, (1, 2)]):
        how = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        both("conv2d", (2, 4, 7, 6), (6, 4 // groups, 3, 2), (6,), **how)
        both("conv_transpose2d", (2, 4, 3, 4), (4, 3, 3, 2), (3 * groups,), **how)
        if stride == 2:
            both("conv_transpose2d", (2, 4, 3, 4), (4, 3, 3, 2), output_padding=1, **how)


def test_conv1d_and_its_transpose():
    for stride, padding, dilation, groups in itertools.product([1, 2, 3], [0, 2], [1, 2], [1, 3]):
        how = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        both("conv1d", (2, 3, 9), (6, 3 // groups, 3), (6,), **how)
        both("conv_transpose1d", (2, 6, 5), (6, 2, 3), (2 * groups,), **how)


def test_conv3d_and_its_transpose():
    both("conv3d", (2, 2, 4, 5, 4), (3, 2, 2, 3, 2), (3,), stride=2, padding=1)
    both("conv_transpose3d", (2, 2, 4, 3, 3), (2, 3, 2, 3, 2), (3,), stride=2, padding=1)


def test_padding_by_name():
    for padding, stride, kernel in itertools.product(
        ["same", "valid", "x"], [1, 2], [(3, 3), (2, 4)]
    ):
        both("conv2d", (2, 4, 7, 8), (3, 4, *kernel), padding=padding, dilation=2, stride=stride)


def test_unusual_and_wrong_shapes():
    for x in [(4, 7, 6), (0, 4, 7, 6), (2, 3, 7, 6), (2, 4, 2, 6), (7, 6)]:
        both("conv2d", x, (5, 4, 3, 3), (5,))
    for w in [(5, 4, 1, 1), (5, 4, 7, 6), (5, 4, 3), (5, 2, 3, 3)]:
        both("conv2d", (2, 4, 7, 6), w)
    both("conv2d", (2, 4, 7, 6), (5, 4, 3, 3), (4,))
    for wrong in [
        {"stride": 0},
        {"padding": -1},
        {"groups": 3},
        {"groups": 0},
        {"stride": (1, 2, 3)},
        {"dilation": 0},
    ]:
        both("conv2d", (2, 4, 7, 6), (6, 4, 3, 3), **wrong)
    both("conv_transpose2d", (4, 3, 3), (4, 2, 2, 2), (2,))
    both("conv_transpose2d", (2, 4, 3, 3), (3, 2, 2, 2), (2,))


def test_unfold_and_fold():
    for k, dilation, padding, stride in itertools.product([(2, 2), (3, 2)], [1, 2], [0, 1], [1, 2]):
        how = {"kernel_size": k, "dilation": dilation, "padding": padding, "stride": stride}
        both("unfold", (2, 3, 6, 5), **how)
        both("unfold", (3, 6, 5), **how)
        columns = tuple(F.unfold(torch.zeros(2, 3, 6, 5), **how).shape)
        both("fold", columns, output_size=(6, 5), **how)
        both("fold", columns[1:], output_size=(6, 5), **how)
        both("fold", columns, output_size=(6, 7), **how)


@pytest.mark.parametrize(("kernel", "ceil"), list(itertools.product([2, 3, (3, 2)], [False, True])))
def test_pooling_2d(kernel, ceil):
    for stride, padding in itertools.product([None, 1, 2, (1, 3)], [0, 1, (1, 0), 2]):
        how = {"kernel_size": kernel, "stride": stride, "padding": padding, "ceil_mode": ceil}
        for dilation in (1, 2):
            both("max_pool2d", (2, 3, 7, 8), dilation=dilation, **how)
        for include, divisor in [(True, None), (False, None), (True, 3)]:
            both(
                "avg_pool2d",
                (2, 3, 7, 8),
                count_include_pad=include,
                divisor_override=divisor,
                **how,
            )


@pytest.mark.parametrize("name", ["max_pool", "avg_pool"])
def test_pooling_1d_and_3d(name):
    for kernel, stride, padding, ceil in itertools.product(
        [2, 3], [None, 1, 4], [0, 1], [False, True]
    ):
        how = {"kernel_size": kernel, "stride": stride, "padding": padding, "ceil_mode": ceil}
        both(f"{name}1d", (2, 3, 7), **how)
        both(f"{name}1d", (3, 7), **how)
        both(f"{name}3d", (1, 2, 4, 5, 6), **how)


@pytest.mark.parametrize("size", [1, 2, 3, (2, 3), (None, 2), 9, (7, 8), (4,)], ids=str)
def test_adaptive_pooling(size):
    for name in ("adaptive_avg_pool2d", "adaptive_max_pool2d"):
        for shape in [(2, 3, 7, 8), (3, 7, 8), (2, 3, 1, 1), (0, 3, 4, 4), (2, 3, 0, 4), (4, 4)]:
            # To size 1 PyTorch takes a plain mean, without looking at the shape.
            if size != 1 or (len(shape) > 2 and 0 not in shape[1:]):
                both(name, shape, output_size=size)
    if isinstance(size, int):
        both("adaptive_avg_pool1d", (2, 3, 7), output_size=size)
        both("adaptive_max_pool1d", (2, 3, 7), output_size=size)


RNG = np.random.default_rng(0)
TIES = {
    "ties": RNG.integers(0, 3, (2, 3, 7, 8)).astype(float),
    "nothing above -inf": np.full((2, 3, 7, 8), -np.inf),
    "all equal": np.ones((2, 3, 7, 8)),
}


@pytest.mark.parametrize("kind", TIES)
def test_which_entry_was_the_largest(kind):
    x = TIES[kind]
    for how in [{"kernel_size": 3, "padding": 1}, {"kernel_size": 2, "ceil_mode": True},
                {"kernel_size": 3, "padding": 1, "stride": 2, "dilation": 2}]:  # fmt: skip
        values, indices = F.max_pool2d(torch.tensor(x), return_indices=True, **how)
        ours, places = G.max_pool2d(wrap(x), return_indices=True, **how)
        np.testing.assert_array_equal(ours.array, values.numpy())
        np.testing.assert_array_equal(places.array, indices.numpy())
