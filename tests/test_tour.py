"""The tour: honest data, a loss that agrees with NumPy, every file written, a calm Ctrl-C."""

import json
import os
import random
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from micrograd_lab.errors import FolderError
from micrograd_lab.scalar.nn import MLP
from micrograd_lab.scalar.value import Value
from micrograd_lab.tour import folder as tour_folder
from micrograd_lab.tour.digits import Patterns, load
from micrograd_lab.tour.train import accuracy, as_examples, cross_entropy, read, steps_of, train

TOUR = [sys.executable, "-c", "from micrograd_lab.cli import main; main()", "tour"]


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """Two quick tours with the same seed, the second over the first: (folder, output, results)."""
    out = tmp_path_factory.mktemp("tour") / "out"
    runs = []
    for _ in range(2):
        done = subprocess.run(
            [*TOUR, "--quick", "--seed", "3", "--out", str(out)],
            capture_output=True, text=True, encoding="utf-8", timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        runs.append((done, (out / "results.json").read_bytes()))
    return out, runs


# The data.


def test_the_held_out_digits_are_not_among_those_to_learn_from():
    to_learn, held_out = load()
    known = {image.tobytes() for image in to_learn.images}
    assert len(known) == len(to_learn) == 1352
    assert not any(image.tobytes() in known for image in held_out.images)
    assert len(to_learn) + len(held_out) == 1797


def test_both_parts_have_the_same_mix_of_digits():
    to_learn, held_out = load()
    share = np.bincount(held_out.answers) / np.bincount(
        np.concatenate([to_learn.answers, held_out.answers])
    )
    assert share.shape == (10,)
    assert np.all(np.abs(share - 0.25) < 0.01)


def test_the_split_is_the_same_every_time():
    for one, other in zip(load(), load(), strict=True):
        assert np.array_equal(one.images, other.images)
        assert np.array_equal(one.answers, other.answers)


def test_patterns_are_found_without_the_held_out_images():
    to_learn, held_out = load()
    patterns = Patterns.found_in(to_learn.images, 16)
    assert np.allclose(patterns.mean, to_learn.images.reshape(-1, 64).mean(axis=0))
    assert np.allclose(patterns.describe(to_learn.images).mean(axis=0), 0)
    assert not np.allclose(patterns.describe(held_out.images).mean(axis=0), 0)


def test_descriptions_are_one_unit_large_and_patterns_are_perpendicular():
    images = load()[0].images
    patterns = Patterns.found_in(images, 16)
    assert np.mean(patterns.describe(images) ** 2) == pytest.approx(1)
    assert np.allclose(patterns.patterns @ patterns.patterns.T, np.eye(16))


def test_weights_in_pixels_say_the_same_as_weights_on_patterns():
    images = load()[0].images[:50]
    patterns = Patterns.found_in(load()[0].images, 16)
    weights = np.random.default_rng(0).normal(size=(3, 16))
    by_patterns = patterns.describe(images) @ weights.T
    pixels = patterns.in_pixels(weights)
    by_pixels = np.einsum("nij,mij->nm", images - patterns.mean.reshape(8, 8), pixels)
    assert np.allclose(by_patterns, by_pixels)


# The training.


@pytest.mark.parametrize("size", [1.0, 30.0, 1e4])
def test_cross_entropy_and_its_gradient_agree_with_numpy(size):
    rng = np.random.default_rng(7)
    for answer in range(10):
        z = size * rng.normal(size=10)
        scores = [Value(x) for x in z]
        loss = cross_entropy(scores, answer)
        loss.backward()

        logs = z - z.max() - np.log(np.exp(z - z.max()).sum())
        p_minus_y = np.exp(logs) - np.eye(10)[answer]
        assert loss.data == pytest.approx(-logs[answer], rel=1e-12, abs=1e-9 * size)
        assert [s.grad for s in scores] == pytest.approx(p_minus_y, abs=1e-12)


def test_scores_read_by_values_are_the_scores_that_numpy_gets_from_the_weights():
    to_learn, held_out = load()
    inputs = Patterns.found_in(to_learn.images, 16).describe(held_out.images[:40])
    net = MLP(16, [8, 10], rng=random.Random(0))
    first, last = (
        (
            np.array([[w.data for w in n.w] for n in layer.neurons]),
            [n.b.data for n in layer.neurons],
        )
        for layer in net.layers
    )
    by_numpy = np.maximum(inputs @ first[0].T + first[1], 0) @ last[0].T + last[1]
    examples = as_examples(inputs, held_out.answers[:40])
    for (x, _), expected in zip(examples, by_numpy, strict=True):
        assert [score.data for score in net(x)] == pytest.approx(expected)
        assert read(net, x) == expected.argmax()
    expected = np.mean(by_numpy.argmax(axis=1) == held_out.answers[:40])
    assert accuracy(net, examples) == expected


def test_every_epoch_sees_every_example_once():
    examples = [([Value(float(i))], i % 2) for i in range(7)]
    seen = []

    class Spy(MLP):
        def __call__(self, x):
            seen.append(x[0].data)
            return super().__call__(x)

    net = Spy(1, [2], rng=random.Random(0))
    losses = list(train(net, examples, epochs=2, batch=3, rate=0.1, seed=0))
    assert len(losses) == steps_of(7, 2, 3) == 6
    assert sorted(seen[:7]) == sorted(seen[7:]) == [float(i) for i in range(7)]
    assert seen[:7] != seen[7:]
    assert [x[0].data for x, _ in examples] == [float(i) for i in range(7)]  # left in order


def test_a_step_moves_each_parameter_against_its_gradient():
    net = MLP(2, [3, 2], rng=random.Random(1))
    before = [p.data for p in net.parameters()]
    examples = [([Value(1.0), Value(-2.0)], 1)]
    list(train(net, examples, epochs=1, batch=1, rate=0.25, seed=0))
    for p, old in zip(net.parameters(), before, strict=True):
        assert p.data == pytest.approx(old - 0.25 * p.grad)


def test_training_overfits_a_tiny_batch():
    rng = random.Random(0)
    examples = [([Value(rng.gauss(0, 1)) for _ in range(4)], i % 3) for i in range(6)]
    net = MLP(4, [8, 3], rng=rng)
    losses = list(train(net, examples, epochs=150, batch=6, rate=0.5, seed=0))
    assert accuracy(net, examples) == 1.0
    assert losses[-1] < 0.1 < losses[0]


# The whole, in a process of its own.


def test_a_tour_writes_every_file_and_nothing_else(quick):
    out, _ = quick
    assert {p.name for p in out.iterdir()} == set(tour_folder.FILES)
    for path in out.iterdir():
        start = path.read_bytes()[:8]
        if path.suffix == ".png":
            assert start == b"\x89PNG\r\n\x1a\n", path.name
        if path.suffix == ".svg":
            assert b"<svg" in path.read_bytes(), path.name


def test_the_same_seed_gives_the_same_results(quick):
    _, ((_, first), (_, second)) = quick
    assert first == second


def test_results_add_up(quick):
    out, _ = quick
    results = json.loads((out / "results.json").read_text(encoding="utf-8"))
    confusion = np.array(results["confusion"])
    assert results["seed"] == 3
    assert confusion.sum() == results["held_out"] == 445
    assert confusion.trace() == results["right"]
    assert results["accuracy"] == pytest.approx(results["right"] / 445, abs=1e-6)
    inputs, hidden, scores = results["layers"]
    assert results["parameters"] == (inputs + 1) * hidden + (hidden + 1) * scores
    assert results["accuracy"] > 0.6  # even the small one, after a few seconds


def test_the_log_is_short_and_says_what_happened(quick):
    _, ((done, _), _) = quick
    lines = done.stdout.splitlines()
    assert len(lines) < 80
    assert "\x1b" not in done.stdout
    assert re.search(r"a +2 +64 +64 .* ok", done.stdout)
    assert "∂(a·b)/∂a = b = 3" in done.stdout
    assert "held-out" in done.stdout
    assert "micrograd-lab lab" in done.stdout
    assert "index.html" in done.stdout
    assert done.stderr == ""


def test_the_page_is_whole_and_needs_nothing_but_its_neighbours(quick):
    out, _ = quick
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "$" not in re.sub(r"base64,[^\"']*", "", page)
    assert page.count("<img") == 6
    assert all(src.startswith("data:image/") for src in re.findall(r'src="([^"]*)"', page))
    for link in re.findall(r'href="([^"]*)"', page):
        assert (out / link).is_file()
    assert all(re.findall(r'<img[^>]*alt="([^"]+)"', page))


def test_ctrl_c_ends_a_tour_calmly(tmp_path):
    process = subprocess.Popen(
        [*TOUR, "--out", str(tmp_path / "out")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    with process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("training"):  # the first epoch is over, more are to come
                break
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.strip() == "Stopped, as you asked. What was written so far is whole."
    written = {p.name for p in (tmp_path / "out").iterdir()}
    assert written == {"steps.html", "expression.svg", "expression.png"}


# The folder.


def test_an_earlier_tour_is_written_over_and_other_things_are_refused(tmp_path):
    (tmp_path / "index.html").write_text("an earlier tour")
    assert tour_folder.open_folder(tmp_path) == tmp_path
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(FolderError, match="thesis"):
        tour_folder.open_folder(tmp_path)
    assert (tmp_path / "index.html").read_text() == "an earlier tour"
    assert {p.name for p in tmp_path.iterdir()} == {"index.html", "thesis.txt"}


def test_a_file_in_the_way_is_refused_and_kept(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(FolderError, match="this is a file"):
        tour_folder.open_folder(tmp_path / "out")
    with pytest.raises(FolderError, match="cannot write there"):
        tour_folder.open_folder(tmp_path / "out" / "below")
    assert (tmp_path / "out").read_text() == "mine"


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path):
    (tmp_path / "loss.png").write_text("old")

    def half(temporary: Path) -> None:
        temporary.write_text("ha")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tour_folder.write(tmp_path / "loss.png", half)
    assert [p.name for p in tmp_path.iterdir()] == ["loss.png"]
    assert (tmp_path / "loss.png").read_text() == "old"


def test_a_folder_that_vanished_is_a_clear_error(tmp_path):
    with pytest.raises(FolderError, match="could not be written"):
        tour_folder.write_text(tmp_path / "gone" / "index.html", "text")


def test_a_name_too_long_for_the_disk_is_a_clear_error(tmp_path):
    with pytest.raises(FolderError, match="cannot write there"):
        tour_folder.open_folder(tmp_path / ("x" * 5000))
