"""New tensors: which dtype, whose memory; and random numbers that can be had again."""

import copy

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab.errors import DeviceError, DtypeError, GradError, OptionError, ShapeError


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (1.0, "float32"),
        (1, "int64"),
        (True, "bool"),
        ([1, 2.5], "float32"),
        ([True, 2], "int64"),
        ([[]], "float32"),
        (np.ones(2), "float64"),
        (np.float16(1), "float16"),
        ([np.float64(1)], "float64"),
    ],
)
def test_python_numbers_take_the_default_and_arrays_keep_theirs(data, dtype):
    assert torch.tensor(data).dtype == np.dtype(dtype)


def test_tensor_copies_and_from_numpy_shares():
    array = np.zeros(2)
    copied, shared, same = torch.tensor(array), torch.from_numpy(array), torch.as_tensor(array)
    array[0] = 5
    assert (copied[0].item(), shared[0].item(), same[0].item()) == (0, 5, 5)


def test_numbers_too_large_become_inf_without_a_warning():
    assert torch.tensor(1e40).item() == float("inf")


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: torch.tensor([[1], [1, 2]]), ShapeError, "different lengths"),
        (lambda: torch.tensor("a"), DtypeError, "str is no number"),
        (lambda: torch.tensor([300], dtype=torch.uint8), DtypeError, "0 to 255"),
        (lambda: torch.tensor([1], requires_grad=True), DtypeError, "float"),
        (lambda: torch.ones(2, device="cuda"), DeviceError, "CPU"),
        (lambda: torch.zeros(2, -1), ShapeError, "at least 0"),
        (lambda: torch.zeros(2, dtype=complex), DtypeError, "choose float16"),
        (lambda: torch.arange(0, 5, -1), OptionError, "never leads"),
        (lambda: torch.ones(2, requires_grad=True).numpy(), GradError, "detach"),
        (lambda: torch.ones(2).item(), ShapeError, "2 numbers"),
        (lambda: torch.randint(3, 3, (1,)), OptionError, "no integer"),
        (lambda: torch.bernoulli(torch.tensor([2.0])), OptionError, "between 0 and 1"),
        (lambda: torch.multinomial(torch.ones(2), 3), ShapeError, "3 samples of 2"),
        (lambda: torch.multinomial(torch.zeros(2), 1), OptionError, "above 0"),
        (lambda: torch.manual_seed(2**64), OptionError, "64 bits"),
    ],
)
def test_a_refusal_says_why(call, error, message):
    with pytest.raises(error, match=message):
        call()


def draws():
    return [
        *torch.rand(3).tolist(),
        *torch.randn(2, dtype=torch.float64).tolist(),
        *torch.randint(0, 100, (3,)).tolist(),
        *torch.randperm(5).tolist(),
        *torch.multinomial(torch.ones(6), 3).tolist(),
        *torch.bernoulli(torch.full((8,), 0.5)).tolist(),
        *torch.normal(torch.zeros(2), 1.0).tolist(),
    ]


def test_the_same_seed_gives_the_same_numbers():
    torch.manual_seed(7)
    first = draws()
    torch.manual_seed(7)
    assert draws() == first
    assert draws() != first


def test_a_state_that_was_kept_goes_back_to_the_very_same_point():
    torch.manual_seed(3)
    torch.randint(0, 5, (3,), dtype=torch.int32)  # leaves half a number waiting
    state = torch.get_rng_state()
    first = draws()
    torch.set_rng_state(state)
    assert draws() == first
    assert state.dtype == torch.uint8


def test_two_generators_do_not_disturb_each_other():
    torch.manual_seed(0)
    g = torch.Generator().manual_seed(5)
    first = torch.rand(3, generator=g).tolist()
    torch.rand(10)
    assert torch.rand(3, generator=torch.Generator().manual_seed(5)).tolist() == first
    assert g.initial_seed() == 5
    other = g.clone_state()
    assert torch.rand(2, generator=g).tolist() == torch.rand(2, generator=other).tolist()


def test_random_numbers_have_the_distribution_that_their_name_promises():
    torch.manual_seed(0)
    n = 20_000
    u, z = torch.rand(n).numpy(), torch.randn(n).numpy()
    assert 0 <= u.min() < u.max() < 1
    assert abs(u.mean() - 0.5) < 0.01
    assert abs(z.mean()) < 0.03
    assert abs(z.std() - 1) < 0.02
    halves = torch.rand(n, dtype=torch.float16).numpy()
    assert halves.max() < 1
    weights = torch.tensor([1.0, 0.0, 3.0])
    counts = np.bincount(torch.multinomial(weights, n, replacement=True).numpy(), minlength=3)
    np.testing.assert_allclose(counts / n, [0.25, 0, 0.75], atol=0.02)
    firsts = [torch.multinomial(weights, 2)[0].item() for _ in range(2000)]
    assert abs(np.mean(np.array(firsts) == 2) - 0.75) < 0.04
    assert sorted(torch.randperm(9).tolist()) == list(range(9))


def test_like_keeps_shape_and_dtype_and_not_the_history():
    x = torch.ones(2, 3, dtype=torch.float64, requires_grad=True)
    for f in (torch.zeros_like, torch.ones_like, torch.rand_like, torch.randn_like):
        y = f(x)
        assert (y.shape, y.dtype, y.requires_grad) == ((2, 3), torch.float64, False)
    assert isinstance(torch.zeros_like(np.ones(2)), np.ndarray)


def test_conversions_let_gradients_through_in_the_dtype_of_the_input():
    x = torch.tensor([1.5, 2.5], requires_grad=True)
    (x.double() * 3).sum().backward()
    assert x.grad.dtype == torch.float32
    assert x.grad.tolist() == [3, 3]
    assert x.float() is x
    assert not x.long().requires_grad


def test_numbers_come_out():
    x = torch.tensor([[1.5, -2.0]])
    assert x.tolist() == [[1.5, -2.0]]
    assert float(x[0, 0]) == 1.5
    assert f"{x[0, 1]:.1f}" == "-2.0"
    assert [1, 2, 3][torch.tensor(1)] == 2
    assert len(x) == 1
    assert [row.tolist() for row in x] == [[1.5, -2.0]]
    assert 1.5 in x
    assert np.asarray(x).base is x.numpy().base
    with pytest.raises(TypeError, match="0-d"):
        len(torch.tensor(1))
    with pytest.raises(TypeError):
        [1, 2][torch.tensor(1.0)]


def test_a_deep_copy_of_a_leaf_is_a_leaf_with_its_own_numbers():
    x = torch.ones(2, requires_grad=True)
    x.sum().backward()
    one, other = copy.deepcopy([x, x])
    assert one is other
    assert one.is_leaf
    assert one.requires_grad
    assert one.grad.tolist() == [1, 1]
    assert not np.shares_memory(one.detach().numpy(), x.detach().numpy())
    with pytest.raises(GradError, match="clone"):
        copy.deepcopy(x * 2)
