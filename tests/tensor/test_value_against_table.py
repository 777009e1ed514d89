"""The scalar engine states its derivatives in place; here they meet those of the op table."""

import math

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab import Value

POINTS = [(0.7, 1.9), (1.3, 0.4), (2.1, 2.6)]

PAIRS = {  # the same words on both engines
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
}
SINGLES = {
    "neg": lambda a: -a,
    "**3": lambda a: a**3,
    "**0.5": lambda a: a**0.5,
    "exp": lambda a: a.exp(),
    "log": lambda a: a.log(),
    "sqrt": lambda a: a.sqrt(),
    "sin": lambda a: a.sin(),
    "cos": lambda a: a.cos(),
    "tanh": lambda a: a.tanh(),
    "sigmoid": lambda a: a.sigmoid(),
    "relu": lambda a: (a - 1).relu(),
    "abs": lambda a: (a - 1).abs(),
}


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("name", PAIRS)
def test_two_inputs(name, point):
    check(PAIRS[name], point)


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("name", SINGLES)
def test_one_input(name, point):
    check(SINGLES[name], point[:1])


@pytest.mark.parametrize("point", [*POINTS, (1.5, 1.5)])
@pytest.mark.parametrize("larger", [True, False])
def test_the_larger_and_the_smaller_of_two(larger, point):
    on_values = Value.max if larger else Value.min
    on_tensors = torch.maximum if larger else torch.minimum
    compare(on_values, on_tensors, point)


def check(f, point):
    compare(f, f, point)


def compare(on_values, on_tensors, point):
    values = [Value(p) for p in point]
    y = on_values(*values)
    (y * 1.7).backward()
    tensors = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in point]
    t = on_tensors(*tensors)
    (t * 1.7).backward()
    assert math.isclose(y.data, t.item(), rel_tol=1e-14)
    np.testing.assert_allclose([v.grad for v in values], [t.grad.item() for t in tensors], 1e-13)
