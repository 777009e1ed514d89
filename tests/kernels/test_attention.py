"""Attention as one op is what its parts would give, on kernels and on NumPy."""

import numpy as np
import pytest

import micrograd_lab as lab
import micrograd_lab.nn.functional as F
from kernels.test_kernels import INF, NAN, both_ways, numbers
from micrograd_lab.autograd import gradcheck, gradgradcheck
from micrograd_lab.kernels import swift
from micrograd_lab.ops import attention

SHAPES = [  # of queries, keys, values
    [(6, 5), (6, 5), (6, 5)],
    [(2, 3, 7, 4), (2, 3, 7, 4), (2, 3, 7, 4)],
    [(3, 5, 4), (3, 9, 4), (3, 9, 2)],
    [(2, 9, 4), (2, 3, 4), (2, 3, 4)],
    [(2, 2, 70, 8), (2, 2, 70, 8), (2, 2, 70, 8)],
    [(1, 3, 2, 9, 4), (1, 3, 2, 9, 4), (1, 3, 2, 9, 4)],
    [(2, 130, 8), (2, 70, 8), (2, 70, 3)],  # more queries than are taken at a time
    [(2, 70, 8), (2, 150, 8), (2, 150, 8)],
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


LAID = {
    "split": lambda x: x.reshape(3, 70, 2, 8).transpose(1, 2),
    "turned": lambda x: x.reshape(3, 2, 8, 70).transpose(2, 3),
    "one for all": lambda x: x[0, :560].reshape(1, 1, 70, 8).expand(3, 2, 70, 8),
    "every other": lambda x: x.reshape(3, 1, 70, 16)[:, :, :, ::2].expand(3, 2, 70, 8),
    "backwards": lambda x: x.reshape(3, 2, 70, 8).flip(2),
    "a part of each row": lambda x: x.reshape(3, 1, 70, 16)[:, :, :, 4:12].expand(3, 2, 70, 8),
}


@pytest.mark.parametrize("laid", LAID)
def test_heads_may_lie_in_memory_as_they_like(monkeypatch, laid):
    def call(x, y, z):
        q, k, v = (LAID[laid](a) for a in (x, y, z))
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)

    both_ways(monkeypatch, call, *(numbers(3, 1120, seed=i) for i in range(3)), atol=2e-5)


def test_arrays_of_any_layout_give_the_same_forward_and_back(monkeypatch):
    monkeypatch.setattr(swift, "LARGE", 0)
    x, params = numbers(4, 3, 2, 70, 8), {"scale": 0.4, "causal": True}
    layouts = (
        lambda a: a,
        lambda a: np.asfortranarray(a),
        lambda a: a[:, :, ::-1].copy()[:, :, ::-1],
        lambda a: a.transpose(1, 2, 0, 3).copy().transpose(2, 0, 1, 3),
        lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    )
    found = []
    for how in layouts:
        q, k, v, g = map(how, x)
        y = attention.attention.forward(q, k, v, **params)
        found.append([y, *attention.attention.pull([1, 1, 1], g, None, q, k, v, **params)])
    for others in found[1:]:
        for a, b in zip(found[0], others, strict=True):
            np.testing.assert_array_equal(a, b)


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
