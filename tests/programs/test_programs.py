"""PyTorch programs run with only their imports changed, and their losses fall as they do there."""

import json

import numpy as np
import pytest

from tests.programs.harness import DTYPES, NAMES, RECORDED, load, run, source_of, translated

# How much of its first loss each keeps at most: the last tenth of the steps against the first.
KEEPS = {
    "actor_critic": 0.3,
    "digits_conv": 0.4,
    "dqn": 0.05,
    "gan": 0.3,
    "gpt": 0.5,
    "lstm_lm": 0.5,
    "multitask": 0.2,
    "resnet": 0.4,
    "seq2seq": 0.1,
    "siamese": 0.2,
    "sine_lbfgs": 0.05,
    "transformer": 0.1,
    "vae": 0.7,
}


def recorded(name):
    """{"torch": version, "float64": losses, "float32": losses} of PyTorch."""
    return json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))


def assert_same_curve(found, expected, dtype):
    """In double precision to the last step; in single as far as rounding lets two runs be compared."""
    assert len(found) == len(expected)
    early, late = (1e-4, 1e-2) if dtype == "float32" else (1e-9, 1e-7)
    np.testing.assert_allclose(found[:20], expected[:20], rtol=early)
    np.testing.assert_allclose(found, expected, rtol=late, atol=1e-9)


def ends(losses):
    """The mean of the first and of the last tenth."""
    n = max(1, len(losses) // 10)
    return np.mean(losses[:n]), np.mean(losses[-n:])


def test_there_are_at_least_eight_programs_and_each_has_a_recording():
    assert len(NAMES) >= 8
    assert sorted(p.stem for p in RECORDED.glob("*.json")) == NAMES
    assert list(KEEPS) == NAMES
    assert {recorded(name)["torch"] for name in NAMES} == {"2.13.0"}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
def test_it_trains_as_it_does_in_pytorch(name, dtype):
    losses = run(name, "micrograd_lab", dtype)
    assert_same_curve(losses, recorded(name)[dtype], dtype)
    first, last = ends(losses)
    assert last < KEEPS[name] * first


def test_the_residual_network_trains_in_half_precision_as_in_single():
    half = run("resnet", "micrograd_lab", "float32", use_amp=True)
    np.testing.assert_allclose(half, recorded("resnet")["float32"], rtol=0.05)
    assert half != run("resnet", "micrograd_lab", "float32")


@pytest.mark.parametrize("name", NAMES)
def test_only_its_imports_change(name):
    before, after = source_of(name).split("\n"), translated(source_of(name)).split("\n")
    changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    assert changed
    for a, b in changed:
        assert a.startswith(("import torch", "from torch"))
        assert b.replace("micrograd_lab as torch", "torch").replace("micrograd_lab", "torch") == a


def test_a_text_that_names_torch_elsewhere_keeps_it():
    text = 'import torch\n\nprint("import torch", torch.ones(2))  # import torch'
    assert translated(text) == text.replace("import torch\n", "import micrograd_lab as torch\n", 1)


@pytest.mark.parametrize(
    "line", ["import torch.nn", "import torch as t, math", "import torch, math"]
)
def test_an_import_that_cannot_be_translated_is_refused(line):
    with pytest.raises(AssertionError, match="form that can be translated"):
        translated(line)


@pytest.mark.parametrize("name", NAMES)
def test_a_program_without_the_harness_trains_too(name):
    import micrograd_lab

    micrograd_lab.manual_seed(1)
    losses = load(name, "micrograd_lab").main(3)
    assert len(losses) >= 1
    assert np.isfinite([float(loss) for loss in losses]).all()
