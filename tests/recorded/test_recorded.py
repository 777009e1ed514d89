"""micrograd_lab gives PyTorch's values, gradients, and gradients of gradients."""

import json
from pathlib import Path

import numpy as np
import pytest

import micrograd_lab
import micrograd_lab.nn.functional as functional
from tests.recorded.cases import all_cases, answer

ANSWERS = json.loads(Path(__file__).with_name("answers.json").read_text(encoding="utf-8"))


def test_every_case_has_an_answer_and_every_answer_a_case():
    assert list(ANSWERS) == all_cases()


@pytest.mark.parametrize("case", all_cases())
def test_it_agrees_with_what_pytorch_answered(case):
    expected, found = ANSWERS[case], answer(micrograd_lab, functional, case)
    assert (found["shape"], found["dtype"]) == (expected["shape"], expected["dtype"])
    _same(found["value"], expected["value"], "value")
    assert ("grads" in found) == ("grads" in expected), "one of the two has no gradient"
    for order in ("grads", "second"):
        if order in expected and order not in found:  # a second derivative that is zero everywhere
            found[order] = dict.fromkeys(expected[order])
        for name, values in expected.get(order, {}).items():
            ours = found[order][name]
            zero = np.zeros(np.size(ours if ours is not None else values))
            _same(
                zero if ours is None else ours,
                zero if values is None else values,
                f"{order}, {name}",
            )


def _same(found, expected, what):
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-9, err_msg=what)
