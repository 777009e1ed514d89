"""What attention with heads and transformers promise, without PyTorch to compare with."""

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab.autograd import gradcheck
from micrograd_lab.errors import OptionError, ShapeError, UndefinedError
from micrograd_lab.nn.attention_modules import MultiheadAttention
from micrograd_lab.nn.transformer import (
    Transformer,
    TransformerDecoderLayer,
    TransformerEncoder,
    TransformerEncoderLayer,
)
from micrograd_lab.tensor import Tensor, wrap


def numbers(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def close(a, b):
    np.testing.assert_allclose(a.array, b.array, atol=1e-12)


def test_attention_has_the_gradients_that_differences_find():
    torch.manual_seed(0)
    m = MultiheadAttention(4, 2, add_bias_kv=True, add_zero_attn=True).double()
    xs = [Tensor(numbers(n, 2, 4), requires_grad=True) for n in (3, 2, 2)]
    assert gradcheck(lambda q, k, v: m(q, k, v)[0], xs)


def test_weights_add_up_to_one_and_do_not_look_where_masked():
    m, x = MultiheadAttention(8, 2).double(), wrap(numbers(4, 3, 8))
    causal = wrap(np.triu(np.ones((4, 4), bool), 1))
    _, weights = m(x, x, x, attn_mask=causal)
    assert weights.shape == (3, 4, 4)
    np.testing.assert_allclose(weights.sum(-1).array, 1)
    assert (np.triu(weights.array, 1) == 0).all()


def test_with_and_without_weights_the_output_is_the_same():
    m, x = MultiheadAttention(8, 2).double(), wrap(numbers(4, 3, 8))
    mask = wrap(numbers(4, 4))
    padding = wrap(np.array([[False] * 4, [False, False, True, True], [False] * 3 + [True]]))
    for masks in ({}, {"attn_mask": mask}, {"attn_mask": mask, "key_padding_mask": padding}):
        out, none = m(x, x, x, need_weights=False, **masks)
        assert none is None
        close(out, m(x, x, x, **masks)[0])


def test_one_projection_or_three_give_the_same():
    m, x = MultiheadAttention(8, 2).double(), wrap(numbers(4, 3, 8))
    once = m(x, x, x)[0]
    close(m(x, wrap(x.array), wrap(x.array))[0], once)
    twin = wrap(x.array)
    close(m(x, twin, twin)[0], once)


def test_a_learned_mask_gets_a_gradient():
    m, x = MultiheadAttention(8, 2).double(), wrap(numbers(4, 3, 8))
    mask = Tensor(numbers(4, 4), requires_grad=True)
    for need_weights in (True, False):
        mask.grad = None
        (m(x, x, x, attn_mask=mask, need_weights=need_weights)[0] ** 2).sum().backward()
        assert abs(mask.grad.array).max() > 0


def test_dropout_acts_in_training_only():
    torch.manual_seed(0)
    x = wrap(numbers(4, 3, 8))
    for m in (MultiheadAttention(8, 2, dropout=0.5), TransformerEncoderLayer(8, 2, 16, 0.5)):
        m.double()
        run = (lambda m=m: m(x, x, x)[0]) if isinstance(m, MultiheadAttention) else lambda m=m: m(x)
        assert not np.array_equal(run().array, run().array)
        m.eval()
        np.testing.assert_array_equal(run().array, run().array)


def test_what_comes_later_does_not_change_what_was_said():
    net = TransformerEncoder(TransformerEncoderLayer(8, 2, 16, 0.0), 2).double()
    causal = Transformer.generate_square_subsequent_mask(5, dtype=torch.float64)
    x, y = numbers(5, 1, 8), numbers(5, 1, 8, seed=1)
    y[:3] = x[:3]
    a, b = (net(wrap(z), mask=causal, is_causal=True) for z in (x, y))
    close(a[:3], b[:3])
    assert abs(a[3:].array - b[3:].array).max() > 0.01


def test_the_order_of_a_sequence_is_only_in_its_numbers():
    net, x = TransformerEncoderLayer(8, 2, 16, 0.0).double(), numbers(5, 1, 8)
    order = [3, 0, 4, 1, 2]
    close(net(wrap(x[order])), net(wrap(x))[order])


def test_layers_of_a_stack_are_copies_with_numbers_of_their_own():
    layer = TransformerEncoderLayer(8, 2, 16)
    net = TransformerEncoder(layer, 2)
    first, second = net.layers
    assert first is not layer
    np.testing.assert_array_equal(first.linear1.weight.array, second.linear1.weight.array)
    assert not np.shares_memory(first.linear1.weight.array, second.linear1.weight.array)


def test_batch_first_only_turns_the_axes():
    torch.manual_seed(0)
    a = TransformerDecoderLayer(8, 2, 16, 0.0).double()
    b = TransformerDecoderLayer(8, 2, 16, 0.0, batch_first=True).double()
    b.load_state_dict(a.state_dict())
    x, memory = wrap(numbers(5, 3, 8)), wrap(numbers(4, 3, 8))
    close(b(x.transpose(0, 1), memory.transpose(0, 1)).transpose(0, 1), a(x, memory))


def test_refusals_say_what_was_expected():
    with pytest.raises(OptionError, match="equal heads"):
        MultiheadAttention(8, 3)
    with pytest.raises(OptionError, match="gelu"):
        TransformerEncoderLayer(8, 2, activation="swish")
    m, x = MultiheadAttention(8, 2), torch.zeros(4, 3, 8)
    with pytest.raises(ShapeError, match=r"\(4, 4\) or \(6, 4, 4\)"):
        m(x, x, x, attn_mask=torch.zeros(4, 5))
    with pytest.raises(ShapeError, match=r"key_padding_mask must be \(3, 4\)"):
        m(x, x, x, key_padding_mask=torch.zeros(4, 3))
    with pytest.raises(UndefinedError, match="generate_square_subsequent_mask"):
        m(x, x, x, is_causal=True)
    with pytest.raises(ShapeError, match="width of 8"):
        Transformer(8, 2, 1, 1, 16)(torch.zeros(4, 3, 6), torch.zeros(4, 3, 6))
    with pytest.raises(ShapeError, match="one size"):
        Transformer(8, 2, 1, 1, 16)(torch.zeros(4, 3, 8), torch.zeros(4, 2, 8))


def test_a_transformer_learns_to_turn_a_sequence_round():
    torch.manual_seed(0)
    net = Transformer(8, 2, 1, 1, 16, 0.0, norm_first=True)
    x = torch.tensor(numbers(4, 8, 8)).float()
    goal, losses = torch.flip(x, (0,)), []
    places = torch.tensor(numbers(4, 1, 8)).float()
    for _ in range(40):
        loss = ((net(x + places, places.expand(4, 8, 8)) - goal) ** 2).mean()
        net.zero_grad()
        loss.backward()
        for p in net.parameters():
            p.data -= 0.1 * p.grad
        losses.append(loss.item())
    assert losses[-1] < 0.7 * losses[0]
