"""The language models learn a text, are measured beside mere counting, and write on by themselves."""

import math
import signal
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread
from rich.console import Console
from typer.testing import CliRunner

import micrograd_lab as torch
from micrograd_lab import cli
from micrograd_lab.data import ByteTokenizer, CharTokenizer, corpus, read_text
from micrograd_lab.errors import SizeError, StateError
from micrograd_lab.examples import char_gpt, char_rnn, language
from micrograd_lab.examples.language import Counts, beginning, bits, by_counting, write_on
from micrograd_lab.examples.start import start
from micrograd_lab.examples.texts import open_text
from micrograd_lab.train import Interrupted, evaluate
from micrograd_lab.train.run import Run

MODELS = {
    "char-rnn": (char_rnn.CharRNN, char_rnn.BLOCK),
    "char-gpt": (char_gpt.GPT, char_gpt.BLOCK),
}
both = pytest.mark.parametrize("name", MODELS)


@pytest.fixture(autouse=True)
def _brief(monkeypatch):
    """A trained model writes a line, not a page."""
    monkeypatch.setattr(language, "LENGTH", 30)


def quick(name, out, *, seed=0, steps=3, resume=False, **options):
    console = Console(quiet=True)
    return start(name, out, seed=seed, quick=True, resume=resume, console=console, steps=steps,
                 **options)  # fmt: skip


def saved_model(name, path):
    known = torch.load(path)
    tokenizer = CharTokenizer.from_state_dict(known["tokenizer"])
    model = MODELS[name][0](tokenizer.vocab_size)
    model.load_state_dict(known["model"])
    return model, tokenizer


def file(folder, text, name="mine.txt"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@both
def test_an_example_leaves_a_picture_and_weights_and_says_where(name, tmp_path):
    words = ["example", name, "--quick", "--out", str(tmp_path)]
    done = CliRunner().invoke(cli.app, words)
    assert done.exit_code == 0, done.output
    files = {f"{name}.png", f"{name}.npz", f"{name}.checkpoint.npz"}
    assert {p.name for p in tmp_path.iterdir()} == files
    assert f"picture: {tmp_path / name}.png" in done.output.replace("\n", "")
    picture = imread(tmp_path / f"{name}.png")
    assert picture.shape == (704, 1760, 4)
    left, right = picture[:, :850, :3], picture[:, 900:, :3]
    assert all((part < 0.5).any(2).mean() > 0.002 for part in (left, right))  # neither is blank


@both
def test_the_line_says_what_the_saved_weights_and_counting_measure(name, tmp_path):
    result = quick(name, tmp_path)
    model, tokenizer = saved_model(name, result.weights)
    text = open_text(None, MODELS[name][1], quick=True)
    assert tokenizer.characters == text.tokenizer.characters
    assert result.value == evaluate(model, text.exam(), bits)["loss"]
    counted = by_counting(text)
    assert f"{name}: {result.value:.3f} bits per character" in result.line
    assert f"bigram model {counted['bigram']:.3f}" in result.line
    assert f"unigram model {counted['unigram']:.3f}" in result.line


@both
def test_the_same_seed_gives_the_same_files_and_another_seed_others(name, tmp_path):
    first, again, other = (
        quick(name, tmp_path / str(i), seed=seed) for i, seed in enumerate((3, 3, 4))
    )
    assert first.line == again.line
    for file in ("weights", "picture"):
        content = [getattr(r, file).read_bytes() for r in (first, again, other)]
        assert content[0] == content[1] != content[2], file


@both
def test_a_run_that_was_stopped_and_resumed_equals_an_uninterrupted_one(
    name, tmp_path, monkeypatch
):
    whole = quick(name, tmp_path / "whole", steps=6)
    stepped = Run.stepped

    def with_ctrl_c(run):
        stepped(run)
        if run.step == 4:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Run, "stepped", with_ctrl_c)
    with pytest.raises(Interrupted, match=r"--steps 6 --resume$"):
        quick(name, tmp_path / "parts", steps=6)
    parts = quick(name, tmp_path / "parts", steps=6, resume=True)
    assert parts.line == whole.line
    assert parts.weights.read_bytes() == whole.weights.read_bytes()
    assert parts.picture.read_bytes() == whole.picture.read_bytes()


@both
def test_what_no_bigram_can_know_is_learned(name, tmp_path):
    """After a comes b or c, in turn: one bit for a bigram model, none for a memory."""
    path = file(tmp_path, "abac" * 500)
    result = quick(name, tmp_path / "out", text=path, steps=60)
    counted = by_counting(open_text(path, MODELS[name][1], quick=True))
    assert counted["bigram"] == pytest.approx(0.5, abs=0.01)
    assert result.value < 0.1


@both
def test_no_score_depends_on_a_later_character(name):
    make, block = MODELS[name]
    torch.manual_seed(0)
    model = make(7)
    ids = torch.randint(0, 7, (2, block))
    changed = ids.clone()
    changed[:, 20] = (changed[:, 20] + 1) % 7
    with torch.no_grad():
        before, after = model(ids).numpy(), model(changed).numpy()
    assert before.shape == (2, block, 7)
    assert np.array_equal(before[:, :20], after[:, :20])
    assert (before[:, 20:] != after[:, 20:]).any(-1).all()  # and each from there on does


def test_counting_is_what_counting_by_hand_gives(tmp_path):
    path = file(tmp_path, corpus()[:3000])
    text = open_text(path, 48, quick=False)
    words = read_text(path)
    learn, judge = words[:2700], words[2700:]
    size = len(set(words))
    single = Counter(learn[1:])
    pairs = Counter(pairwise(learn))
    firsts = Counter(learn[:-1])
    judged = 48 * math.ceil((300 - 48) / 48)  # whole blocks, and the character after each place
    pairs_judged = list(pairwise(judge[: judged + 1]))
    unigram = [-math.log2((single[b] + 1) / (2699 + size)) for _, b in pairs_judged]
    bigram = [-math.log2((pairs[a, b] + 1) / (firsts[a] + size)) for a, b in pairs_judged]
    counted = by_counting(text)
    assert counted["unigram"] == pytest.approx(np.mean(unigram), rel=1e-5)
    assert counted["bigram"] == pytest.approx(np.mean(bigram), rel=1e-5)


def test_the_part_to_judge_by_is_no_part_to_learn_from():
    text = open_text(None, 48, quick=True)
    whole = text.tokenizer.decode(text.learn) + text.tokenizer.decode(text.judge)
    assert whole == corpus()[:20_000]
    seen = [x for batch in text.batches(8, 3, seed=0) for x in batch[0].tolist()]
    learned = text.learn.tolist()
    runs = {tuple(learned[i : i + 48]) for i in range(len(learned) - 47)}
    assert len(seen) == 24
    assert all(tuple(x) in runs for x in seen)


def test_a_long_text_is_judged_by_as_much_as_is_quickly_read(tmp_path):
    text = open_text(file(tmp_path, corpus()[:2000] * 200), 48, quick=False)
    assert len(text.exam().dataset) == 400
    assert len(text.judge) == 40_000


def test_writing_goes_on_from_the_beginning_of_a_line_by_the_chances_of_the_model():
    text = open_text(None, 48, quick=True)
    assert beginning(text) in corpus()[18_000:20_000].split("\n")[1]
    chances = Counts(text, after=True)
    written = write_on(chances, text, 200, seed=1)
    assert len(written) == 200
    assert written == write_on(chances, text, 200, seed=1) != write_on(chances, text, 200, seed=2)
    both_ends = beginning(text) + written
    seen = set(pairwise(corpus()))
    pairs = list(pairwise(both_ends))
    assert np.mean([p in seen for p in pairs]) > 0.9  # almost only what follows what, in the text


def test_a_text_of_many_different_characters_is_read_as_bytes(tmp_path):
    path = file(tmp_path, "".join(chr(0x4E00 + i % 300) for i in range(900)) + "\n$x$ \t_")
    assert isinstance(open_text(path, 48, quick=False).tokenizer, ByteTokenizer)
    result = quick("char-gpt", tmp_path / "out", text=path, steps=1)
    assert "bits per byte" in result.line
    assert imread(result.picture).shape == (704, 1760, 4)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        (b"", "there is no text in it"),
        (b" \n\n", "there is no text in it"),
        (b"too short", "9 characters are too few"),
        (b"\xff" * 3000, "is no utf-8"),
    ],
)
@both
def test_a_text_that_cannot_be_learned_is_said_in_one_line(name, content, said, tmp_path):
    path = tmp_path / "mine.txt"
    if content is not None:
        path.write_bytes(content)
    out = tmp_path / "out"
    words = ["example", name, "--quick", "--text", str(path), "--out", str(out)]
    done = CliRunner().invoke(cli.app, words)
    assert (done.exit_code, done.output.count("\n")) == (2, 1)
    assert said in done.output
    assert "mine.txt" in done.output
    assert not out.exists()


def test_a_folder_is_no_text(tmp_path):
    done = CliRunner().invoke(cli.app, ["example", "char-rnn", "--text", str(tmp_path)])
    assert (done.exit_code, done.output.count("\n")) == (2, 1)
    assert "cannot be read" in done.output


@both
def test_the_shortest_text_that_is_long_enough_is_enough(name, tmp_path):
    block = MODELS[name][1]
    enough = 10 * (block + 1)
    words = corpus()[:enough]
    assert open_text(file(tmp_path, words), block, quick=False).judge.shape == (block + 1,)
    with pytest.raises(SizeError, match=f"at least {enough}"):
        open_text(file(tmp_path, words[:-1]), block, quick=False)


def test_going_on_with_another_text_is_refused_and_changes_nothing(tmp_path):
    path = file(tmp_path, corpus()[:2000])
    out = tmp_path / "out"
    quick("char-rnn", out, text=path)
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    file(tmp_path, corpus()[:2000].replace("the", "thy"))
    with pytest.raises(StateError, match=r"mine\.txt, 2,000 characters"):
        quick("char-rnn", out, text=Path(path), resume=True)
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
