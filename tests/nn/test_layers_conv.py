"""Convolution and pooling layers: what they compute, how they start, what they say and refuse."""

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab.errors import DeviceError, LabError, OptionError, ShapeError
from micrograd_lab.nn.convolution import Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d
from micrograd_lab.nn.pooling import AdaptiveAvgPool2d, AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d

RNG = np.random.default_rng(0)


def numbers(*shape):
    return torch.tensor(RNG.normal(size=shape))


def test_conv2d_is_a_sum_over_channels_and_places():
    layer, x = Conv2d(3, 2, (2, 3), stride=(2, 1), padding=(1, 0)).double(), numbers(2, 3, 5, 6)
    w, b = layer.weight.array, layer.bias.array
    wide = np.pad(x.array, ((0, 0), (0, 0), (1, 1), (0, 0)))
    y = layer(x)
    assert y.shape == (2, 2, 3, 4)
    for n, k, i, j in np.ndindex(*y.shape):
        window = wide[n, :, 2 * i : 2 * i + 2, j : j + 3]
        assert y.array[n, k, i, j] == pytest.approx((window * w[k]).sum() + b[k])


def test_a_transposed_convolution_is_the_transpose_of_its_convolution():
    """⟨conv(x), y⟩ = ⟨x, transposed(y)⟩ with the same weights and no bias."""
    conv = Conv2d(3, 4, 3, stride=2, padding=1, bias=False).double()
    back = ConvTranspose2d(4, 3, 3, stride=2, padding=1, bias=False).double()
    back.load_state_dict(conv.state_dict())
    x, y = numbers(2, 3, 8, 7), numbers(2, 4, 4, 4)
    there = (conv(x) * y).sum().item()
    assert (x * back(y, output_size=(8, 7))).sum().item() == pytest.approx(there)


@pytest.mark.parametrize("kernel", [1, 2, 3, 4, (2, 5)])
@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
def test_same_padding_keeps_the_size(kernel, mode):
    layer = Conv2d(1, 1, kernel, padding="same", padding_mode=mode)
    assert layer(torch.ones(1, 1, 9, 8)).shape == (1, 1, 9, 8)


def test_circular_padding_moves_with_the_input():
    layer, x = Conv1d(2, 3, 3, padding=1, padding_mode="circular").double(), numbers(1, 2, 7)
    moved = layer(torch.roll(x, 3, -1))
    np.testing.assert_allclose(moved.array, np.roll(layer(x).array, 3, -1))


def test_weights_start_uniform_within_one_over_the_root_of_what_an_output_sees():
    torch.manual_seed(0)
    for layer, seen in [(Conv2d(4, 64, 3), 36), (Conv1d(8, 64, 5, groups=2), 20)]:
        bound = seen**-0.5
        for p in layer.parameters():
            assert np.abs(p.array).max() <= bound
        assert np.abs(layer.weight.array).max() > 0.98 * bound
        assert layer.weight.array.std() == pytest.approx(bound / 3**0.5, rel=0.05)


def test_the_same_seed_gives_the_same_weights():
    def first():
        torch.manual_seed(3)
        return Conv2d(2, 3, 3).weight.array

    assert (first() == first()).all()


def test_parameters_are_there_under_pytorch_s_names_shapes_and_dtype():
    layer = ConvTranspose2d(4, 6, (3, 2), groups=2, dtype=torch.float64)
    assert {k: tuple(v.shape) for k, v in layer.state_dict().items()} == {
        "weight": (4, 3, 3, 2),
        "bias": (6,),
    }
    assert all(p.dtype == torch.float64 and p.requires_grad for p in layer.parameters())
    bare = Conv3d(1, 2, 2, bias=False)
    assert bare.bias is None
    assert list(bare.state_dict()) == ["weight"]


def test_reprs_name_what_differs_from_the_default():
    assert repr(Conv2d(1, 6, 5)) == "Conv2d(1, 6, kernel_size=(5, 5), stride=(1, 1))"
    assert repr(Conv1d(4, 6, 3, 2, "valid", 2, 2, False, "reflect")) == (
        "Conv1d(4, 6, kernel_size=(3,), stride=(2,), padding=valid, dilation=(2,), groups=2, "
        "bias=False, padding_mode=reflect)"
    )
    assert repr(ConvTranspose1d(1, 1, 4, stride=2, output_padding=1)) == (
        "ConvTranspose1d(1, 1, kernel_size=(4,), stride=(2,), output_padding=(1,))"
    )
    assert repr(MaxPool2d(2)) == (
        "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"
    )
    assert repr(AvgPool1d(3, 2)) == "AvgPool1d(kernel_size=(3,), stride=(2,), padding=(0,))"
    assert repr(AdaptiveAvgPool2d((1, None))) == "AdaptiveAvgPool2d(output_size=(1, None))"


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: Conv2d(3, 4, 3, groups=2), ShapeError, "groups=2 must divide"),
        (lambda: Conv2d(3, 4, 0), ShapeError, "kernel_size=0"),
        (lambda: Conv2d(3, 4, (3, 3, 3)), ShapeError, "or 2 of them"),
        (lambda: Conv2d(3, 4, 3, padding="full"), OptionError, "'same', 'valid' or numbers"),
        (lambda: Conv2d(3, 4, 3, 2, "same"), OptionError, "only with stride 1"),
        (lambda: Conv2d(3, 4, 3, padding_mode="mirror"), OptionError, "'circular'"),
        (lambda: ConvTranspose1d(3, 4, 3, padding="same"), OptionError, "pads with zeros"),
        (lambda: Conv2d(3, 4, 3, device="cuda"), DeviceError, "CPU"),
        (lambda: Conv2d(3, 4, 3)(torch.ones(1, 1, 8, 8)), ShapeError, "3 input channels"),
        (lambda: ConvTranspose1d(1, 1, 3, 2)(torch.ones(1, 1, 4), [12]), ShapeError, r"\(9,\) to"),
        (lambda: MaxPool2d(9)(torch.ones(1, 1, 4, 4)), ShapeError, "does not fit"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(make, error, says):
    with pytest.raises(error, match=says):
        make()
    assert issubclass(error, LabError)


def test_max_pooling_says_where_the_largest_was():
    x = torch.tensor([[[1.0, 5.0, 2.0, 2.0, 7.0, 0.0]]])
    values, places = MaxPool1d(2, return_indices=True)(x)
    assert values.tolist() == [[[5, 2, 7]]]
    assert places.tolist() == [[[1, 2, 4]]]


def test_average_pooling_counts_the_border_or_not():
    x = torch.ones(1, 1, 2, 2)
    assert AvgPool2d(2, padding=1)(x).tolist() == [[[[0.25, 0.25], [0.25, 0.25]]]]
    assert AvgPool2d(2, padding=1, count_include_pad=False)(x).tolist() == [[[[1, 1], [1, 1]]]]


def test_adaptive_pooling_to_one_is_the_mean():
    x = numbers(2, 3, 5, 7)
    y = AdaptiveAvgPool2d(1)(x)
    np.testing.assert_allclose(y.array[..., 0, 0], x.array.mean((2, 3)))
