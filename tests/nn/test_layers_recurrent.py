"""What recurrent layers promise, without PyTorch to compare with."""

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab.autograd import grad, gradcheck, gradgradcheck, no_grad
from micrograd_lab.errors import LabError, OptionError, ShapeError
from micrograd_lab.func import jvp
from micrograd_lab.nn.cells import GRUCell, LSTMCell, RNNCell
from micrograd_lab.nn.recurrent import GRU, LSTM, RNN
from micrograd_lab.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from micrograd_lab.ops import recurrence
from micrograd_lab.tensor import Tensor, wrap

LIVE = np.array([[1, 1], [1, 1], [1, 0]], float)[..., None]
OPS = {"rnn_tanh": (1, 1), "rnn_relu": (1, 1), "lstm": (4, 2), "gru": (3, 1)}


def numbers(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def inputs(name):
    """x (3, 2, gates · 2), the state, w, and for a GRU its bias."""
    gates, states = OPS[name]
    arrays = [numbers(3, 2, 2 * gates), *(numbers(2, 2, seed=k) for k in range(states))]
    arrays.append(numbers(2 * gates, 2))
    if name == "gru":
        arrays.append(numbers(6))
    return [Tensor(a, requires_grad=True) for a in arrays]


@pytest.mark.parametrize("live", [None, LIVE], ids=["all alive", "one stops"])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("name", OPS)
def test_a_recurrence_has_the_gradients_that_differences_find(name, reverse, live):
    op = getattr(recurrence, name)

    def call(*xs):
        return op(*xs, reverse=reverse, live=live)

    assert gradcheck(call, inputs(name))
    assert gradgradcheck(call, inputs(name))


@pytest.mark.parametrize("name", OPS)
def test_its_gradients_are_the_same_one_by_one_and_together(name):
    op, xs = getattr(recurrence, name), inputs(name)
    y = op(*xs)
    g = numbers(*y.shape, seed=9)
    together = grad(y, xs, wrap(g))
    arrays = [x.array for x in xs]
    for i, dx in enumerate(together):
        np.testing.assert_allclose(op.vjp(i, g, y.array, arrays, {}), dx.array, rtol=1e-12)


@pytest.mark.parametrize("name", OPS)
def test_forward_mode_is_its_transpose(name):
    op, xs = getattr(recurrence, name), inputs(name)
    moves = [wrap(numbers(*x.shape, seed=5)) for x in xs]
    y, dy = jvp(lambda *xs: op(*xs), tuple(x.detach() for x in xs), tuple(moves))
    g = wrap(numbers(*y.shape, seed=6))
    back = grad(op(*xs), xs, g)
    ahead = float((g * dy).sum().array)
    assert ahead == pytest.approx(
        sum(float((a * b).sum().array) for a, b in zip(back, moves, strict=True))
    )


def test_a_frozen_weight_gets_no_gradient_and_the_others_do():
    net = LSTM(3, 4)
    net.weight_hh_l0.requires_grad_(False)
    net(torch.tensor(numbers(5, 2, 3)).float())[0].sum().backward()
    assert net.weight_hh_l0.grad is None
    assert net.weight_ih_l0.grad is not None


CELLS = [(RNN, RNNCell), (LSTM, LSTMCell), (GRU, GRUCell)]


@pytest.mark.parametrize(("layer", "cell"), CELLS, ids=lambda c: c.__name__)
def test_a_layer_is_its_cell_step_by_step(layer, cell):
    net, one = layer(3, 4).double(), cell(3, 4).double()
    one.load_state_dict({k.removesuffix("_l0"): v for k, v in net.state_dict().items()})
    x, state = wrap(numbers(5, 2, 3)), None
    y, _ = net(x)
    for t in range(5):
        state = one(x[t], state)
        h = state[0] if cell is LSTMCell else state
        np.testing.assert_allclose(y[t].array, h.array, atol=1e-12)


@pytest.mark.parametrize("layer", [RNN, LSTM, GRU])
def test_a_sequence_in_two_pieces_is_the_whole(layer):
    net, x = layer(3, 4, 2).double(), wrap(numbers(6, 2, 3))
    whole, end = net(x)
    first, state = net(x[:2])
    second, last = net(x[2:], state)
    np.testing.assert_allclose(torch.cat([first, second]).array, whole.array, atol=1e-12)
    a, b = (last, end) if layer is LSTM else ((last,), (end,))
    for p, q in zip(a, b, strict=True):
        np.testing.assert_allclose(p.array, q.array, atol=1e-12)


@pytest.mark.parametrize("options", [{}, {"bidirectional": True, "num_layers": 2}, {"proj_size": 2}], ids=str)  # fmt: skip
def test_padding_does_not_change_what_a_sequence_says(options):
    net = LSTM(3, 4, **options).double()
    x, lengths = wrap(numbers(5, 3, 3)), [2, 5, 3]
    packed, (h, c) = net(pack_padded_sequence(x, lengths, enforce_sorted=False))
    y, sizes = pad_packed_sequence(packed)
    assert sizes.tolist() == lengths
    for k, n in enumerate(lengths):
        alone, (h_k, c_k) = net(x[:n, k])
        np.testing.assert_allclose(y[:n, k].array, alone.array, atol=1e-12)
        np.testing.assert_allclose(h[:, k].array, h_k.array, atol=1e-12)
        np.testing.assert_allclose(c[:, k].array, c_k.array, atol=1e-12)


def test_dropout_acts_between_layers_in_training_only():
    torch.manual_seed(0)
    net, x = GRU(3, 4, 2, dropout=0.5).double(), wrap(numbers(5, 2, 3))
    with no_grad():
        assert not np.array_equal(net(x)[0].array, net(x)[0].array)
        net.eval()
        np.testing.assert_array_equal(net(x)[0].array, net(x)[0].array)


def test_dropout_with_one_layer_is_warned_about():
    with pytest.warns(UserWarning, match="only one"):
        RNN(3, 4, dropout=0.5)


def test_weights_start_within_one_over_the_root_of_the_size():
    for p in LSTM(3, 16, 2).parameters():
        assert 0.2 < abs(p.array).max() <= 0.25


def test_refusals_say_what_was_expected():
    net = LSTM(3, 4)
    for x in ((5, 2, 4), (0, 2, 3), (3,)):
        with pytest.raises(ShapeError, match="LSTM"):
            net(torch.zeros(x))
    with pytest.raises(ShapeError, match=r"\(1, 2, 4\) and \(1, 2, 4\)"):
        net(torch.zeros(5, 2, 3), (torch.zeros(1, 2, 3), torch.zeros(1, 2, 4)))
    with pytest.raises(ShapeError, match="GRUCell"):
        GRUCell(3, 4)(torch.zeros(2, 3), torch.zeros(3, 4))
    for bad in ({"nonlinearity": "sin"}, {"num_layers": 0}, {"dropout": 2}):
        with pytest.raises(OptionError, match="RNN"):
            RNN(3, 4, **bad)
    with pytest.raises(LabError, match="proj_size"):
        GRU(3, 4, proj_size=2)


def test_texts_are_those_of_pytorch():
    net = RNN(3, 4, 2, "relu", dropout=0.5, batch_first=True, bidirectional=True)
    options = "num_layers=2, batch_first=True, dropout=0.5, bidirectional=True"
    assert repr(net) == f"RNN(3, 4, {options})"
    assert repr(LSTM(3, 4, bias=False, proj_size=2)) == "LSTM(3, 4, proj_size=2, bias=False)"
    assert repr(RNNCell(3, 4, nonlinearity="relu")) == "RNNCell(3, 4, nonlinearity=relu)"


def test_a_net_learns_to_remember_the_first_number():
    torch.manual_seed(0)
    net = GRU(1, 8)
    x = torch.tensor(np.sign(numbers(6, 32, 1))).float()
    losses = []
    for _ in range(60):
        loss = ((net(x)[1][0, :, :1] - 0.8 * x[0]) ** 2).mean()
        net.zero_grad()
        loss.backward()
        for p in net.parameters():
            p.data -= 1.0 * p.grad
        losses.append(loss.item())
    assert losses[-1] < 0.05 < losses[0]
