"""Attention with heads and transformers, from PyTorch's weights: outputs, gradients and theirs."""

import warnings

import numpy as np
import pytest

from micrograd_lab.nn import attention_modules, transformer
from micrograd_lab.tensor import wrap
from torch_lane.agreement import close
from torch_lane.test_nn_recurrent import pair, same

torch = pytest.importorskip("torch")
from torch.nn.attention import SDPBackend, sdpa_kernel  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")  # PyTorch's, about fast paths and mixed masks


def masked(**masks):
    """A call that gives both sides the same masks, each as its own kind of tensor."""

    def call(m, *xs):
        make = torch.tensor if isinstance(m, torch.nn.Module) else wrap
        given = {k: make(v) if isinstance(v, np.ndarray) else v for k, v in masks.items()}
        with sdpa_kernel(SDPBackend.MATH):  # the fast one has no second derivative
            out = m(*xs, **given)
        return tuple(x for x in out if x is not None) if isinstance(out, tuple) else out

    return call


RNG = np.random.default_rng(0)
PADDING = np.array([[False, False, True, True], [False] * 4, [False, False, False, True]])
MASKS = [
    {},
    {"need_weights": False},
    {"average_attn_weights": False},
    {"attn_mask": np.triu(np.ones((5, 4), bool), 1)},
    {"attn_mask": np.triu(np.ones((5, 4), bool), 1), "need_weights": False},
    {"attn_mask": RNG.normal(size=(5, 4)), "key_padding_mask": PADDING},
    {"attn_mask": RNG.normal(size=(12, 5, 4)), "key_padding_mask": RNG.normal(size=(3, 4))},
    {"key_padding_mask": PADDING, "need_weights": False},
    {"attn_mask": RNG.normal(size=(12, 5, 4)) > 1.5, "need_weights": False},
]
KINDS = [
    {},
    {"bias": False},
    {"add_bias_kv": True},
    {"add_zero_attn": True},
    {"add_bias_kv": True, "add_zero_attn": True},
    {"kdim": 6, "vdim": 5},
    {"kdim": 6, "vdim": 5, "add_bias_kv": True, "bias": False},
    {"batch_first": True},
]


@pytest.mark.parametrize("masks", MASKS, ids=range(len(MASKS)))
@pytest.mark.parametrize("kind", KINDS, ids=lambda k: "+".join(k) or "plain")
def test_attention_agrees_to_second_order(kind, masks):
    theirs, ours = pair("MultiheadAttention", attention_modules, 8, 4, **kind)
    shapes = [(5, 3, 8), (4, 3, kind.get("kdim", 8)), (4, 3, kind.get("vdim", 8))]
    xs = [RNG.normal(size=s) for s in shapes]
    if kind.get("batch_first"):
        xs = [np.ascontiguousarray(x.swapaxes(0, 1)) for x in xs]
    same(theirs, ours, masked(**masks), xs)


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("need_weights", [False, True])
def test_attention_of_one_sequence_to_itself_or_to_a_memory(batch_first, need_weights):
    theirs, ours = pair("MultiheadAttention", attention_modules, 8, 2, batch_first=batch_first)
    x, memory = RNG.normal(size=(5, 3, 8)), RNG.normal(size=(5, 3, 8))
    call = masked(need_weights=need_weights)
    same(theirs, ours, lambda m, x: call(m, x, x, x), [x])
    same(theirs, ours, lambda m, x, k: call(m, x, k, k), [x, memory])
    same(theirs, ours, lambda m, x: call(m, x, x, x), [x[:, 0]])  # no batch
    one = masked(need_weights=need_weights, key_padding_mask=np.arange(5) > 3)
    same(theirs, ours, lambda m, x, k: one(m, x, k, k), [x[:, 0], memory[:, 0]])


LAYERS = [
    {},
    {"norm_first": True},
    {"activation": "gelu"},
    {"bias": False},
    {"batch_first": True, "norm_first": True},
]


@pytest.mark.parametrize("masks", [{}, {"src_key_padding_mask": PADDING}, {"src_mask": np.triu(np.ones((4, 4), bool), 1)}], ids=["no mask", "padded", "causal"])  # fmt: skip
@pytest.mark.parametrize("kind", LAYERS, ids=str)
@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
def test_an_encoder_layer_agrees(training, kind, masks):
    theirs, ours = pair("TransformerEncoderLayer", transformer, 8, 2, 16, 0.0, **kind)
    theirs.train(training), ours.train(training)
    x = RNG.normal(size=(3, 4, 8) if kind.get("batch_first") else (4, 3, 8))
    same(theirs, ours, masked(**masks), [x], second=training)


@pytest.mark.parametrize("kind", LAYERS, ids=str)
def test_a_decoder_layer_agrees(kind):
    theirs, ours = pair("TransformerDecoderLayer", transformer, 8, 2, 16, 0.0, **kind)
    xs = [RNG.normal(size=(5, 3, 8)), RNG.normal(size=(4, 3, 8))]
    if kind.get("batch_first"):
        xs = [np.ascontiguousarray(x.swapaxes(0, 1)) for x in xs]
    causal = np.triu(np.full((5, 5), -np.inf), 1)
    same(theirs, ours, masked(), xs)
    masks = {"tgt_mask": causal, "tgt_is_causal": True, "memory_key_padding_mask": PADDING}
    same(theirs, ours, masked(**masks), xs, second=False)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("kind", [{}, {"norm_first": True, "batch_first": True, "bias": False}], ids=str)  # fmt: skip
def test_a_whole_transformer_agrees(kind, dtype):
    args = (8, 2, 2, 2, 16, 0.0)
    theirs, ours = pair("Transformer", transformer, *args, dtype=dtype, **kind)
    xs = [RNG.normal(size=(4, 3, 8)), RNG.normal(size=(5, 3, 8))]
    if kind.get("batch_first"):
        xs = [np.ascontiguousarray(x.swapaxes(0, 1)) for x in xs]
    causal = transformer.Transformer.generate_square_subsequent_mask(5, dtype=dtype).array
    expected = torch.nn.Transformer.generate_square_subsequent_mask(5)
    np.testing.assert_array_equal(causal, expected.numpy())
    atol = 1e-9 if dtype == np.float64 else 1e-4
    both = masked(tgt_mask=causal, src_key_padding_mask=PADDING, memory_key_padding_mask=PADDING)
    same(theirs, ours, both, xs, second=False, atol=atol, dtype=dtype)
    theirs.eval(), ours.eval()
    same(theirs, ours, masked(tgt_mask=causal), xs, second=False, atol=atol, dtype=dtype)


@pytest.mark.parametrize(
    ("q", "k", "v", "masks"),
    [
        ((5, 3, 6), (4, 3, 8), (4, 3, 8), {}),
        ((5, 3, 8), (4, 3, 8), (5, 3, 8), {}),
        ((5, 8), (4, 3, 8), (4, 3, 8), {}),
        ((5, 3, 8), (4, 2, 8), (4, 2, 8), {}),
        ((5, 3, 8), (4, 3, 8), (4, 3, 8), {"attn_mask": np.zeros((4, 4))}),
        ((5, 3, 8), (4, 3, 8), (4, 3, 8), {"key_padding_mask": np.zeros((4, 3))}),
        ((5, 3, 8), (4, 3, 8), (4, 3, 8), {"attn_mask": np.zeros((5, 4), np.int64)}),
        ((5, 3, 8), (4, 3, 8), (4, 3, 8), {"is_causal": True}),
    ],
    ids=range(8),
)
def test_both_refuse_what_does_not_fit(q, k, v, masks):
    theirs, ours = pair("MultiheadAttention", attention_modules, 8, 2)
    xs = [np.zeros(shape) for shape in (q, k, v)]
    with pytest.raises((AssertionError, RuntimeError)):
        masked(**masks)(theirs, *map(torch.tensor, xs))
    with pytest.raises((ValueError, TypeError, RuntimeError), match="multi_head_attention"):
        masked(**masks)(ours, *map(wrap, xs))


def test_twenty_steps_of_training_follow_the_same_path():
    theirs, ours = pair("TransformerEncoderLayer", transformer, 8, 2, 16, 0.0, norm_first=True)
    x, goal = RNG.normal(size=(4, 3, 8)), RNG.normal(size=(4, 3, 8))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(20):
            loss = ((theirs(torch.tensor(x)) - torch.tensor(goal)) ** 2).mean()
            theirs.zero_grad()
            loss.backward()
            end = ((ours(wrap(x)) - wrap(goal)) ** 2).mean()
            ours.zero_grad()
            end.backward()
            close(end, loss, 1e-9)
            for p, q in zip(theirs.parameters(), ours.parameters(), strict=True):
                p.data -= 0.3 * p.grad
                q.data -= 0.3 * q.grad
