"""What older PyTorch programs write: Tensor(2, 3), LongTensor([1, 2]); and questions about devices."""

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab import nn
from micrograd_lab.errors import DtypeError, OptionError, ShapeError


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("numbers", [[1, 2], (1.0, 2.0), range(1, 3), [torch.tensor(1), 2]])
def test_tensor_of_numbers_has_the_default_dtype(numbers, dtype):
    torch.set_default_dtype(dtype)
    try:
        x = torch.Tensor(numbers)
    finally:
        torch.set_default_dtype(torch.float32)
    assert x.dtype == dtype
    assert x.tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("sizes", "shape"),
    [((2, 3), (2, 3)), ((4,), (4,)), ((torch.Size([1, 2]),), (1, 2)), ((), (0,))],
)
def test_tensor_of_sizes_has_that_shape(sizes, shape):
    x = torch.Tensor(*sizes)
    assert x.shape == shape
    assert x.dtype == torch.float32


def test_tensor_of_an_array_shares_it():
    a = np.arange(3)
    assert torch.Tensor(a).array is a


def test_a_layer_of_ones_own_that_makes_its_weight_by_shape():
    weight = nn.Parameter(torch.Tensor(3, 2))
    nn.init.ones_(weight)
    assert weight.requires_grad
    assert weight.sum().item() == 6.0


def test_tensor_says_that_options_go_by_name():
    with pytest.raises(ShapeError, match="requires_grad=True"):
        torch.Tensor([1.0], True)


KINDS = {
    "FloatTensor": torch.float32,
    "DoubleTensor": torch.float64,
    "HalfTensor": torch.float16,
    "LongTensor": torch.int64,
    "IntTensor": torch.int32,
    "ShortTensor": torch.int16,
    "CharTensor": torch.int8,
    "ByteTensor": torch.uint8,
    "BoolTensor": torch.bool,
}


@pytest.mark.parametrize("name", KINDS)
def test_a_typed_tensor_is_made_named_and_recognised(name):
    kind, dtype = getattr(torch, name), KINDS[name]
    x = kind([0, 1])
    assert x.dtype == dtype
    assert x.tolist() == [0, 1]
    assert kind(2, 3).shape == (2, 3)
    assert kind(2, 3).dtype == dtype
    assert kind().shape == (0,)
    assert x.type() == f"torch.{name}"
    assert isinstance(x, kind)
    assert not isinstance(x, torch.LongTensor if name != "LongTensor" else torch.FloatTensor)
    ones = torch.ones(2)
    for wanted in (kind, f"torch.{name}", dtype):
        assert ones.type(wanted).dtype == dtype


def test_a_typed_tensor_is_a_copy():
    a = np.zeros(2, np.float32)
    torch.FloatTensor(a)[0] = 1.0
    assert a.tolist() == [0.0, 0.0]


def test_randint_takes_its_size_by_name():
    torch.manual_seed(0)
    first = torch.randint(4, size=(2, 50))
    torch.manual_seed(0)
    assert first.equal(torch.randint(4, (2, 50)))
    assert sorted(set(first.flatten().tolist())) == [0, 1, 2, 3]
    assert torch.randint(high=3, size=(2,)).shape == (2,)


def test_the_question_which_accelerator_there_is_has_an_answer():
    assert not torch.accelerator.is_available()
    assert torch.accelerator.current_accelerator() is None
    assert torch.accelerator.device_count() == 0
    assert not torch.cuda.is_bf16_supported()
    assert torch.backends.cuda.matmul.allow_tf32 is False


def test_settings_of_speed_are_accepted():
    torch.use_deterministic_algorithms(True)
    try:
        torch.set_float32_matmul_precision("high")
        assert torch.get_float32_matmul_precision() == "high"
    finally:
        torch.set_float32_matmul_precision("highest")
    with pytest.raises(OptionError, match="medium"):
        torch.set_float32_matmul_precision("low")


def test_a_table_of_dtypes_may_name_one_that_is_not_there():
    choices = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
    assert repr(choices["bfloat16"]) == "torch.bfloat16"
    with pytest.raises(DtypeError, match="choose float16"):
        torch.zeros(2, dtype=choices["bfloat16"])


def test_promotion_can_be_asked_for():
    assert torch.promote_types(torch.int64, torch.float16) == torch.float16
    assert torch.can_cast(torch.int64, torch.float32)
    assert not torch.can_cast(torch.float32, torch.int64)
    assert isinstance(torch.float32, torch.dtype)


def test_assert_close_says_what_differs():
    a = torch.ones(3)
    torch.testing.assert_close([a, {"x": a}], [a + 1e-7, {"x": a}])
    for other, what in ((a + 1e-3, "Not equal"), (torch.ones(2), "shapes"), (a.double(), "dtypes")):
        with pytest.raises(AssertionError, match=what):
            torch.testing.assert_close(a, other)


def test_functions_of_networks_are_also_at_the_top():
    x = torch.tensor([[1.0, 3.0]])
    assert torch.layer_norm(x, (2,)).tolist() == nn.functional.layer_norm(x, (2,)).tolist()
    assert torch.vmap(lambda row: row * 2)(x).tolist() == [[2.0, 6.0]]
