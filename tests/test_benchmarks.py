"""The benchmarks refuse what would not be a fair comparison.  Nothing is timed here."""

import importlib
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

FUNCTIONAL = {  # one workload of each kind that a peer has; T3, T5 and T6 are the same lines, larger
    "in_jax": ("T1", "T2", "T4", "T7", "T8", "T9"),
    "in_autograd": ("T1", "T2", "T4", "T7", "T8", "T9"),
    "in_mygrad": ("T1", "T2", "T4", "T8", "T9"),
}


@pytest.fixture
def bench(monkeypatch):
    """The benchmarks package, which is not installed: it lives beside the tests."""
    monkeypatch.syspath_prepend(Path(__file__).parent.parent)
    names = ("__main__", "aims", "cores", "limits", "networks", "page", "peers", "problems",
             "report", "runs", "timing", "workloads")  # fmt: skip
    return SimpleNamespace(
        **{name.strip("_"): importlib.import_module(f"benchmarks.{name}") for name in names}
    )


def moons(bench, name="micrograd_lab"):
    return bench.workloads.Moons(bench.peers.load(name), points=8)


def figures(bench, workload, engine, **more):
    usual = {
        "median_s": 0.25, "low_s": 0.2, "high_s": 0.5, "rounds": 3, "peak_mb": 12.0,
        "first_call_s": 1.5, "triad_gb_s": 27.0, "sgemm_gflop_s": 100.0,
    }  # fmt: skip
    return bench.runs.row(workload, engine, **(usual | more))


def test_both_engines_do_the_same_training_after_every_reset(bench):
    ours, theirs = (moons(bench, name) for name in bench.peers.HOMES)
    for _ in range(2):
        bench.timing.agree(ours, theirs)


@pytest.mark.parametrize("name", ["T1", "T2", "T4", "T7", "T8", "T9"])
def test_ours_and_pytorch_train_the_same_network(bench, name):
    pytest.importorskip("torch")
    ours, theirs = (
        bench.peers.workloads(peer)[name]() for peer in ("micrograd_lab eager", "torch")
    )
    aim = bench.aims.AIMS[name]
    bench.timing.agree(ours, theirs, aim.rtol, aim.atol, steps=2)


@pytest.mark.parametrize(
    ("file", "name"), [(file, name) for file, names in FUNCTIONAL.items() for name in names]
)
@pytest.mark.filterwarnings("ignore")  # what other libraries warn about
def test_a_peer_trains_the_same_network_as_ours(bench, file, name):
    pytest.importorskip(file.removeprefix("in_"))
    theirs = importlib.import_module(f"benchmarks.{file}").WORKLOADS[name]()
    ours = bench.peers.workloads("micrograd_lab eager")[name]()
    aim = bench.aims.AIMS[name]
    bench.timing.agree(ours, theirs, aim.rtol, aim.atol, steps=2)


def test_engines_that_disagree_are_not_timed(bench):
    ours, other = moons(bench), moons(bench)
    other.start[5] += 1e-3
    with pytest.raises(bench.timing.UnequalError, match=r"step 0: loss .*nothing was timed"):
        bench.timing.agree(ours, other)


def test_a_wrong_gradient_alone_is_noticed(bench):
    ours, other = moons(bench), moons(bench)
    right = other.gradients
    other.gradients = lambda: [g * (1 + 1e-6) for g in right()]
    with pytest.raises(bench.timing.UnequalError, match="step 0: gradient 0 is"):
        bench.timing.agree(ours, other)


def test_a_peer_that_is_wrong_or_fails_is_left_out_and_named(bench, capsys):
    def wrong():
        other = moons(bench)
        other.start[5] += 1e-3
        return other

    engines = {
        "micrograd_lab eager": {"S1": lambda: moons(bench)},
        "wrong": {"S1": wrong},
        "broken": {"S1": lambda: 1 / 0},
        "without": {},
        "right": {"S1": lambda: moons(bench)},
    }
    assert list(bench.runs.equal_ones("S1", engines)) == ["micrograd_lab eager", "right"]
    said = capsys.readouterr().err
    assert "S1, wrong is left out: UnequalError: step 0" in said
    assert "S1, broken is left out: ZeroDivisionError" in said


def test_ours_is_never_left_out_in_silence(bench):
    with pytest.raises(ZeroDivisionError):
        bench.runs.equal_ones("S1", {"micrograd_lab eager": {"S1": lambda: 1 / 0}})


def test_a_missing_peer_is_named_and_the_others_run(bench, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "benchmarks.in_micrograd", None)
    monkeypatch.delitem(sys.modules, "benchmarks.in_micrograd")
    monkeypatch.setitem(sys.modules, "micrograd.engine", None)
    assert bench.peers.installed(["micrograd"]) == {}
    said = capsys.readouterr().err
    assert "micrograd is not installed" in said
    assert 'pip install -e ".[bench]"' in said


def test_rounds_alternate_who_goes_first_and_the_first_step_of_a_block_is_free(bench):
    class Quiet:
        steps = 2

        def __init__(self, name):
            self.name = name

        def reset(self):
            turns.append("reset")

        def step(self):
            turns.append(self.name)
            return 0.0

    turns = []
    times = bench.timing.interleaved({"a": Quiet("a"), "b": Quiet("b")}, rounds=3)
    assert "".join(turns).split("reset")[1:] == ["aaa", "bbb", "bbb", "aaa", "aaa", "bbb"]
    assert [len(t) for t in times.values()] == [3, 3]


def test_every_training_workload_has_numbers_and_a_lower_bound(bench):
    networks = set(bench.networks.NETWORKS)
    assert networks == set(bench.problems.DATA) == set(bench.limits.NEEDS)
    assert networks | {"S1", "S2"} == set(bench.aims.AIMS) == set(bench.problems.STEPS)


def test_no_step_beats_both_its_products_and_its_memory(bench):
    machine = bench.limits.Machine(triad=10.0, sgemm=100.0)
    bench.limits.NEEDS["both"] = (50.0, 20.0)
    try:
        assert machine.least_seconds("both") == 2.0
    finally:
        del bench.limits.NEEDS["both"]
    assert machine.least_seconds("S1") is None


def test_the_products_of_an_mlp_are_counted(bench):
    forward, weights, inputs = 2 * 3 * 4 + 2 * 4 * 5, 2 * 3 * 4 + 2 * 4 * 5, 2 * 4 * 5
    assert bench.limits.layers(7, 3, 4, 5) == 7 * (forward + weights + inputs)


def test_an_aim_is_one_for_one_thread_and_one_for_all(bench):
    aim = bench.aims.AIMS["T8"]
    assert aim.of("micrograd_lab eager", 1) == 0.50
    assert aim.of("micrograd_lab eager", 2) == 0.35
    assert aim.of("micrograd_lab compiled", 4) == 0.28
    assert aim.of("jax", 1) is None


def test_rows_have_the_same_keys_and_are_saved_whole(bench, tmp_path):
    keys = {"workload", "engine", "threads", "median_s", "ratio", "peak_mb", "first_call_s"}
    rows = [bench.runs.row("S1", "micrograd_lab eager", median_s=0.1), bench.runs.row("S1", "jax")]
    assert all(keys <= set(row) for row in rows)
    assert set(rows[0]) == set(rows[1])
    bench.main.save(rows, tmp_path / "rows.json")
    assert json.loads((tmp_path / "rows.json").read_text()) == rows
    assert len(list(tmp_path.iterdir())) == 1


def test_the_page_shows_the_best_and_whether_an_aim_was_reached(bench, tmp_path):
    rows = [
        figures(bench, "T8", "micrograd_lab eager", ratio=0.4, median_s=0.1),
        figures(bench, "T8", "torch", ratio=1.0),
        figures(bench, "T8", "micrograd_lab compiled", ratio=0.6, median_s=0.15),
    ]
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    out = tmp_path / "page.md"
    bench.page.main([str(tmp_path / "rows.json"), "--out", str(out)])
    text = out.read_text()
    assert "| T8 | **0.4 ✓ (≤ 0.5)** | 0.6 ✗ (≤ 0.45) | 1 |" in text
    assert "triad 27.0 GB/s, sgemm 100 GF/s" in text
    assert "Not timed in these runs: torch.compile step, jax" in text


def test_the_table_in_the_terminal_holds_every_engine(bench):
    from rich.console import Console

    console = Console(width=150, record=True, quiet=False)
    rows = [figures(bench, "T8", name, ratio=0.4) for name in ("micrograd_lab eager", "jax")]
    with console.capture() as seen:
        bench.report.show(rows, bench.limits.Machine(27e9, 1e11), console)
    assert "micrograd_lab eager" in seen.get()
    assert "≤ 0.5 ✓" in seen.get()
    assert "…" not in seen.get()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--rounds", "0"], "at least one round"),
        (["--threads", "none"], "expected all, or a number"),
        (["--threads", "100000"], "expected all, or a number"),
        (["--json", "no_such_folder/rows.json"], "there is no folder"),
    ],
)
def test_what_cannot_be_run_is_refused_before_anything_starts(bench, capsys, arguments, said):
    with pytest.raises(SystemExit):
        bench.main.options(arguments)
    assert said in capsys.readouterr().err


def test_all_threads_are_as_many_as_there_are_cores(bench):
    assert bench.main.options(["--threads", "all"]).threads == len(bench.cores.available())


def test_the_products_of_an_mlp_are_those_of_its_layers_forward_and_back(bench):
    shapes = bench.limits.products(5, 2, 3, 4)
    assert shapes == [(5, 2, 3), (5, 3, 4), (3, 5, 2), (4, 5, 3), (5, 4, 3)]
    assert bench.limits.layers(5, 2, 3, 4) == 2 * 5 * (2 * 6 + 3 * 12)
    assert bench.limits.product_seconds("T5") is None
