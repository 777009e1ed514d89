"""Products that sum: what they give, what they refuse, and how they say so."""

import numpy as np
import pytest

import micrograd_lab as lab
import micrograd_lab.nn.functional as F
from micrograd_lab.errors import DtypeError, ShapeError

RNG = np.random.default_rng(3)


def t(*shape):
    return lab.tensor(RNG.normal(size=shape), requires_grad=True)


def test_one_linear_layer_is_one_node():
    x, w, b = t(5, 3), t(4, 3), t(4)
    y = F.linear(x, w, b)
    assert y.grad_fn.parents == [x, w, b]
    np.testing.assert_allclose(y.detach().numpy(), x.array @ w.array.T + b.array)


def test_linear_has_the_gradients_of_its_composition():
    x, w, b = t(5, 3), t(4, 3), t(4)
    upstream = t(5, 4).detach()
    fused = lab.autograd.grad(F.linear(x, w, b), (x, w, b), upstream)
    composed = lab.autograd.grad(x @ w.T + b, (x, w, b), upstream)
    for a, c in zip(fused, composed, strict=True):
        np.testing.assert_allclose(a.array, c.array, atol=1e-12)


def test_linear_without_a_bias_after_one_with_a_bias():
    x, w, b = t(5, 3), t(4, 3), t(4)
    for bias in (b, None, b):
        F.linear(x, w, bias).sum().backward(create_graph=True)
    np.testing.assert_allclose(b.grad.detach().numpy(), np.full(4, 10.0))


def test_einsum_keeps_only_the_other_factor():
    a, b = t(3, 4), t(4, 5)
    a.requires_grad_(False)
    record = lab.einsum("ij,jk->ik", a, b).grad_fn
    kept = [x for x in record.saved if isinstance(x, np.ndarray)]
    assert len(kept) == 1
    assert kept[0].base is a.array or kept[0] is a.array


def test_the_gradient_of_a_trace_is_the_identity():
    x = t(3, 3)
    lab.einsum("ii", x).backward()
    np.testing.assert_array_equal(x.grad.array, np.eye(3))


def test_many_factors_agree_with_numpy_and_work_on_arrays():
    arrays = [RNG.normal(size=s) for s in ((2, 3), (3, 4), (4, 5), (5, 2))]
    expected = np.einsum("ab,bc,cd,da->", *arrays)
    np.testing.assert_allclose(lab.einsum("ab,bc,cd,da->", *arrays), expected)


def test_matmul_names_the_sizes_and_suggests_the_transpose():
    with pytest.raises(
        ShapeError, match=r"\(32, 16\) @ \(8, 16\): inner sizes 16 and 8 differ. Did you mean b.mT"
    ):
        t(32, 16) @ t(8, 16)


def test_matmul_refuses_two_dtypes():
    with pytest.raises(DtypeError, match="float64 and float32"):
        t(2, 3) @ t(3, 2).detach().float()


def test_matmul_refuses_a_number():
    with pytest.raises(DtypeError, match=r"To scale by a number use \*"):
        t(2, 3) @ 2


@pytest.mark.parametrize(
    ("equation", "shapes", "says"),
    [
        ("ij,jk", [(2, 3)], "for 2 tensors, 1 were given"),
        ("ijk", [(2, 3)], "names 3 axes of a tensor with 2"),
        ("ij,jk->ik", [(2, 3), (4, 4)], "label 'j' has size 3 in one tensor and 4"),
        ("ii", [(2, 3)], "not square"),
        ("ij->k", [(2, 3)], "in some tensor"),
        ("i1", [(2, 3)], "labels are letters"),
    ],
)
def test_einsum_says_what_is_wrong(equation, shapes, says):
    with pytest.raises(ShapeError, match=says):
        lab.einsum(equation, *(t(*s) for s in shapes))


def test_beta_zero_hides_even_a_nan():
    nan = lab.tensor([np.nan, np.nan], dtype=lab.float64)
    assert lab.addmm(nan, t(2, 3), t(3, 2), beta=0).isfinite().all()
