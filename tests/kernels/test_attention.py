"""Attention as one op is what its parts would give, on kernels and on NumPy."""

import numpy as np
import pytest

import micrograd_lab as lab
import micrograd_lab.nn.functional as F
from kernels.test_kernels import INF, NAN, both_ways, numbers
from micrograd_lab.autograd import gradcheck, gradgradcheck
from micrograd_lab.ops import attention

SHAPES = [  # of queries, keys, values
    [(6, 5), (6, 5), (6, 5)],
    [(2, 3, 7, 4), (2, 3, 7, 4), (2, 3, 7, 4)],
    [(3, 5, 4), (3, 9, 4), (3, 9, 2)],
    [(2, 9, 4), (2, 3, 4), (2, 3, 4)],
    [(2, 2, 70, 8), (2, 2, 70, 8), (2, 2, 70, 8)],
]


def doubles(shapes):
    made = [numbers(*shape, seed=k).astype("d") for k, shape in enumerate(shapes)]
    return [lab.tensor(x, requires_grad=True) for x in made]


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_attention_is_the_same_on_kernels(monkeypatch, shapes, causal):
    both_ways(
        monkeypatch,
        lambda *qkv: F.scaled_dot_product_attention(*qkv, is_causal=causal),
        *(numbers(*shape, seed=k) for k, shape in enumerate(shapes)),
        atol=2e-5,
    )


@pytest.mark.parametrize("width", [1, 5, 64, 70])
def test_what_a_query_does_not_see_has_no_say_whatever_it_is(monkeypatch, width):
    x, unseen = 5 * numbers(2, 6, width), np.triu(np.ones((6, width), bool), 1)
    x[:, unseen] = NAN
    x[0, 3, 0], x[1, 4, 0], x[1, 2, 0] = INF, -INF, NAN
    both_ways(monkeypatch, attention.causal_softmax, x)
    y = attention.causal_softmax(lab.tensor(x)).numpy()[:, :2]  # the first two saw numbers alone
    assert np.isfinite(y).all()
    assert (y[:, unseen[:2]] == 0).all()


@pytest.mark.parametrize("block", [1, 100, 1 << 15])
@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_one_op_is_what_its_parts_give(monkeypatch, shapes, block):
    monkeypatch.setattr(attention, "BLOCK", block)  # how many examples are taken at a time
    seen = lab.tensor(np.tri(shapes[0][-2], shapes[1][-2], dtype=bool))
    found = []
    for how in ({"is_causal": True}, {"attn_mask": seen}):
        leaves = doubles(shapes)
        y = F.scaled_dot_product_attention(*leaves, **how)
        (y * y).sum().backward()
        found.append([y.detach().numpy(), *(x.grad.numpy() for x in leaves)])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


def test_it_is_one_node_and_keeps_no_table_of_weights():
    leaves = doubles(SHAPES[1])
    record = F.scaled_dot_product_attention(*leaves).grad_fn
    assert record.name == "AttentionBackward0"
    assert [getattr(x, "shape", None) for x in record.saved] == [None, *SHAPES[1]]


def test_only_the_gradients_that_are_wanted_are_computed():
    q, k, v = (x.detach() for x in doubles(SHAPES[1]))
    y = F.scaled_dot_product_attention(q, k.requires_grad_(), v)
    parts = y.grad_fn.op.pull(
        y.grad_fn.parents, y.detach().numpy(), *y.grad_fn.saved, **y.grad_fn.params
    )
    assert [part is None for part in parts] == [True, False, True]


@pytest.mark.parametrize("causal", [False, True])
def test_its_gradients_are_slopes_in_first_and_second_order(causal):
    def call(q, k, v):
        return F.scaled_dot_product_attention(q, k, v, is_causal=causal, scale=0.7)

    leaves = doubles([(2, 3, 2), (2, 4, 2), (2, 4, 3)])
    assert gradcheck(call, leaves)
    assert gradgradcheck(call, leaves)


def test_heads_that_were_split_join_again_without_a_copy():
    heads = lab.tensor(numbers(2, 5, 3, 4)).transpose(1, 2)
    y = F.scaled_dot_product_attention(heads, heads, heads)
    assert y.transpose(1, 2).is_contiguous()
