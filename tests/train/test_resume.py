"""Interrupted anywhere and resumed, a run makes the numbers it would have made."""

import os
import signal
import subprocess
import sys
import time

import pytest

import micrograd_lab as torch
from micrograd_lab.errors import FileError, OptionError, StateError
from micrograd_lab.train import Checkpoints, Interrupted
from micrograd_lab.train.checkpoint import read

from .setting import Setting, exact, stop_after

KINDS = [
    {},
    {"schedule": "step"},
    {"schedule": "plateau", "own_generator": False},
    {"amp": True},
]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_interrupted_at_any_step_and_resumed_equals_uninterrupted(kind, tmp_path):
    whole = Setting(**kind).run().all()
    for step in range(1, 15):  # three epochs of five batches
        folder = tmp_path / str(step)
        Setting(**kind).run(checkpoint=folder, callbacks=[stop_after(step)])
        torch.manual_seed(99)  # another process has another state
        resumed = Setting(**kind)
        torch.manual_seed(98)
        assert resumed.run(checkpoint=folder).all() == whole, step


def test_interrupted_after_every_step_too(tmp_path):
    whole = Setting().run().all()
    for step in range(1, 16):
        last = Setting().run(checkpoint=tmp_path / "run.npz", callbacks=[stop_after(step)])
    assert last.run(checkpoint=tmp_path / "run.npz").all() == whole


def test_more_epochs_later_are_the_same_as_at_once(tmp_path):
    whole = Setting().run(epochs=4).all()
    Setting().run(epochs=2, checkpoint=tmp_path)
    assert Setting().run(epochs=4, checkpoint=tmp_path).all() == whole
    steps = Setting().run(epochs=None, steps=12).all()
    Setting().run(epochs=None, steps=7, checkpoint=tmp_path / "s")
    assert Setting().run(epochs=None, steps=12, checkpoint=tmp_path / "s").all() == steps


def test_checkpoints_change_nothing_in_the_run(tmp_path):
    plain = Setting().run().all()
    assert Setting().run(checkpoint=tmp_path, save_every=1).all() == plain


def test_a_finished_run_is_not_run_again(tmp_path):
    done = Setting().run(checkpoint=tmp_path).all()
    again = Setting().run(checkpoint=tmp_path)
    assert again.all() == done
    assert len(again.history.losses) == 15


def test_ctrl_c_ends_the_step_saves_and_says_how_to_go_on(tmp_path):
    whole = Setting().run().all()
    seen = []

    def press(run):
        if run.step == 7:
            os.kill(os.getpid(), signal.SIGINT)
        seen.append(run.step)

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(Interrupted, match=r"after step 7 \(epoch 2\).*run the same again") as error:
        Setting().run(checkpoint=tmp_path, callbacks=[press])
    assert isinstance(error.value, KeyboardInterrupt)
    assert seen == [1, 2, 3, 4, 5, 6, 7]
    assert len(error.value.history.losses) == 7
    assert signal.getsignal(signal.SIGINT) is before
    assert Setting().run(checkpoint=tmp_path).all() == whole


def test_a_second_ctrl_c_is_obeyed_at_once(tmp_path):
    def press(run):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt) as error:
        Setting().run(checkpoint=tmp_path, callbacks=[press])
    assert not isinstance(error.value, Interrupted)


def test_sigterm_saves_as_well(tmp_path):
    def end(run):
        if run.step == 3:
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(SystemExit) as error:
        Setting().run(checkpoint=tmp_path, callbacks=[end])
    assert error.value.code == 143
    assert Setting().run(checkpoint=tmp_path).all() == Setting().run().all()


def test_the_last_few_and_the_best_are_kept(tmp_path):
    setting = Setting().run(epochs=4, checkpoint=Checkpoints(tmp_path, keep=2))
    names = sorted(p.name for p in tmp_path.iterdir())
    assert names == ["best.npz", "step-00000015.npz", "step-00000020.npz"]
    best = read(tmp_path / "best.npz")
    assert best["place"]["epoch"] == setting.early.best_epoch


def everything(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir()}


@pytest.mark.parametrize(
    "damage",
    [lambda b: b[:-100], lambda b: b"", lambda b: b"hello" + b],
    ids=["cut", "empty", "odd"],
)
def test_a_damaged_checkpoint_is_an_error_that_names_it_and_changes_nothing(damage, tmp_path):
    Setting().run(epochs=1, checkpoint=tmp_path)
    path = tmp_path / "step-00000005.npz"
    path.write_bytes(damage(path.read_bytes()))
    files, setting = everything(tmp_path), Setting()
    before = exact([setting.net.state_dict(), torch.get_rng_state()])
    with pytest.raises(FileError, match=r"step-00000005\.npz"):
        setting.run(checkpoint=tmp_path)
    assert everything(tmp_path) == files
    assert exact([setting.net.state_dict(), torch.get_rng_state()]) == before


def test_a_checkpoint_of_something_else_is_refused_by_name(tmp_path):
    Setting().run(epochs=1, checkpoint=tmp_path)
    files = everything(tmp_path)
    cases = [
        (Setting(hidden=7), "The model differs.*first: the module has"),
        (
            Setting(schedule="plateau"),
            "scheduler: StepLR in the checkpoint, ReduceLROnPlateau here",
        ),
        (Setting(amp=True), "scaler: none in the checkpoint, GradScaler here"),
        (Setting(own_generator=False), "2 random generators, this run has 1"),
    ]
    other = Setting()
    other.optimizer.add_param_group({"params": [torch.zeros(2, requires_grad=True)]})
    cases.append((other, "The optimizer differs"))
    for setting, message in cases:
        before = exact([setting.net.state_dict(), setting.optimizer.state_dict()])
        with pytest.raises(StateError, match=f"(?s)nothing was changed.*{message}"):
            setting.run(checkpoint=tmp_path)
        assert exact([setting.net.state_dict(), setting.optimizer.state_dict()]) == before
    torch.save({"a": torch.ones(1)}, tmp_path / "other.npz")
    with pytest.raises(FileError, match="no checkpoint"):
        Setting().run(checkpoint=tmp_path / "other.npz")
    with pytest.raises(OptionError, match="resume=False"):
        Setting().run(checkpoint=tmp_path, resume=False)
    (tmp_path / "other.npz").unlink()
    assert everything(tmp_path) == files


def test_a_run_may_go_on_from_one_path_and_save_in_another(tmp_path):
    whole = Setting().run().all()
    Setting().run(epochs=1, checkpoint=tmp_path / "a")
    start = tmp_path / "a" / "step-00000005.npz"
    assert Setting().run(checkpoint=tmp_path / "b", resume=start).all() == whole
    assert Checkpoints(tmp_path / "a").newest() == start


CHILD = """
import sys
import micrograd_lab as torch
from micrograd_lab.train import Checkpoints
files = Checkpoints(sys.argv[1])
for step in range(1, 10**6):
    files.save({"step": step, "x": torch.full((30_000,), float(step))}, step)
    print(step, flush=True)
"""


@pytest.mark.parametrize("place", ["folder", "run.npz"])
def test_killed_while_saving_nothing_is_lost(place, tmp_path):
    path = tmp_path / place
    for round in range(4):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE, text=True
        )
        with child:
            for _ in range(5):
                said = int(child.stdout.readline())
            time.sleep(0.003 * round)  # somewhere in the next saves
            child.kill()
            said = max([said, *map(int, child.stdout.read().split("\n")[:-1])])
        newest = Checkpoints(path).newest()
        found = read(newest)
        assert found["step"] >= said
        assert (found["x"] == float(found["step"])).all()
        for file in Checkpoints(path).all():
            read(file)
            file.unlink()
