"""Layers say, compute and pass back what PyTorch's do, from the same parameters and inputs."""

import inspect
import json
import re
import warnings
from pathlib import Path

import numpy as np
import pytest

import micrograd_lab as lab
from tests.recorded.layers import all_cases, answer

ANSWERS = json.loads(Path(__file__).with_name("layers.json").read_text(encoding="utf-8"))
BASES = {"Module", "RNNBase", "RNNCellBase"}  # not used by themselves
TENSORS = {"Parameter", "Buffer", "UninitializedParameter", "UninitializedBuffer"}
THEIR_FLOAT32 = ("CELU", "Hardsigmoid")  # PyTorch holds 1/alpha and 1/6 in float32


def test_every_case_has_an_answer_and_every_answer_a_case():
    assert list(ANSWERS) == all_cases()


def test_every_public_name_of_nn_has_a_case():
    public = {n for n, c in vars(lab.nn).items() if inspect.isclass(c) and n[0].isupper()}
    asked = {word for case in ANSWERS for word in re.findall(r"\w+", case)}
    assert public - BASES - TENSORS <= asked


@pytest.mark.parametrize("case", all_cases())
def test_it_agrees_with_what_pytorch_answered(case):
    expected = ANSWERS[case]
    found = asked(case, "float64")
    for key in ("text", "state", "shapes"):
        assert found[key] == expected[key], key
    near(found, expected, 1e-7 if case.startswith(THEIR_FLOAT32) else 1e-9)


@pytest.mark.parametrize("case", all_cases())
def test_it_agrees_in_float32_too(case):
    near(asked(case, "float32"), ANSWERS[case], 1e-4)


def asked(case, dtype):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of options that do nothing
        return answer(lab, case, dtype)


def near(found, expected, tolerance):
    """Every number; relative to the largest of its tensor, for some were added up."""
    outputs = zip(found["outputs"], expected["outputs"], strict=True)
    pairs = {f"output {k}": pair for k, pair in enumerate(outputs)}
    for key in ("grads", "buffers"):
        assert found[key].keys() == expected[key].keys()
        pairs |= {f"{key}, {k}": (found[key][k], v) for k, v in expected[key].items()}
    for what, (ours, theirs) in pairs.items():
        assert (ours is None) == (theirs is None), f"{what}: one of the two has none"
        if theirs:
            scale = max(1.0, np.abs(theirs).max())
            np.testing.assert_allclose(ours, theirs, tolerance, tolerance * scale, err_msg=what)
