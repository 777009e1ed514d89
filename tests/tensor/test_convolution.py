"""Convolution and pooling against their definitions, and what they refuse."""

import numpy as np
import pytest

import micrograd_lab as lab
import micrograd_lab.nn.functional as F
from micrograd_lab.errors import DtypeError, ShapeError

RNG = np.random.default_rng(4)


def t(*shape):
    return lab.tensor(RNG.normal(size=shape), requires_grad=True)


def test_conv2d_is_the_sum_in_its_definition():
    x, w = t(2, 3, 6, 7), t(4, 3, 2, 3)
    y = F.conv2d(x, w, stride=(2, 1)).detach().numpy()
    for i in range(y.shape[2]):
        for j in range(y.shape[3]):
            seen = x.array[:, :, 2 * i : 2 * i + 2, j : j + 3]
            np.testing.assert_allclose(y[:, :, i, j], np.einsum("nchw,kchw->nk", seen, w.array))


def test_the_transpose_is_the_transpose():
    x, w = t(2, 4, 7, 7), t(6, 4, 3, 3)
    y = t(2, 6, 4, 4)
    there = (F.conv2d(x, w, stride=2, padding=1) * y).sum().item()
    back = (F.conv_transpose2d(y, w, stride=2, padding=1) * x).sum().item()
    assert there == pytest.approx(back)


def test_fold_is_the_transpose_of_unfold():
    x = t(2, 3, 6, 5)
    columns = F.unfold(x, (2, 3), padding=(0, 1))
    y = t(*columns.shape)
    there = (columns * y).sum().item()
    back = (F.fold(y, (6, 5), (2, 3), padding=(0, 1)) * x).sum().item()
    assert there == pytest.approx(back)


def test_the_first_of_equal_entries_gets_the_gradient():
    x = lab.ones(1, 1, 2, 2, requires_grad=True)
    F.max_pool2d(x, 2).sum().backward()
    assert x.grad.tolist() == [[[[1.0, 0.0], [0.0, 0.0]]]]


def test_adaptive_windows_cover_everything_once_or_more():
    x = t(1, 1, 7)
    F.adaptive_avg_pool1d(x, 3).sum().backward()
    assert (x.grad.array > 0).all()
    assert x.grad.sum().item() == pytest.approx(3)


def test_mean_pooling_counts_padding_only_if_asked():
    x = lab.ones(1, 1, 2, 2)
    assert F.avg_pool2d(x, 2, padding=1)[0, 0, 0, 0].item() == 0.25
    assert F.avg_pool2d(x, 2, padding=1, count_include_pad=False)[0, 0, 0, 0].item() == 1


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            lambda: F.conv2d(t(1, 3, 5, 5), t(4, 2, 3, 3)),
            "so 2 input channels were expected, found 3",
        ),
        (lambda: F.conv2d(t(1, 3, 2, 2), t(4, 3, 3, 3)), r"a window of size \(3, 3\) does not fit"),
        (lambda: F.conv2d(t(3, 5), t(4, 3, 3, 3)), r"expected \(N, C, H, W\)"),
        (
            lambda: F.conv2d(t(1, 3, 5, 5), t(4, 3, 3, 3), stride=2, padding="same"),
            "only with stride 1",
        ),
        (lambda: F.conv2d(t(1, 3, 5, 5), t(4, 3, 3, 3), t(3)), r"the bias needs shape \(4,\)"),
        (lambda: F.max_pool2d(t(1, 1, 4, 4), 2, padding=2), "more than half of the kernel"),
        (lambda: F.adaptive_avg_pool2d(t(1, 1, 4, 4), (2, 2, 2)), "expected one size, or 2"),
    ],
)
def test_what_does_not_fit_is_named(call, says):
    with pytest.raises(ShapeError, match=says):
        call()


def test_one_dtype_only():
    with pytest.raises(DtypeError, match="float32 and float64"):
        F.conv2d(t(1, 3, 5, 5).float(), t(4, 3, 3, 3))
