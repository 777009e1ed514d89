"""Every kernel gives what NumPy gives, forward and backward, on whatever it may meet."""

import os
import subprocess
import sys

import numpy as np
import pytest

import micrograd_lab as lab
import micrograd_lab.nn.functional as F
from micrograd_lab.kernels import swift
from micrograd_lab.ops.embedding import sum_rows

pytest.importorskip("numba")
INF, NAN = float("inf"), float("nan")
SPECIAL = [0.0, -0.0, 1e-30, -1e-30, 0.5, -0.5, 3.0, -3.0, 40.0, -40.0, 90.0, -90.0, 1e4, -1e4]


def run(function, inputs, upstream):
    """(result, gradients) of function, as arrays."""
    leaves = [lab.tensor(x, requires_grad=True) for x in inputs]
    y = function(*leaves)
    y.backward(lab.tensor(upstream(y.shape)))
    return [y.detach().numpy(), *(x.grad.numpy() for x in leaves)]


def both_ways(monkeypatch, function, *inputs, rtol=2e-5, atol=2e-6):
    """The same call on kernels and on NumPy; fails if they differ, or if no kernel ran."""

    def upstream(shape):
        return np.random.default_rng(7).standard_normal(shape).astype("f")

    used = []
    find = swift.kernel
    monkeypatch.setattr(swift, "kernel", lambda name: used.append(name) or find(name))
    monkeypatch.setattr(swift, "switched_on", lambda: True)
    monkeypatch.setattr(swift, "LARGE", 0)
    fast = run(function, inputs, upstream)
    assert used, "no kernel took part"
    monkeypatch.setattr(swift, "switched_on", lambda: False)
    plain = run(function, inputs, upstream)
    for a, b in zip(fast, plain, strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=atol, equal_nan=True)


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype("f")


CURVES = {"gelu": F.gelu, "silu": F.silu, "sigmoid": lab.sigmoid, "tanh": lab.tanh, "relu": F.relu}


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize("shape", [(1,), (7,), (3, 5), (2, 3, 4, 33)])
def test_a_curve_is_the_same_on_any_shape(monkeypatch, name, shape):
    both_ways(monkeypatch, CURVES[name], 3 * numbers(*shape))


@pytest.mark.parametrize("name", CURVES)
def test_a_curve_is_the_same_on_extreme_numbers(monkeypatch, name):
    both_ways(monkeypatch, CURVES[name], np.array(SPECIAL * 3, "f"))


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu"])
def test_a_curve_passes_nan_on_and_knows_infinity(monkeypatch, name):
    both_ways(monkeypatch, CURVES[name], np.array([NAN, INF, -INF, 1.0] * 9, "f"))


@pytest.mark.parametrize("width", [1, 2, 63, 64, 65, 200])
def test_softmax_is_the_same_for_any_width(monkeypatch, width):
    both_ways(monkeypatch, lambda x: F.softmax(x, -1), 5 * numbers(4, 3, width))


def test_softmax_gives_nothing_to_what_is_masked_and_nan_where_nothing_is_left(monkeypatch):
    x = numbers(5, 70)
    x[0, 3:] = -INF
    x[1] = -INF
    x[2, 5] = NAN
    x[3, 5] = INF
    x[4] *= 1e4
    both_ways(monkeypatch, lambda x: F.softmax(x, -1), x)
    assert (F.softmax(lab.tensor(x), -1)[0, 3:] == 0).all()


def test_cross_entropy_is_the_same_with_targets_that_ask_nothing(monkeypatch):
    target = np.random.default_rng(1).integers(0, 90, 40)
    target[::7] = -100
    logits = 9 * numbers(40, 90)
    both_ways(
        monkeypatch, lambda x: F.cross_entropy(x, lab.tensor(target), reduction="none"), logits
    )


@pytest.mark.parametrize("shape", [(6, 1), (6, 5), (2, 3, 130), (4, 2, 8)])
def test_layer_norm_is_the_same(monkeypatch, shape):
    w, b = numbers(shape[-1], seed=1), numbers(shape[-1], seed=2)
    x = 3 + numbers(*shape)
    both_ways(monkeypatch, lambda x, w, b: F.layer_norm(x, w.shape, w, b), x, w, b, atol=2e-5)


def test_layer_norm_over_two_axes_is_the_same(monkeypatch):
    w, b = numbers(4, 8, seed=1), numbers(4, 8, seed=2)
    both_ways(
        monkeypatch,
        lambda x, w, b: F.layer_norm(x, (4, 8), w, b),
        numbers(5, 4, 8),
        w,
        b,
        atol=2e-5,
    )


CONVOLUTIONS = [
    {}, {"padding": 1}, {"stride": 2}, {"stride": (2, 3), "padding": (2, 1)}, {"dilation": 2},
    {"stride": 2, "padding": 2, "dilation": (1, 2)},
]  # fmt: skip


@pytest.mark.parametrize("how", CONVOLUTIONS, ids=str)
def test_convolution_is_the_same(monkeypatch, how):
    x, w, b = numbers(3, 2, 11, 12), numbers(4, 2, 3, 2, seed=1), numbers(4, seed=2)
    both_ways(monkeypatch, lambda x, w, b: F.conv2d(x, w, b, **how), x, w, b, atol=2e-5)


@pytest.mark.parametrize("padding", [0, 1, 2, (2, 0), "same"], ids=str)
@pytest.mark.parametrize(
    "sizes", [(1, 1, 3, 3), (3, 5, 6, 9), (2, 4, 40, 50), (4, 1, 3, 509)], ids=str
)
def test_windows_of_three_by_three_along_a_strip_are_the_same(monkeypatch, padding, sizes):
    c, k, *size = sizes
    x, w, b = numbers(3, c, *size), numbers(k, c, 3, 3, seed=1), numbers(k, seed=2)
    call = lambda x, w, b: F.conv2d(x, w, b, padding=padding)
    both_ways(monkeypatch, call, x, w, b, rtol=1e-4, atol=2e-4)


@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("where", ["input", "weight", "upstream"])
def test_infinity_and_nan_reach_what_they_would_reach_by_columns(monkeypatch, padding, where):
    x, w = numbers(2, 3, 7, 8), numbers(4, 3, 3, 3, seed=1)
    scale = np.ones((2, 4, 5 + 2 * padding, 6 + 2 * padding), "f")
    spoilt = {"input": x, "weight": w, "upstream": scale}[where]
    spoilt[0, 0, 0, 0], spoilt[1, 2, -1, -1], spoilt[1, 1, 1, -1] = INF, -INF, NAN
    call = lambda x, w, scale: F.conv2d(x, w, padding=padding) * scale
    both_ways(monkeypatch, call, x, w, scale, rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize("size", [(2, 2), (5, 7), (8, 9), (20, 34)])
def test_windows_of_two_by_two_side_by_side_find_the_first_of_equals(monkeypatch, size):
    x = np.random.default_rng(3).integers(0, 3, (3, 2, *size)).astype("f")
    x[x == 2] = np.random.default_rng(4).choice([NAN, INF, -INF, -0.0, 2.0], int((x == 2).sum()))
    both_ways(monkeypatch, lambda x: F.max_pool2d(x, 2, return_indices=True)[0], x)


@pytest.mark.parametrize(
    "how", [{}, {"stride": 2}, {"padding": 1}, {"stride": 1, "dilation": 2}], ids=str
)
def test_max_pool_is_the_same_with_ties_and_nan(monkeypatch, how):
    x = np.round(numbers(2, 3, 9, 10) * 2)  # rounded, so that many tie
    x[0, 0, 2, 3:5] = NAN
    x[1, 1] = -INF
    both_ways(monkeypatch, lambda x: F.max_pool2d(x, 2, **how), x)


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("most", [1_000_000, 50])
def test_recurrent_nets_are_the_same(monkeypatch, kind, both, most):
    monkeypatch.setattr("micrograd_lab.kernels.sequences.UNPACKED", most)
    lab.manual_seed(0)
    net = getattr(lab.nn, kind)(5, 6, bidirectional=both)
    weights = [p.detach().numpy() for p in net.parameters()]
    names = [name for name, _ in net.named_parameters()]

    def call(x, *ws):
        return lab.func.functional_call(net, dict(zip(names, ws, strict=True)), (x,))[0]

    both_ways(monkeypatch, call, numbers(7, 4, 5), *weights, atol=2e-5)


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_recurrent_nets_pass_nan_on_and_know_infinity(monkeypatch, kind):
    lab.manual_seed(0)
    net = getattr(lab.nn, kind)(5, 6)
    x = numbers(4, 3, 5)
    x[1, 0, 0], x[2, 1, 3], x[2, 2, 2] = NAN, INF, -1e4
    both_ways(monkeypatch, lambda x: net(x)[0], x, atol=2e-5)


optim = lab.optim
OPTIMIZERS = {
    "adam": lambda ps: optim.Adam(ps, lr=0.01),
    "adam, decay": lambda ps: optim.Adam(ps, lr=0.01, weight_decay=0.1, betas=(0.8, 0.9)),
    "adam, decoupled": lambda ps: optim.AdamW(ps, lr=0.01, weight_decay=0.1),
    "sgd": lambda ps: optim.SGD(ps, lr=0.1),
    "sgd, decay": lambda ps: optim.SGD(ps, lr=0.1, weight_decay=0.1),
    "momentum": lambda ps: optim.SGD(ps, lr=0.1, momentum=0.9),
    "momentum, damped": lambda ps: optim.SGD(ps, 0.1, 0.8, dampening=0.3, weight_decay=0.1),
    "momentum, ahead": lambda ps: optim.SGD(ps, lr=0.1, momentum=0.9, nesterov=True),
}


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_an_optimizer_in_one_pass_makes_the_same_steps(monkeypatch, kind):
    def trained(*special):
        start = numbers(30, 7)
        start[0, : len(special)] = special
        p = lab.nn.Parameter(lab.tensor(start))
        optimizer = OPTIMIZERS[kind]([p])
        for step in range(20):
            slopes = numbers(30, 7, seed=step)
            slopes[1, : len(special)] = special
            p.grad = lab.tensor(slopes)
            optimizer.step()
        return p.detach().numpy()

    used = []
    find = swift.kernel
    special = NAN, INF, -INF
    home = "adam" if "adam" in kind else "sgd"
    monkeypatch.setattr(
        f"micrograd_lab.optim.{home}.kernel", lambda name: used.append(name) or find(name)
    )
    monkeypatch.setattr(swift, "switched_on", lambda: False)
    plain = trained(*special)
    monkeypatch.setattr(swift, "switched_on", lambda: True)
    monkeypatch.setattr(swift, "LARGE", 0)
    monkeypatch.setattr("micrograd_lab.optim.sgd.BLOCK", 0)
    fast = trained(*special)
    assert used == ["updates." + kind.partition(",")[0]] * 20
    np.testing.assert_allclose(fast, plain, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("shape", [(40, 5), (3, 7, 2), (6,)])
def test_rows_are_summed_where_their_numbers_point(monkeypatch, shape):
    rows = np.random.default_rng(0).integers(0, 9, shape)
    where = lab.tensor(rows)
    both_ways(monkeypatch, lambda w: F.embedding(where, w, padding_idx=4), numbers(9, 33))
    bags = np.where(rows == 4, -1, rows)
    both_ways(
        monkeypatch, lambda x: sum_rows(x, index=bags, count=9), numbers(*shape, 3, 5), atol=2e-5
    )


def test_a_row_that_is_not_there_is_refused_not_written_to(monkeypatch):
    monkeypatch.setattr(swift, "LARGE", 0)
    with pytest.raises(IndexError):
        sum_rows(lab.ones(3, 5), index=np.array([0, 2, 1]), count=2)


def test_doubles_and_small_arrays_never_load_numba():
    code = (
        "import sys, micrograd_lab as lab\n"
        "x = lab.randn(64, 64, requires_grad=True)\n"
        "lab.tanh(lab.randn(300, 300, dtype=lab.float64).requires_grad_()).sum().backward()\n"
        "lab.nn.functional.gelu(x).sum().backward()\n"
        "assert 'numba' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("variable", ["NUMBA_DISABLE_JIT=1", "MICROGRAD_LAB_KERNELS=0"])
def test_kernels_can_be_switched_off(variable):
    code = (
        "import sys, micrograd_lab as lab\n"
        "x = lab.randn(300, 300, requires_grad=True)\n"
        "lab.nn.functional.gelu(x).sum().backward()\n"
        "assert 'numba' not in sys.modules\n"
    )
    name, value = variable.split("=")
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | {name: value})


def test_a_numba_that_cannot_be_loaded_is_said_once_and_numpy_does_it(tmp_path):
    (tmp_path / "numba.py").write_text("raise ImportError('needs another NumPy')")
    code = (
        "import warnings, micrograd_lab as lab\n"
        "with warnings.catch_warnings(record=True) as said:\n"
        "    warnings.simplefilter('always')\n"
        "    for _ in range(2):\n"
        "        lab.nn.functional.gelu(lab.ones(300, 300))\n"
        "assert [str(w.message) for w in said] == "
        "['Numba is there, but cannot be used: needs another NumPy. NumPy does it.']\n"
    )
    path = os.pathsep.join([str(tmp_path), *sys.path])
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | {"PYTHONPATH": path})
