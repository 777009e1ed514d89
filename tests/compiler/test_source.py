"""What can be seen of a program: its source, its graph, and what explain() says; and its cache on disk."""

import os
import subprocess
import sys

import pytest

import micrograd_lab as torch
from micrograd_lab.compiler import part
from micrograd_lab.errors import OptionError
from micrograd_lab.kernels import swift

STEP = """
import numpy as np
import micrograd_lab as torch

def make():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    x = torch.tensor(np.linspace(-1, 1, 20).reshape(10, 2).astype("f"))

    def step():
        loss = (model(x) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return torch.compile(step)

step = make()
losses = [step() for _ in range(5)]
"""


def trained():
    namespace = {}
    exec(STEP, namespace)
    return namespace["step"]


@pytest.fixture
def on_numpy(monkeypatch):
    monkeypatch.setattr(part, "switched_on", lambda: False)


def test_the_source_is_the_chain_rule_line_by_line(on_numpy):
    lines = [line.strip() for line in trained().source.splitlines()]
    for line in (
        "relu1 = relu(linear1)",
        "linear2 = linear(relu1, weight2, bias2)",
        "d_relu1 = matmul(d_linear2, weight2)",
        "d_linear1 = where(gt1, d_relu1, 0)",
        "new_weight0 = sub(weight0, mul2)",
    ):
        assert line in lines


def test_the_same_step_gives_the_same_source(on_numpy):
    assert trained().source == trained().source


def test_loops_are_named_after_what_they_compute():
    if not swift.switched_on():
        pytest.skip("without Numba")
    source = trained().source
    assert "# linear1 = held_1 @ weight0.T + bias0" in source
    assert "# relu1" in source
    assert "# d_weight2 = d_linear2.T @ relu1" in source
    assert source.count("def part_") == 1, "the whole step is one compiled function"


def test_the_graph_has_a_frame_around_each_loop():
    if not swift.switched_on():
        pytest.skip("without Numba")
    step = trained()
    assert "subgraph cluster_0" in step.graph().source
    assert "subgraph" not in step.graph(fused=False).source
    assert "d_weight0 = matmul" in step.graph().source


def test_a_graph_needs_a_program():
    with pytest.raises(OptionError, match="nothing is compiled yet"):
        torch.compile(lambda x: x).graph()


def test_explain_counts_what_became_of_the_steps(on_numpy):
    said = trained().explain()
    assert said.startswith("step, signature 1: compiled:")
    assert "without Numba nothing is fused" in said


def test_another_process_finds_the_step_compiled(tmp_path):
    if not swift.switched_on():
        pytest.skip("without Numba")
    hits = (
        "part = step.ready[0].main.build.__globals__['part_1']\n"
        "print(sum(part.stats.cache_hits.values()), losses[-1])"
    )
    environment = {**os.environ, "MICROGRAD_LAB_CACHE": str(tmp_path)}
    runs = [
        subprocess.run(
            [sys.executable, "-c", STEP + hits],
            capture_output=True, text=True, check=True, env=environment,
        ).stdout.split()
        for _ in range(2)
    ]  # fmt: skip
    assert [found for found, _ in runs] == ["0", "1"]
    assert runs[0][1] == runs[1][1]
