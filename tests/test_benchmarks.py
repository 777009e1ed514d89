"""The benchmarks refuse what would not be a fair comparison.  Nothing is timed here."""

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The benchmarks package, which is not installed: it lives beside the tests."""
    monkeypatch.syspath_prepend(Path(__file__).parent.parent)
    from benchmarks import __main__, networks, peers, timing, workloads

    bench = ModuleType("bench")
    bench.main, bench.peers, bench.timing = __main__, peers, timing
    bench.networks, bench.workloads = networks, workloads
    return bench


def test_both_engines_do_the_same_training_after_every_reset(bench):
    ours, theirs = (
        bench.workloads.Moons(bench.peers.load(name), points=8) for name in bench.peers.HOMES
    )
    for _ in range(2):
        bench.timing.agree(ours, theirs)
        ours.reset()
        theirs.reset()


@pytest.mark.parametrize("name", ["T1", "T2", "T4", "T7", "T8", "T9"])
def test_both_engines_train_the_same_network(bench, name):
    pytest.importorskip("torch")
    build, _, _ = bench.networks.NETWORKS[name]
    ours, theirs = (
        bench.networks.Network(build, 2, bench.peers.load_tensors(peer))
        for peer in bench.peers.TENSORS
    )
    aim = bench.main.AIMS[name]
    bench.timing.agree(ours, theirs, aim.rtol, aim.atol)


def test_engines_that_disagree_are_not_timed(bench):
    ours, other = (bench.workloads.Moons(bench.peers.load("micrograd_lab"), 8) for _ in range(2))
    other.model.parameters()[5].data += 1e-3
    with pytest.raises(bench.timing.UnequalError, match=r"step 0: loss .*nothing was timed"):
        bench.timing.agree(ours, other)


def test_a_wrong_gradient_alone_is_noticed(bench):
    ours, other = (bench.workloads.Moons(bench.peers.load("micrograd_lab"), 8) for _ in range(2))
    right = other.gradients
    other.gradients = lambda: [g * (1 + 1e-6) for g in right()]
    with pytest.raises(bench.timing.UnequalError, match="step 0: gradient 0 is"):
        bench.timing.agree(ours, other)


def test_a_missing_peer_is_named_and_ours_runs_alone(bench, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "micrograd.engine", None)
    assert bench.main.installed(["micrograd"]) == []
    said = capsys.readouterr().err
    assert "micrograd is not installed" in said
    assert 'pip install -e ".[bench]"' in said


def test_rounds_alternate_who_goes_first(bench):
    class Quiet:
        steps = 1

        def __init__(self, name: str) -> None:
            self.name = name

        def reset(self) -> None: ...

        def step(self) -> float:
            turns.append(self.name)
            return 0.0

    turns: list[str] = []
    times = bench.timing.interleaved({"a": Quiet("a"), "b": Quiet("b")}, rounds=3)
    assert turns == ["a", "b", "b", "a", "a", "b"]
    assert [len(t) for t in times.values()] == [3, 3]


def test_rows_have_the_same_keys_and_are_saved_whole(bench, tmp_path):
    keys = {"workload", "engine", "threads", "median_s", "ratio", "peak_mb", "first_call_s"}
    rows = [bench.main.row("S1", "micrograd_lab", median_s=0.1), bench.main.row("S1", "micrograd")]
    assert all(set(row) == keys for row in rows)
    bench.main.save(rows, tmp_path / "rows.json")
    assert json.loads((tmp_path / "rows.json").read_text()) == rows
    assert len(list(tmp_path.iterdir())) == 1


def test_no_rounds_is_refused(bench, capsys):
    with pytest.raises(SystemExit):
        bench.main.main(["--rounds", "0"])
    assert "at least one round" in capsys.readouterr().err
