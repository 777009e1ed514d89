"""First weights: their spread, their fans, and the patterns."""

import math

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab import nn
from micrograd_lab.errors import LabError
from micrograd_lab.nn import init

MANY = (200, 30, 3, 3)  # 54,000 numbers: the standard deviation is known to about 0.3 %
FAN_IN, FAN_OUT = 30 * 9, 200 * 9


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


# fmt: off
SPREADS = [
    (init.uniform_, {"a": -1.0, "b": 3.0}, 1, 4 / math.sqrt(12)),
    (init.normal_, {"mean": 2.0, "std": 0.5}, 2, 0.5),
    (init.xavier_uniform_, {"gain": 2.0}, 0, 2 * math.sqrt(2 / (FAN_IN + FAN_OUT))),
    (init.xavier_normal_, {}, 0, math.sqrt(2 / (FAN_IN + FAN_OUT))),
    (init.kaiming_uniform_, {"nonlinearity": "relu"}, 0, math.sqrt(2 / FAN_IN)),
    (init.kaiming_uniform_, {"a": math.sqrt(5)}, 0, math.sqrt(1 / 3 / FAN_IN)),
    (init.kaiming_normal_, {"mode": "fan_out"}, 0, math.sqrt(2 / FAN_OUT)),
    (init.kaiming_normal_, {"a": 0.5}, 0, math.sqrt(2 / 1.25 / FAN_IN)),
    (init.kaiming_normal_, {"nonlinearity": "tanh"}, 0, 5 / 3 / math.sqrt(FAN_IN)),
]
# fmt: on


@pytest.mark.parametrize("case", range(len(SPREADS)))
def test_mean_and_spread_are_what_the_rule_says(case):
    fill, options, mean, std = SPREADS[case]
    w = fill(torch.empty(MANY), generator=seeded(case), **options).array
    assert abs(w.mean() - mean) < 0.03 * std
    assert abs(w.std() / std - 1) < 0.02


@pytest.mark.parametrize("fill", [init.uniform_, init.xavier_uniform_, init.kaiming_uniform_])
def test_uniform_weights_reach_their_bounds_and_stay_within(fill):
    w = fill(torch.empty(MANY, dtype=torch.float64), generator=seeded()).array
    low = 0 if fill is init.uniform_ else -1
    high = 1 if fill is init.uniform_ else w.std() * math.sqrt(3)
    assert low * high * 1.02 <= w.min() < low * high + 0.01
    assert 0.98 * high < w.max() <= 1.02 * high


TRUNCATED = [
    (0.0, 1.0, -2.0, 2.0),
    (0.0, 0.02, -2.0, 2.0),  # nothing is cut off
    (1.0, 0.5, 0.9, 1.2),  # a narrow piece
    (0.0, 1.0, 3.0, 9.0),  # a tail
    (0.0, 1.0, 8.0, 1e9),  # a tail where the normal distribution hardly ever comes
    (0.0, 1.0, -1e9, -0.7),
    (5.0, 2.0, -2.0, 2.0),
]


@pytest.mark.parametrize("case", TRUNCATED)
def test_truncated_normal_has_the_moments_of_its_density(case):
    mean, std, a, b = case
    w = init.trunc_normal_(torch.empty(40_000, dtype=torch.float64), *case, seeded(3)).array
    assert a <= w.min()
    assert w.max() <= b
    # the oracle adds up the density on a fine grid, where it is not negligible
    low, high = max(a, mean - 12 * std), min(b, mean + 12 * std)
    x = np.linspace(low, high, 400_001)
    density = np.exp(
        -(((x - mean) / std) ** 2) / 2 + (((np.clip(mean, a, b) - mean) / std) ** 2) / 2
    )
    density /= density.sum()
    wanted = (x * density).sum()
    spread = math.sqrt(((x - wanted) ** 2 * density).sum())
    assert abs(w.mean() - wanted) < 0.03 * spread
    assert abs(w.std() / spread - 1) < 0.03


def test_the_same_generator_gives_the_same_weights():
    for fill in (init.uniform_, init.normal_, init.trunc_normal_, init.orthogonal_):
        a, b, c = (fill(torch.empty(5, 4), generator=seeded(s)) for s in (1, 1, 2))
        assert torch.equal(a, b)
        assert not torch.equal(a, c)
    torch.manual_seed(4)
    a = init.xavier_normal_(torch.empty(5, 4))
    assert torch.equal(a, init.xavier_normal_(torch.empty(5, 4), generator=seeded(4)))


@pytest.mark.parametrize("shape", [(5, 5), (7, 3), (3, 7), (4, 2, 3, 3), (1, 6)])
@pytest.mark.parametrize("gain", [1.0, 0.5])
def test_orthogonal_rows_or_columns(shape, gain):
    w = init.orthogonal_(torch.empty(shape, dtype=torch.float64), gain, seeded()).array
    w = w.reshape(shape[0], -1)
    product = w @ w.T if w.shape[0] <= w.shape[1] else w.T @ w
    np.testing.assert_allclose(product, gain**2 * np.eye(min(w.shape)), atol=1e-12)


def test_random_rotations_favour_no_direction():
    firsts = [init.orthogonal_(torch.empty(2, 2), generator=seeded(i)).array for i in range(400)]
    assert np.abs(np.mean(firsts, axis=0)).max() < 0.15  # standard error 0.035
    assert 0.4 < np.mean([np.linalg.det(q) > 0 for q in firsts]) < 0.6


def test_sparse_columns_have_that_many_zeros_not_all_in_the_same_place():
    w = init.sparse_(torch.empty(40, 25), 0.3, std=2.0, generator=seeded()).array
    assert ((w == 0).sum(axis=0) == 12).all()
    assert len({tuple(np.flatnonzero(column == 0)) for column in w.T}) > 20
    assert abs(w[w != 0].std() / 2 - 1) < 0.1


def test_patterns():
    assert init.zeros_(torch.ones(2, 3)).tolist() == [[0] * 3] * 2
    assert init.ones_(torch.zeros(2)).tolist() == [1, 1]
    assert init.constant_(torch.zeros(2), 0.5).tolist() == [0.5, 0.5]
    assert init.eye_(torch.zeros(2, 3)).tolist() == [[1, 0, 0], [0, 1, 0]]


@pytest.mark.parametrize("groups", [1, 2])
def test_a_dirac_convolution_passes_on_its_input(groups):
    x = torch.randn(2, 4, 5, 6, generator=seeded())
    w = init.dirac_(torch.empty(4, 4 // groups, 3, 3), groups)
    assert torch.equal(nn.functional.conv2d(x, w, padding=1, groups=groups), x)


def test_fans_count_the_window_of_a_convolution():
    fans = init._calculate_fan_in_and_fan_out
    assert fans(torch.empty(7, 5)) == (5, 7)
    assert fans(torch.empty(7, 5, 3)) == (15, 21)
    assert fans(torch.empty(7, 5, 3, 2)) == (30, 42)
    assert init._calculate_correct_fan(torch.empty(7, 5, 3), "FAN_OUT") == 21


def test_what_is_trained_is_filled_unrecorded_and_backward_notices():
    w = nn.Parameter(torch.ones(3, 2))
    y = (w * w).sum()
    assert init.normal_(w) is w
    assert w.is_leaf
    assert w.requires_grad
    assert w.grad_fn is None
    with pytest.raises(RuntimeError, match="in place"):
        y.backward()


def test_nothing_to_fill_is_left_alone():
    for fill in (init.kaiming_uniform_, init.xavier_normal_, init.orthogonal_, init.trunc_normal_):
        assert fill(torch.empty(0, 3)).shape == (0, 3)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: init.xavier_uniform_(torch.empty(3)), r"at least 2 axes, found \(3,\)"),
        (lambda: init.eye_(torch.empty(2, 2, 2)), "2 axes"),
        (lambda: init.dirac_(torch.empty(2, 2)), "3 to 5 axes"),
        (lambda: init.dirac_(torch.empty(4, 2, 3), groups=3), "4 output channels"),
        (lambda: init.kaiming_normal_(torch.empty(2, 2), mode="fan"), "fan_in"),
        (lambda: init.calculate_gain("gelu"), "gelu"),
        (lambda: init.calculate_gain("leaky_relu", "steep"), "steep"),
        (lambda: init.sparse_(torch.empty(2, 2), 1.5), "1.5"),
        (lambda: init.trunc_normal_(torch.empty(2), a=1, b=1), "less than b"),
    ],
)
def test_errors_say_what_was_found(wrong, words):
    with pytest.raises(LabError, match=words):
        wrong()
