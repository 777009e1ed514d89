"""One pool of threads: the same numbers as one thread gives, the same bits each time, safe after a fork."""

import os
import subprocess
import sys

import pytest

from micrograd_lab.kernels import swift

pytest.importorskip("numba")
pytestmark = pytest.mark.skipif(not swift.switched_on(), reason="kernels are switched off")

START = """
import sys
import numpy as np
import micrograd_lab as lab
from micrograd_lab import threads
F = lab.nn.functional
assert lab.get_num_threads() == 2 == threads.count
rng = np.random.default_rng(0)

def numbers(*shape):
    return lab.tensor(rng.standard_normal(shape).astype("f"), requires_grad=True)

x, w, v = numbers(300, 200), numbers(200), numbers(200)
layer, wide = numbers(150, 200), numbers(3, 100, 200)
image, filters = numbers(9, 5, 33, 30), numbers(7, 5, 3, 3)
large, other = numbers(300, 500), numbers(300, 500)

def attention():
    heads = [a.view(5, 60, 10, 50).transpose(1, 2) for a in (large, other, large)]
    return F.scaled_dot_product_attention(*heads, is_causal=True)

def recurrent(kind):
    lab.manual_seed(0)
    return getattr(lab.nn, kind)(200, 64)(wide)[0]

def arithmetic():
    y = (large * other + large - other.square()) ** 2
    return y * (lab.tanh(large) + lab.relu(other)) + (large * other).sum()

def adam():
    p = lab.nn.Parameter(x.detach().clone())
    p.grad = x.detach() * 2
    lab.optim.Adam([p]).step()
    return p

cases = {
    "product": lambda: x @ layer.mT,
    "rows of rows": lambda: F.linear(wide, layer),
    "many terms": lambda: large @ other.mT,
    "gelu": lambda: F.gelu(x),
    "softmax": lambda: F.softmax(x, -1),
    "cross entropy": lambda: F.cross_entropy(x, lab.arange(300) % 200, reduction="none"),
    "layer norm": lambda: F.layer_norm(x, (200,), w, v),
    "adam": adam,
    "pooling": lambda: F.max_pool2d(x.view(3, 100, 200), 2),
    "overlapping": lambda: F.max_pool2d(image, 3, 1, 1),
    "convolution": lambda: F.conv2d(image, filters, padding=1),
    "rnn": lambda: recurrent("RNN"),
    "lstm": lambda: recurrent("LSTM"),
    "gru": lambda: recurrent("GRU"),
    "attention": attention,
    "embedding": lambda: F.embedding(lab.arange(300).view(60, 5) % 77, large),
    "arithmetic": arithmetic,
}

def results(case):
    "The result of a case, and the gradients of all that it depends on."
    leaves = (x, w, v, layer, wide, image, filters, large, other)
    for leaf in leaves:
        leaf.grad = None
    y = cases[case]()
    if not y.is_leaf:
        (y * y).sum().backward()
    return [a.detach().numpy().copy() for a in (y, *(leaf.grad for leaf in leaves)) if a is not None]
"""
CASES = [
    "product", "many terms", "rows of rows", "gelu", "softmax", "cross entropy", "layer norm", "adam",
    "pooling", "overlapping", "convolution", "rnn", "lstm", "gru", "attention", "embedding", "arithmetic",
]  # fmt: skip


def run(code, *args, **environment):
    """What a fresh process with two threads prints."""
    two = {"MICROGRAD_LAB_THREADS": "2", "NUMBA_NUM_THREADS": "2"}
    done = subprocess.run(
        [sys.executable, "-c", START + code, *args],
        capture_output=True, text=True, env=os.environ | two | environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


SAME = """
from micrograd_lab.kernels import warmup
two, again = results(sys.argv[1]), results(sys.argv[1])
shared = [kernel.__name__ for kernel in warmup.kernels() if kernel.signatures]
lab.set_num_threads(1)
assert threads.count == 1
for a, b, one in zip(two, again, results(sys.argv[1]), strict=True):
    assert a.tobytes() == b.tobytes()
    np.testing.assert_allclose(a, one, rtol=2e-5, atol=max(2e-4, 1e-6 * np.abs(one).max()))
    if sys.argv[1] in ("attention", "embedding"):  # each thread does all of a head, or of a column
        assert a.tobytes() == one.tobytes()
print(len(shared) > 0)
"""


@pytest.mark.parametrize("case", CASES)
def test_two_threads_give_what_one_gives_from_the_first_call_on(case):
    assert run(SAME, case) == "True"  # compiled now or before
    assert run(SAME, case) == "True"  # from the cache, as the first call of its process


TURNS = """
from micrograd_lab.kernels import products
def laid(rows, cols, turned):
    a = rng.standard_normal((cols, rows) if turned else (rows, cols))
    return a.T if turned else a
for dtype in "fd":
    for m, n, k in [(130, 90, 150), (90, 130, 150), (1000, 3, 700), (3, 1000, 700), (129, 127, 128),
                    (40, 50, 3001)]:
        for turns in np.ndindex(2, 2):
            a, b = laid(m, k, turns[0]).astype(dtype), laid(k, n, turns[1]).astype(dtype)
            np.testing.assert_allclose(products.dot(a, b), a @ b, rtol=1e-4, atol=1e-3)
a, b = laid(200, 200, 0), laid(200, 200, 0)
for odd in (a[::2], a[:, :100].T, a.astype("f")[::-1].T):
    np.testing.assert_allclose(products.dot(odd, b.astype(odd.dtype)[: odd.shape[1]]),
                               odd @ b.astype(odd.dtype)[: odd.shape[1]], rtol=1e-4, atol=1e-3)
a[3, 4], b[5, 6] = np.nan, np.inf
with np.errstate(all="ignore"):
    np.testing.assert_allclose(products.dot(a, b), a @ b)
"""


def test_a_split_product_takes_matrices_as_they_lie():
    run(TURNS)


ODD = """
from micrograd_lab.kernels import shared
odd = np.array([0.0, -0.0, 1e-30, -1e-30, 0.5, 3e38, -3e38, np.inf, -np.inf, np.nan, -1.5], "f")
a, b = rng.choice(odd, (2, 300, 500))
assert shared.worth_it(a, b)
ours = lambda op, *xs: op(*map(lab.tensor, xs)).numpy()
with np.errstate(all="ignore"):
    pairs = [
        (ours(lab.add, a, b), a + b), (ours(lab.sub, a, b), a - b), (ours(lab.mul, a, b), a * b),
        (ours(lab.square, a), a * a), (ours(lab.relu, a), np.maximum(a, 0)),
        ((lab.tensor(a) ** 2).numpy(), a ** 2), (ours(lab.tanh, a), np.tanh(a)),
        (ours(lab.sum, a), a.sum()), (ours(lab.sum, odd[:5].repeat(40000)), 20000),
        (shared.times(b, a), b * a), (shared.times(np.broadcast_to(b[0, 0], a.shape), a), b[0, 0] * a),
        (shared.power_back([1], b, None, a, 2)[0], b * (2 * a)),
    ]
for kernel, reference in pairs:
    np.testing.assert_allclose(kernel, reference, rtol=1e-6)
"""


def test_arithmetic_that_is_shared_passes_nan_on_and_knows_infinity():
    run(ODD)


FORK = """
import os
before = results("gelu")
child = os.fork()
if child == 0:
    same = all(map(np.array_equal, before, results("gelu")))
    results("product")
    lab.set_num_threads(2)  # of BLAS: the pool stayed behind
    results("product")
    os._exit(0 if same and threads.count == 1 else 1)
print(os.waitpid(child, 0)[1], threads.count)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_goes_on_alone():
    assert run(FORK) == "0 2"


MANY = """
from concurrent.futures import ThreadPoolExecutor
gelu = lambda i: F.gelu(lab.full((300, 300), i / 9.0)).numpy()
alone = [gelu(i) for i in range(40)]
with ThreadPoolExecutor(4) as pool:
    assert all(map(np.array_equal, alone, pool.map(gelu, range(40))))
"""


def test_threads_of_python_do_not_disturb_each_other():
    run(MANY)


def test_without_kernels_only_blas_is_told():
    asked = {"MICROGRAD_LAB_THREADS": "2", "MICROGRAD_LAB_KERNELS": "0"}
    code = "import micrograd_lab as lab; lab.ones(2); from micrograd_lab import threads; print(threads.count)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ | asked
    )
    assert done.stdout.split() == ["1"], done.stderr


def test_a_number_of_threads_that_is_none_is_refused_at_the_start():
    code = "import micrograd_lab as lab; lab.ones(2)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, env=os.environ | {"MICROGRAD_LAB_THREADS": "many"},
    )  # fmt: skip
    assert "MICROGRAD_LAB_THREADS=many: expected a whole number" in done.stderr
