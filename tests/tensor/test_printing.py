"""A tensor prints as PyTorch's does."""

import numpy as np
import pytest

import micrograd_lab as torch


@pytest.fixture(autouse=True)
def usual():
    torch.set_printoptions(profile="default")
    yield
    torch.set_printoptions(profile="default")


def shown(array):
    return repr(torch.Tensor(np.asarray(array)))


@pytest.mark.parametrize(
    ("array", "text"),
    [
        (np.float32(2), "tensor(2.)"),
        (np.float32([1, 2]), "tensor([1., 2.])"),
        (np.float32([1, 2.5]), "tensor([1.0000, 2.5000])"),
        (np.float64([-1, 2.5]), "tensor([-1.0000,  2.5000], dtype=torch.float64)"),
        (np.float16([1]), "tensor([1.], dtype=torch.float16)"),
        (np.int64([1, 20]), "tensor([ 1, 20])"),
        (np.int32([1]), "tensor([1], dtype=torch.int32)"),
        ([True, False], "tensor([ True, False])"),
        (np.float32([np.nan, np.inf, -np.inf]), "tensor([nan, inf, -inf])"),
        (np.float32([1, np.nan, -np.inf]), "tensor([1., nan, -inf])"),
        (np.float32([1e-5, 1]), "tensor([1.0000e-05, 1.0000e+00])"),
        (np.float32([1e9]), "tensor([1.0000e+09])"),
        (np.float32([]), "tensor([])"),
        (np.zeros((0, 3), np.float32), "tensor([], size=(0, 3))"),
        (np.zeros((0,), np.int64), "tensor([], dtype=torch.int64)"),
        (np.eye(2, dtype=np.float32), "tensor([[1., 0.],\n        [0., 1.]])"),
        (np.arange(1001), "tensor([   0,    1,    2,  ...,  998,  999, 1000])"),
        (
            np.arange(8).reshape(2, 2, 2),
            "tensor([[[0, 1],\n         [2, 3]],\n\n        [[4, 5],\n         [6, 7]]])",
        ),
    ],
)
def test_numbers_stand_in_columns(array, text):
    assert shown(array) == text


def test_where_it_came_from_is_said():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    assert repr(x) == "tensor([1., 2.], requires_grad=True)"
    assert repr(x * 2) == "tensor([2., 4.], grad_fn=<MulBackward0>)"
    assert repr(x.detach()) == "tensor([1., 2.])"
    assert str(x) == repr(x)


def test_a_large_matrix_shows_its_corners():
    text = shown(np.arange(1600.0, dtype=np.float32).reshape(40, 40))
    assert text.count("[") == 7
    assert "        ...,\n" in text
    assert "0.0000e+00, 1.0000e+00, 2.0000e+00,  ..." in text


def test_a_long_row_is_broken_at_the_line_width():
    lines = shown(np.arange(100)).splitlines()
    assert len(lines) > 3
    assert max(map(len, lines)) <= 80
    assert all(line.startswith("        ") for line in lines[1:])


def test_options_change_what_is_shown():
    x = np.float32([3.14159265, 100])
    torch.set_printoptions(precision=2)
    assert shown(x) == "tensor([  3.14, 100.00])"
    torch.set_printoptions(sci_mode=True)
    assert shown(x) == "tensor([3.14e+00, 1.00e+02])"
    torch.set_printoptions(profile="default", threshold=4, edgeitems=1)
    assert shown(np.arange(5)) == "tensor([0,  ..., 4])"
    torch.set_printoptions(profile="full")
    assert "..." not in shown(np.arange(2000))
    with pytest.raises(ValueError, match="choose one of"):
        torch.set_printoptions(profile="long")


def test_the_default_dtype_goes_unsaid():
    torch.set_default_dtype(torch.float64)
    try:
        assert shown(np.float64([1])) == "tensor([1.])"
        assert shown(np.float32([1])) == "tensor([1.], dtype=torch.float32)"
    finally:
        torch.set_default_dtype(torch.float32)


def test_a_number_can_be_formatted():
    assert f"{torch.tensor(0.12345):.3f}" == "0.123"
    assert f"{torch.tensor([1.0])}" == "tensor([1.])"
