"""A compiled step with a pool of threads: its loops are shared, and the numbers are those of one thread."""

import os
import subprocess
import sys

import pytest

from micrograd_lab.kernels import swift

pytestmark = pytest.mark.skipif(not swift.switched_on(), reason="without Numba there is no pool")

START = """
import numpy as np
import micrograd_lab as lab
from micrograd_lab import threads
F = lab.nn.functional
TARGET = lab.arange(151) % 301
SIGNS = lab.ones(151, 301)

def network(x, w, b):
    return F.cross_entropy(F.gelu(F.layer_norm(x, (301,), b, b) @ w.T + b), TARGET)

FORMULAS = {
    "entries": (lambda x, w, b: (lab.tanh(x * w + b) * x).sum(), (40_000,), (40_000,), (1,)),
    "no even share": (lambda x, w, b: (x * w + b).sin().exp().mean(), (32_771,), (32_771,), (1,)),
    "columns": (lambda x, w, b: ((x * SIGNS).relu() * (w + b)).mean(0).square().sum(), (151, 301), (301,), (301,)),
    "rows": (lambda x, w, b: ((x + b) * w).mean(1).exp().sum(), (151, 301), (151, 301), (301,)),
    "layer norm": (lambda x, w, b: (F.layer_norm(x, (301,), w, b) * x).sum(), (151, 301), (301,), (301,)),
    "softmax": (lambda x, w, b: (F.softmax(x + b, -1) * w).square().mean(), (16, 9, 301), (9, 301), (301,)),
    "cross-entropy": (lambda x, w, b: F.cross_entropy(x * w + b, TARGET), (151, 301), (301,), (301,)),
    "network": (network, (151, 301), (301, 301), (301,)),
}

def results(formula, *shapes, special=None):
    "Loss, gradients and new parameters of a compiled step, and its source."
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal(shape).astype("f") for shape in shapes]
    if special is not None:
        arrays[0].flat[700] = special
    xs = [lab.nn.Parameter(lab.tensor(a)) for a in arrays]
    optimizer = lab.optim.Adam(xs, lr=0.001)
    def step():
        loss = formula(*xs)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss
    compiled = lab.compile(step)
    for _ in range(5):
        loss = compiled()
    assert compiled.ready, compiled.explain()
    return [loss.detach().numpy().copy(), *(a.detach().numpy().copy() for x in xs for a in (x.grad, x))], compiled
"""


def run(code, **environment):
    """What a fresh process with two threads prints."""
    two = {"MICROGRAD_LAB_THREADS": "2", "NUMBA_NUM_THREADS": "2"}
    done = subprocess.run(
        [sys.executable, "-c", START + code],
        capture_output=True, text=True, env=os.environ | two | environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


SAME = """
assert threads.count == 2
both = {}
for count in (2, 2, 1):
    lab.set_num_threads(count)
    for name, case in FORMULAS.items():
        found, compiled = results(*case)
        assert ("in prange(2)" in compiled.source) == (count == 2), name
        for a, b in zip(found, both.setdefault((name, count), found), strict=True):
            assert a.tobytes() == b.tobytes(), name
for name in FORMULAS:
    for a, b in zip(both[name, 2], both[name, 1], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5 * max(1, np.abs(b).max()), err_msg=name)
for special in (np.nan, np.inf):
    for name in ("entries", "layer norm", "softmax", "cross-entropy"):
        lab.set_num_threads(2)
        two = results(*FORMULAS[name], special=special)[0]
        lab.set_num_threads(1)
        for a, b in zip(two, results(*FORMULAS[name], special=special)[0], strict=True):
            np.testing.assert_array_equal(np.isnan(a), np.isnan(b), err_msg=name)
print("same")
"""


def test_shared_loops_give_what_one_thread_gives_also_from_the_cache():
    assert run(SAME) == "same"  # compiled now or before
    assert run(SAME) == "same"  # from the cache: a shared loop is the first call of its process


def test_another_number_of_threads_is_another_program():
    code = """
found, compiled = results(*FORMULAS["layer norm"])
assert compiled.cache_info() == {"signatures": 1, "compiled": 1}
assert "in prange(2)" in compiled.source
lab.set_num_threads(1)
for _ in range(3):
    compiled()
assert compiled.cache_info() == {"signatures": 2, "compiled": 2}
assert "prange" not in compiled.source
"""
    run(code)


def test_small_loops_are_not_shared():
    code = """
formula = FORMULAS["softmax"][0]
assert "prange" not in results(formula, (4, 5, 30), (5, 30), (30,))[1].source
"""
    run(code)


def test_a_forked_process_goes_on_with_one_thread():
    code = """
import os
found, compiled = results(*FORMULAS["entries"])
child = os.fork()
if child == 0:
    for _ in range(3):
        compiled()
    os._exit(len(compiled.ready))
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 2
"""
    if not hasattr(os, "fork"):
        pytest.skip("this system has no fork")
    run(code)
