"""Linear algebra, next to PyTorch's: values, first and second derivatives, batches, refusals."""

# ruff: noqa: B023 (each lambda is called at once)
import itertools

import numpy as np
import pytest

import micrograd_lab as lab
from micrograd_lab.tensor import Tensor

torch = pytest.importorskip("torch")
from torch_lane.agreement import agree  # noqa: E402

T, L = torch.linalg, lab.linalg
SHAPES = ((3, 3), (2, 3, 3), (1, 1), (0, 0), (2, 3), (3,), (2, 1, 4, 4), (0, 3, 3))
SQUARE = [s for s in SHAPES if len(s) > 1 and s[-1] == s[-2]]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_inverse_determinant_and_powers(shape):
    agree(T.inv, L.inv, shape)
    agree(T.det, L.det, shape)
    agree(lambda a: T.slogdet(a)[1], lambda a: L.slogdet(a)[1], shape)
    agree(torch.logdet, lab.logdet, shape)
    agree(T.inv, L.inv, shape, dtype=np.int64)
    for n in (0, 1, 2, 3, -1, -2, 5):
        agree(lambda a: T.matrix_power(a, n), lambda a: L.matrix_power(a, n), shape)


@pytest.mark.parametrize("shape", SQUARE, ids=str)
def test_factors_of_symmetric_matrices(shape):
    n = shape[-1]
    for upper in (False, True):
        agree(
            lambda a: T.cholesky(a @ a.mT + torch.eye(n, dtype=a.dtype), upper=upper),
            lambda a: L.cholesky(a @ a.mT + np.eye(n), upper=upper),
            shape,
        )
    agree(lambda a: T.eigvalsh(a + a.mT), lambda a: L.eigvalsh(a + a.mT), shape)
    agree(lambda a: T.eigh(a + a.mT)[1] ** 2, lambda a: L.eigh(a + a.mT)[1] ** 2, shape)


@pytest.mark.parametrize("triangle", ["L", "U"])
def test_only_one_triangle_is_read(triangle):
    agree(
        lambda a: T.eigvalsh(a, triangle), lambda a: L.eigvalsh(a, triangle), (3, 3), second=False
    )
    agree(
        lambda a: T.cholesky(a * 0.1 + 2 * torch.eye(3, dtype=a.dtype)),
        lambda a: L.cholesky(a * 0.1 + 2 * np.eye(3)),
        (3, 3),
        second=False,
    )


PAIRS = [
    ((3, 3), (3,)), ((3, 3), (3, 2)), ((2, 3, 3), (2, 3)), ((2, 3, 3), (2, 3, 4)), ((2, 3, 3), (3, 4)), ((3, 3), (2, 3, 4)),
    ((3, 3), (4, 2)), ((2, 3), (3, 2)), ((2, 3, 3), (3,)), ((3, 3), ()), ((0, 0), (0, 2)), ((2, 1, 3, 3), (4, 3, 2)), ((3, 3), (2, 3)),
]  # fmt: skip


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_solve(a, b):
    for left in (True, False):
        agree(lambda x, y: T.solve(x, y, left=left), lambda x, y: L.solve(x, y, left=left), a, b)
    for upper, unit in itertools.product([True, False], [True, False]):
        how = {"upper": upper, "unitriangular": unit}
        agree(
            lambda x, y: T.solve_triangular(x, y, **how),
            lambda x, y: L.solve_triangular(x, y, **how),
            a,
            b,
        )


@pytest.mark.parametrize("shape", [(4, 3), (3, 4), (3, 3), (2, 4, 3)], ids=str)
def test_rectangular_matrices(shape):
    agree(T.pinv, L.pinv, shape)
    agree(T.svdvals, L.svdvals, shape)
    agree(T.cond, L.cond, shape)
    if shape != (3, 4):
        for part in (0, 1):
            agree(lambda a: T.qr(a)[part], lambda a: L.qr(a)[part], shape)


@pytest.mark.parametrize("ord", ["fro", "nuc", np.inf, -np.inf, 1, -1, 2, -2, 3])
def test_norms_of_matrices(ord):
    for shape, keepdim in itertools.product([(4, 3), (3, 4), (2, 4, 3)], [False, True]):
        agree(
            lambda a: T.matrix_norm(a, ord, keepdim=keepdim),
            lambda a: L.matrix_norm(a, ord, keepdim=keepdim),
            shape,
        )
        agree(
            lambda a: T.norm(a, ord, keepdim=keepdim),
            lambda a: L.norm(a, ord, keepdim=keepdim),
            shape,
        )
        agree(lambda a: T.norm(a, ord, dim=(0, 1)), lambda a: L.norm(a, ord, dim=(0, 1)), shape)
        agree(
            lambda a: T.matrix_norm(a, ord, dim=(-1, 0)),
            lambda a: L.matrix_norm(a, ord, dim=(-1, 0)),
            shape,
        )


def test_the_gradient_of_a_singular_determinant():
    numbers = [[1.0, 2, 3], [2, 4, 6], [1, 1, 1]]
    theirs = torch.tensor(numbers, dtype=torch.float64, requires_grad=True)
    ours = Tensor(np.array(numbers), requires_grad=True)
    torch.det(theirs).backward()
    lab.det(ours).backward()
    np.testing.assert_allclose(ours.grad.array, theirs.grad.numpy(), atol=1e-10)
