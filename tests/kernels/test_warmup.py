"""Warming up compiles every kernel there is, once, for every process that comes after."""

import json
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from micrograd_lab import cli
from micrograd_lab.kernels import swift

pytest.importorskip("numba")
pytestmark = pytest.mark.skipif(not swift.switched_on(), reason="kernels are switched off")

WARM = """
import json
from micrograd_lab.kernels import warmup
done = warmup.warm()
idle = [kernel.__name__ for kernel in warmup.kernels() if not kernel.signatures]
print(json.dumps({"compiled": done.compiled, "known": done.known, "idle": idle}))
"""
# Each case is the first call of a kernel in its process, on more numbers than warming up used.
USE = """
import json, sys
import micrograd_lab as lab
from micrograd_lab.kernels import warmup
F = lab.nn.functional
x = lab.randn(300, 400, requires_grad=True)
image = lab.randn(6, 3, 40, 40, requires_grad=True)
sequence = lab.randn(9, 20, 100, requires_grad=True)
cases = {
    "gelu": lambda: F.gelu(x),
    "cross entropy": lambda: F.cross_entropy(x, lab.arange(300)),
    "layer norm": lambda: lab.nn.LayerNorm(400)(x),
    "softmax": lambda: lab.softmax(x, -1),
    "convolution": lambda: F.max_pool2d(lab.nn.Conv2d(3, 5, 3, padding=1)(image), 2),
    "attention": lambda: F.scaled_dot_product_attention(x, x, x, is_causal=True),
    "embedding": lambda: F.embedding(lab.arange(300), x),
    "lstm": lambda: lab.nn.LSTM(100, 100)(sequence)[0],
}
y = cases[sys.argv[1]]()
(y * y).sum().backward()
compiled, known = warmup.counts()
print(json.dumps({"compiled": compiled, "known": known}))
"""


def in_a_process(code, cache, *args):
    done = subprocess.run(
        [sys.executable, "-c", code, *args],
        capture_output=True, text=True, check=True, env=os.environ | {"MICROGRAD_LAB_CACHE": str(cache)},
    )  # fmt: skip
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """A folder of kernels, and what the process said that filled it."""
    folder = tmp_path_factory.mktemp("kernels")
    return folder, in_a_process(WARM, folder)


def test_every_kernel_is_compiled(cache):
    _, said = cache
    assert said["compiled"] > 0
    assert said["known"] == 0
    assert said["idle"] == [], "give each of these a use in kernels/warmup.py"


def test_a_second_time_all_of_them_are_there(cache):
    folder, before = cache
    again = in_a_process(WARM, folder)
    assert (again["compiled"], again["known"]) == (0, before["compiled"])


@pytest.mark.parametrize(
    "case",
    [
        "gelu",
        "cross entropy",
        "layer norm",
        "softmax",
        "convolution",
        "attention",
        "embedding",
        "lstm",
    ],
)
def test_a_cached_kernel_works_as_the_first_of_a_fresh_process(cache, case):
    folder, _ = cache
    said = in_a_process(USE, folder, case)
    assert said["compiled"] == 0
    assert said["known"] > 0


def test_without_kernels_the_command_says_why_there_is_nothing_to_do(monkeypatch):
    monkeypatch.setattr("micrograd_lab.kernels.warmup.switched_on", lambda: False)
    result = CliRunner().invoke(cli.app, ["warmup"])
    assert result.exit_code == 0
    assert "nothing to compile" in result.output
    assert "pip install numba" in result.output
