"""Tensors made from numbers, arrays and rules are PyTorch's: values, dtypes, shapes, refusals."""

import warnings

import numpy as np
import pytest

import micrograd_lab as lab

torch = pytest.importorskip("torch")

CALLS = """
tensor(1) | tensor(1.5) | tensor(True) | tensor([]) | tensor([[]]) | tensor([[1, 2], [3, 4]]) | tensor((1, 2.5)) | tensor([True, 2])
tensor([True, 2.5]) | tensor([True, False]) | tensor(range(3)) | tensor(np.arange(3)) | tensor(np.float64(1)) | tensor(np.float32(2))
tensor([np.float64(1)]) | tensor([np.float16(1)]) | tensor(np.ones((2, 2), np.float16)) | tensor([np.int32(1), 2]) | tensor([np.ones(2), np.ones(2)])
tensor([torch.tensor(1.0), torch.tensor(2.0)]) | tensor([torch.ones(1), torch.ones(1)]) | tensor([torch.ones(2), torch.ones(2)])
tensor([1.0, torch.tensor(2.0)]) | tensor(torch.ones(2)) | tensor(torch.tensor(2.0)) | tensor([[torch.tensor(1), 2], [3, 4]])
tensor(None) | tensor('a') | tensor(['a']) | tensor([[1], [1, 2]]) | tensor([1, [2]]) | tensor([1.0, None]) | tensor({1}) | tensor(2 ** 70) | tensor([2 ** 63])
tensor(1e40) | tensor([1.7, -1.7], dtype=torch.int64) | tensor([1, 2], dtype=torch.float64) | tensor([0.0, 2.5], dtype=torch.bool) | tensor(3, dtype=torch.float16)
tensor([-1], dtype=torch.uint8) | tensor([300], dtype=torch.uint8) | tensor([float('nan')], dtype=torch.int64) | tensor([1], requires_grad=True) | tensor([1.0], requires_grad=True)
tensor([1.0], dtype=float) | tensor([1], dtype=int) | tensor([float('inf'), float('nan')]) | tensor(1.0, device='cpu') | tensor(1.0, device='cuda') | tensor([1e-3, 2])
tensor([[1, 2], [3, 4.5]]) | tensor([[[1.0]]]) | tensor(-0.0) | tensor(2 ** 40) | tensor([1], dtype=torch.int8)
as_tensor([1.0]) | as_tensor(np.ones(2)) | as_tensor(np.ones(2), dtype=torch.float32) | as_tensor(torch.ones(2), dtype=torch.int64) | asarray([1, 2])
from_numpy(np.ones(2)) | from_numpy([1]) | from_numpy(np.float64(1)) | from_numpy(np.array(['a'])) | from_numpy(np.array([True]))
zeros(2, 3) | zeros((2, 3)) | zeros([2, 3]) | zeros(()) | zeros([]) | zeros() | zeros(-1) | zeros(2.0) | zeros(0) | zeros(2, dtype=torch.int64) | zeros(size=(2,)) | zeros(2, dtype=bool)
zeros(torch.tensor(2), 3) | ones(2, 3) | ones(2, dtype=torch.bool) | ones(2, requires_grad=True) | ones(2, dtype=torch.int64, requires_grad=True) | ones(2, 3, device='cuda')
full((2,), 3) | full((2,), True) | full((2,), 1.5) | full((2,), 1.5, dtype=torch.int64) | full((), torch.tensor(2.0)) | full(2, 1.0) | full((2,), float('nan')) | full((2, 0), 1)
empty(2, 3).shape | empty(0) | empty((2,), dtype=torch.int32).dtype
arange(5) | arange(5.0) | arange(1, 4) | arange(1, 2, 0.3) | arange(5, 0, -2) | arange(0) | arange(3, 1) | arange(0, 1, 0) | arange(0.5, 3) | arange(3, dtype=torch.float64) | arange(torch.tensor(3))
arange(2, 2) | arange(-3) | arange(0, 1, 0.1) | arange(1, 0, -0.25) | arange(end=3, start=1) | arange(3.0, dtype=torch.int64) | arange(0, 10, 3)
linspace(0, 1, 5) | linspace(0, 1, 1) | linspace(0, 1, 0) | linspace(0, 1, -1) | linspace(-3, 3, 7, dtype=torch.float64) | linspace(0, 10, 4, dtype=torch.int64) | linspace(5, 1, 3)
linspace(start=0, end=1, steps=3) | linspace(torch.tensor(0.0), 1, 3) | logspace(0, 2, 3) | logspace(-1, 1, 5, base=2) | logspace(0, 1, 1)
eye(3) | eye(2, 3) | eye(0) | eye(-1) | eye(2, dtype=torch.int64) | tril_indices(3, 3) | tril_indices(2, 4, 1) | triu_indices(3, 3, 1) | triu_indices(3, 2, -1)
zeros_like(X) | zeros_like(X, dtype=torch.int64) | ones_like(I) | full_like(X, 2) | full_like(I, 2.5) | full_like(X, True) | empty_like(X).shape | zeros_like(3) | zeros_like(G).requires_grad
rand_like(X).shape | randn_like(X).dtype | rand_like(I) | randint_like(I, 5).dtype | randint_like(X, 1, 2) | ones_like(X, requires_grad=True)
rand(2, 3).shape | rand(()).shape | rand(2, dtype=torch.int64) | randn(2, dtype=torch.float64).dtype | randn((2, 0)) | randn(-1) | randint(3, (2,)).dtype | randint(3, 4, (2, 2)) | randint(4, 3, (2,))
randint(3) | randint(0, 1, (2,), dtype=torch.float32) | randint(high=1, size=(2,)) | randperm(1) | randperm(0) | randperm(-1) | randperm(4).dtype | randperm(2, dtype=torch.int32).dtype
multinomial(torch.tensor([0.0, 1.0]), 3, replacement=True) | multinomial(torch.tensor([0.0, 1.0]), 1) | multinomial(torch.tensor([[0.0, 1.0], [1.0, 0.0]]), 1) | multinomial(torch.ones(2), 3)
multinomial(torch.tensor([-1.0, 1.0]), 1) | multinomial(torch.zeros(2), 1) | multinomial(torch.ones(2, dtype=torch.int64), 1) | multinomial(torch.ones(1, 1, 2), 1) | multinomial(torch.ones(2), 0)
bernoulli(torch.tensor([0.0, 1.0])) | bernoulli(torch.tensor([2.0])) | bernoulli(torch.tensor([1])) | bernoulli(X * 0, 1.0) | bernoulli(X * 0, 1.5)
normal(0.0, 1.0, (2,)).dtype | normal(X, 0.0) | normal(X, X * 0) | normal(1.0, X * 0) | normal(0.0, -1.0, (2,)) | normal(2.0, 0.0, size=(2, 2)) | poisson(X * 0) | normal(X, torch.ones(3, 1, 1) * 0)
is_tensor(X) | is_tensor(1) | numel(X) | is_floating_point(I) | manual_seed(-1).initial_seed() | manual_seed(2 ** 64) | Generator().manual_seed(3).initial_seed() | get_rng_state().dtype
X.item() | S.item() | S.tolist() | X.tolist() | I.tolist() | X.size() | X.size(-1) | X.size(2) | X.dim() | X.numel() | X.nelement() | X.element_size() | X.stride() | X.T.stride() | X.T.is_contiguous()
X.device.type | X.is_cuda | X.nbytes | len(X) | len(S) | list(S) | float(S) | int(S) | float(X) | X.is_floating_point() | X.type() | I.type() | f'{S:.2f}' | S in X | 2.0 in X | bool(X)
G.numpy() | G.detach().numpy() | X.numpy() | np.asarray(X) | np.asarray(G) | [1, 2, 3][I[0]] | [1, 2][S] | X.new_zeros(2) | I.new_ones((2, 2)) | X.new_full((2,), 1) | I.new_tensor([1.5])
X.new_zeros(2, dtype=torch.int64) | X.to(torch.int64) | X.to('cuda') | X.to('cpu', torch.float64) | X.cuda() | X.cpu() | X.double().dtype | (G * 2).detach_().requires_grad | X.requires_grad_().requires_grad
I.requires_grad_() | X.data_ptr() == X.data_ptr() | X.T.data_ptr() == X.data_ptr() | X.view(-1).data_ptr() == X.data_ptr() | X.clone().data_ptr() == X.data_ptr() | X.T.contiguous().stride() | X.ndim
tensor(X).data_ptr() == X.data_ptr() | as_tensor(X) is X | X.float() is X | X.to(torch.float32) is X | X.contiguous() is X | X.expand(2, 2, 3).stride() | (G + 1).clone().requires_grad | X.is_signed()
X.broadcast_to((4, 2, 3)).data_ptr() == X.data_ptr() | X[0].data_ptr() == X.data_ptr() | X.squeeze().data_ptr() == X.data_ptr() | X.split(1)[0].data_ptr() == X.data_ptr() | X.diagonal().data_ptr() == X.data_ptr()
"""


def calls():
    for line in CALLS.strip().splitlines():
        yield from (text.strip() for text in line.split(" | "))


def outcome(module, text):
    module.manual_seed(0)
    space = {
        "torch": module,
        "np": np,
        "X": module.tensor([[1.5, -2.0, 0.25], [4.0, 5.0, 6.0]]),
        "I": module.tensor([1, 2]),
        "S": module.tensor(2.5),
        "G": module.tensor([1.0, 2.0], requires_grad=True),
    }
    names = text.split("(")[0].split(".")[0]
    prefix = "torch." if hasattr(module, names) and names not in ("float", "int", "bool") else ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return plain(eval(prefix + text, space))
    except (RuntimeError, ValueError, IndexError, TypeError, AssertionError) as error:
        return error


def plain(y):
    """Whatever it is, as something that can be compared."""
    if hasattr(y, "requires_grad"):
        return ("tensor", str(y.dtype).removeprefix("torch."), tuple(y.shape), y.requires_grad,
                y.detach().numpy())  # fmt: skip
    if isinstance(y, tuple):
        return tuple(y)
    return str(y).removeprefix("torch.") if "dtype" in type(y).__name__.lower() else y


@pytest.mark.parametrize("text", list(calls()))
def test_it_makes_what_pytorch_makes(text):
    ours, theirs = outcome(lab, text), outcome(torch, text)
    if isinstance(ours, Exception) or isinstance(theirs, Exception):
        assert isinstance(theirs, Exception), f"lab refused: {ours}"
        assert isinstance(ours, Exception), f"PyTorch refused: {theirs}"
        return
    assert type(ours) is type(theirs)
    if isinstance(ours, tuple) and ours[:1] == ("tensor",):
        assert ours[:-1] == theirs[:-1]
        np.testing.assert_allclose(ours[-1], theirs[-1], rtol=1e-6, atol=1e-7)
    elif isinstance(ours, np.ndarray):
        np.testing.assert_array_equal(ours, theirs)
    else:
        assert ours == theirs
