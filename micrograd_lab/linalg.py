"""torch.linalg: the linear algebra of ops, under PyTorch's names."""

# ruff: noqa: F401
import micrograd_lab.methods  # the rules ask tensors for their .mT
from micrograd_lab.errors import SingularError as LinAlgError
from micrograd_lab.ops.contractions import matmul
from micrograd_lab.ops.decompositions import linalg_diagonal as diagonal
from micrograd_lab.ops.decompositions import linalg_svd as svd
from micrograd_lab.ops.decompositions import linalg_vander as vander
from micrograd_lab.ops.decompositions import lstsq, matrix_exp
from micrograd_lab.ops.determinants import det, slogdet
from micrograd_lab.ops.factors import cholesky, eigh, eigvalsh, qr
from micrograd_lab.ops.inverses import inv, matrix_power, pinv, solve, solve_triangular
from micrograd_lab.ops.norms import vector_norm
from micrograd_lab.ops.products import chain_matmul, linalg_cross, vecdot
from micrograd_lab.ops.singular import cond, linalg_norm, matrix_norm, matrix_rank, svdvals

cross = linalg_cross
norm = linalg_norm


def multi_dot(tensors: object) -> object:
    """The product of matrices, multiplied in the order that takes the fewest multiplications."""
    return chain_matmul(tensors)
