"""Each example trains, draws what it learned, says what it measured, and can be stopped and resumed."""

import signal
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread
from rich.console import Console
from typer.testing import CliRunner

import micrograd_lab as torch
from micrograd_lab import cli, examples
from micrograd_lab.data import digits
from micrograd_lab.errors import OptionError, StateError
from micrograd_lab.examples import EXAMPLES, module_of
from micrograd_lab.examples.digits import Nudge, three_parts
from micrograd_lab.examples.start import start
from micrograd_lab.train import History, Interrupted, accuracy
from micrograd_lab.train.run import Run

MINE = ("moons", "digits-mlp", "digits-conv")
QUIET = Console(quiet=True)


def quick(name, out, *, seed=0, resume=False, **options):
    return start(name, out, seed=seed, quick=True, resume=resume, console=QUIET, **options)


def command(*words):
    return CliRunner().invoke(cli.app, ["example", *map(str, words)])


@pytest.fixture
def ctrl_c(monkeypatch):
    """ctrl_c(n): Ctrl-C arrives during step n."""
    stepped = Run.stepped

    def at(step):
        def with_signal(run):
            stepped(run)
            if run.step == step:
                signal.raise_signal(signal.SIGINT)

        monkeypatch.setattr(Run, "stepped", with_signal)

    return at


@pytest.mark.parametrize("name", MINE)
def test_an_example_leaves_a_picture_and_weights_and_says_where(name, tmp_path):
    done = command(name, "--quick", "--out", tmp_path)
    assert done.exit_code == 0, done.output
    files = {f"{name}.png", f"{name}.npz", f"{name}.checkpoint.npz"}
    assert {p.name for p in tmp_path.iterdir()} == files
    assert f"picture: {tmp_path / name}.png" in done.output.replace("\n", "")
    picture = imread(tmp_path / f"{name}.png")
    assert 700 < picture.shape[0] < 2000
    assert picture.shape[1] == 1760
    assert len(np.unique(picture.reshape(-1, picture.shape[2]), axis=0)) > 100


@pytest.mark.parametrize("name", MINE[1:])
def test_the_line_says_what_the_saved_weights_measure(name, tmp_path):
    result = quick(name, tmp_path, epochs=1)
    model = import_module(module_of(name)).build()
    model.load_state_dict(torch.load(result.weights))
    images, labels = digits("test").tensors
    with torch.no_grad():
        measured = accuracy(model.eval()(images), labels)
    assert result.value == measured
    assert f"{measured:.2%} of 445" in result.line


def test_moons_says_what_its_weights_measure_on_new_points(tmp_path):
    result = quick("moons", tmp_path)
    module = import_module(module_of("moons"))
    model = module.build()
    model.load_state_dict(torch.load(result.weights))
    x, y = module.points(300, 1_000_000)
    assert result.value == accuracy(model(x), y) > 0.8
    assert f"{result.value:.2%}" in result.line


@pytest.mark.parametrize("name", MINE)
def test_the_same_seed_gives_the_same_files_and_another_seed_others(name, tmp_path):
    first, again, other = (
        quick(name, tmp_path / str(i), seed=seed, epochs=1) for i, seed in enumerate((3, 3, 4))
    )
    assert first.line == again.line
    for file in ("weights", "picture"):
        content = [getattr(r, file).read_bytes() for r in (first, again, other)]
        assert content[0] == content[1] != content[2], file


@pytest.mark.parametrize("name", MINE)
def test_a_run_that_was_stopped_and_resumed_equals_an_uninterrupted_one(name, tmp_path, ctrl_c):
    whole = quick(name, tmp_path / "whole", epochs=2)
    ctrl_c(step=9)
    with pytest.raises(Interrupted, match=r"Stopped after step 9, and saved\. .* --resume$"):
        quick(name, tmp_path / "parts", epochs=2)
    parts = quick(name, tmp_path / "parts", epochs=2, resume=True)
    assert parts.line == whole.line
    assert parts.weights.read_bytes() == whole.weights.read_bytes()
    assert parts.picture.read_bytes() == whole.picture.read_bytes()


def test_ctrl_c_says_the_command_that_goes_on(tmp_path, ctrl_c):
    ctrl_c(step=3)
    stopped = command("moons", "--quick", "--seed", 2, "--epochs", 2, "--out", tmp_path / "my runs")
    assert stopped.exit_code == 130
    out = tmp_path / "my runs"
    assert f"example moons --out '{out}' --seed 2 --quick --epochs 2 --resume" in stopped.output


def test_going_on_with_other_settings_is_refused_and_changes_nothing(tmp_path):
    result = quick("moons", tmp_path, epochs=1)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    with pytest.raises(StateError, match=r"began with seed=0, .* now it is seed=1"):
        quick("moons", tmp_path, epochs=1, seed=1, resume=True)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before
    assert result.weights.exists()


def test_beginning_anew_keeps_the_earlier_checkpoint(tmp_path):
    quick("moons", tmp_path, epochs=1)
    checkpoint = (tmp_path / "moons.checkpoint.npz").read_bytes()
    quick("moons", tmp_path, epochs=1, seed=1)
    assert (tmp_path / "moons.earlier.npz").read_bytes() == checkpoint


def test_without_a_name_the_examples_are_listed():
    listed = command()
    assert listed.exit_code == 0
    for name, about in EXAMPLES.items():
        assert name in listed.output
        assert about in listed.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["moon"], "there are moons, digits-mlp"),
        (["moons", "--steps", "3"], "has no option --steps"),
        (["moons", "--epochs", "0"], "--epochs 0: at least 1"),
        (["moons", "--seed", "-1"], "a seed is 0 or more"),
        (["moons", "--resume"], "begin without --resume"),
        (["digits-mlp", "--text", "a.txt"], "has no option --text"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(words, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = command(*words)
    assert done.exit_code == 2
    assert said in done.output
    assert done.output.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("where", ["file", "file/below"])
def test_a_folder_that_cannot_be_written_to_is_said_in_one_line(where, tmp_path):
    (tmp_path / "file").write_text("mine")
    done = command("moons", "--quick", "--out", tmp_path / where)
    assert (done.exit_code, done.output.count("\n")) == (2, 1)
    assert (tmp_path / "file").read_text() == "mine"


def test_every_option_that_is_none_is_left_to_the_example(tmp_path):
    with pytest.raises(OptionError, match="no option --text"):
        quick("moons", tmp_path, steps=None, text=Path("a"))


def test_the_three_parts_of_the_digits_share_no_image():
    parts = [list(range(len(part))) for part in three_parts()]
    assert [len(p) for p in parts] == [1082, 270, 445]
    images = [[p[i][0].numpy().tobytes() for i in range(len(p))] for p in three_parts()]
    seen = [set(some) for some in images]
    assert not seen[0] & seen[1]
    assert not (seen[0] | seen[1]) & seen[2]


def test_nudge_moves_ink_in_training_and_nothing_in_eval_mode():
    images, _ = digits("test").tensors
    torch.manual_seed(0)
    nudge = Nudge()
    moved = nudge(images[:50])
    assert moved.shape == (50, 1, 8, 8)
    assert not torch.equal(moved, images[:50])
    assert not torch.equal(moved, nudge(images[:50]))
    assert nudge.eval()(images) is images
    assert torch.allclose(Nudge(0, 0, 0)(images), images, atol=1e-6)


def test_nudge_by_a_whole_pixel_is_a_shift(monkeypatch):
    image = torch.zeros(1, 1, 8, 8)
    image[0, 0, 3, 4] = 1.0
    monkeypatch.setattr(torch, "rand", lambda *size: torch.ones(*size))  # the most there is
    moved = Nudge(turn=0, stretch=0, move=0.25)(image)  # a quarter of half the width: one pixel
    assert moved[0, 0, 2, 3].item() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_read_in_a_minute(name):
    path = Path(examples.__file__).with_name(f"{name.replace('-', '_')}.py")
    assert path.read_text(encoding="utf-8").count("\n") <= 100


def test_a_perfect_reader_has_a_picture_too(tmp_path):
    from micrograd_lab.examples.pictures import digits_picture

    images, labels = digits("test").tensors
    epochs = [{"epoch": 1, "step": 2, "loss": 1.0}]
    history = History([2.0, 1.0], [0.1, 0.1], epochs)
    digits_picture(tmp_path / "perfect.png", history, images, labels, labels)
    assert imread(tmp_path / "perfect.png").shape[1] == 1760
