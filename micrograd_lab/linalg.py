"""torch.linalg: the linear algebra of ops, under PyTorch's names."""

# ruff: noqa: F401
import micrograd_lab.methods  # the rules ask tensors for their .mT
from micrograd_lab.ops.contractions import matmul
from micrograd_lab.ops.einsum import chain_matmul, linalg_cross
from micrograd_lab.ops.linalg import (
    cholesky,
    cond,
    det,
    eigh,
    eigvalsh,
    inv,
    linalg_norm,
    matrix_norm,
    matrix_power,
    matrix_rank,
    pinv,
    qr,
    slogdet,
    solve,
    solve_triangular,
    svdvals,
)
from micrograd_lab.ops.norms import vector_norm

cross = linalg_cross
norm = linalg_norm


def multi_dot(tensors: object) -> object:
    """The product of matrices, multiplied in the order that takes the fewest multiplications."""
    return chain_matmul(tensors)
