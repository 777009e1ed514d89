"""Twenty steps of every optimiser, and forty rates of every schedule, are PyTorch's."""

import json
import re
import warnings
from pathlib import Path

import numpy as np
import pytest

import micrograd_lab as lab
from tests.recorded.optimisers import path, rates, schedules, trainings

HOME = Path(__file__).parent
PATHS = json.loads((HOME / "optimisers.json").read_text(encoding="utf-8"))
RATES = json.loads((HOME / "schedules.json").read_text(encoding="utf-8"))
TOLERANCE = {"float64": 1e-9, "float32": 1e-4}


def test_every_case_has_an_answer_and_every_answer_a_case():
    assert list(PATHS) == trainings()
    assert list(RATES) == schedules()


@pytest.mark.parametrize(
    ("module", "answers", "base"),
    [
        (lab.optim, PATHS, lab.optim.Optimizer),
        (lab.optim.lr_scheduler, RATES, lab.optim.lr_scheduler.LRScheduler),
    ],
    ids=["optimisers", "schedules"],
)
def test_every_public_name_has_a_case(module, answers, base):
    public = {n for n, c in vars(module).items() if isinstance(c, type) and n[0].isupper()}
    asked = {word for case in answers for word in re.findall(r"\w+", case)}
    assert public - {base.__name__} <= asked


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("case", trainings())
def test_twenty_steps_lead_where_pytorch_s_lead(case, dtype):
    near = TOLERANCE[dtype]
    np.testing.assert_allclose(path(lab, case, dtype), PATHS[case], near, near)


@pytest.mark.parametrize("case", schedules())
def test_forty_rates_are_pytorch_s(case):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # LinearLR and others step once before the optimiser does
        found = rates(lab, case)
    np.testing.assert_allclose(found, RATES[case], 1e-11)
