"""Decision boundaries: the line, the classes and the wrong points are the model's own."""

import random

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

import micrograd_lab as torch
from lens.plots.every_plot import labels, line
from micrograd_lab import MLP, nn
from micrograd_lab.data import moons
from micrograd_lab.errors import OptionError, ShapeError
from micrograd_lab.lens import plots

mpl.use("agg")


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def boundary(ax):
    """Where the drawn line crosses x1."""
    lines = [c for c in ax.collections if isinstance(c, mpl.contour.ContourSet) and not c.filled]
    return np.concatenate([path.vertices for c in lines for path in c.get_paths()])[:, 0]


CORNERS = [[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]]


def test_the_line_runs_where_the_score_is_zero():
    ax = plots.decision_boundary(line(shift=-0.25), CORNERS, [0, 0, 1, 1])
    np.testing.assert_allclose(boundary(ax), 0.25, atol=1e-6)
    assert "100.0%" in ax.get_title(loc="left")
    assert labels(ax) == ["class 0", "class 1"]


def test_probabilities_change_sides_at_a_half():
    net = nn.Sequential(line(slope=4.0, shift=2.0), nn.Sigmoid())
    np.testing.assert_allclose(
        boundary(plots.decision_boundary(net, CORNERS, [0, 0, 1, 1])), -0.5, atol=1e-2
    )


def test_a_threshold_moves_the_line_and_what_is_right():
    ax = plots.decision_boundary(line(), CORNERS, [0, 0, 1, 1], threshold=1.125)
    np.testing.assert_allclose(boundary(ax), 1.125, atol=1e-6)
    assert "50.0%" in ax.get_title(loc="left")


def test_wrong_points_are_ringed_and_counted():
    ax = plots.decision_boundary(line(), CORNERS, [0, 1, 1, 1])
    rings = ax.collections[-1]
    assert rings.get_offsets().tolist() == [[-1.0, 1.0]]
    assert labels(ax)[-1] == "wrong (1)"
    assert "75.0%" in ax.get_title(loc="left")


def test_two_outputs_have_the_boundary_of_their_difference():
    both = nn.Linear(2, 2)
    with torch.no_grad():
        both.weight.copy_(torch.tensor([[0.0, 0.0], [1.0, 0.0]]))
        both.bias.copy_(torch.tensor([0.25, 0.0]))
    ax = plots.decision_boundary(both, CORNERS, [0, 0, 1, 1])
    np.testing.assert_allclose(boundary(ax), 0.25, atol=1e-5)


def test_labels_of_minus_one_and_one_are_classes_too():
    ax = plots.decision_boundary(line(), CORNERS, [-1, -1, 1, 1])
    assert labels(ax) == ["class −1", "class 1"]
    assert "100.0%" in ax.get_title(loc="left")


def test_a_function_and_an_mlp_of_values_serve_as_models():
    ax = plots.decision_boundary(lambda x: x[:, 0] - 0.25, CORNERS, [0, 0, 1, 1])
    np.testing.assert_allclose(boundary(ax), 0.25, atol=1e-6)
    net = MLP(2, [1])
    for p, value in zip(net.parameters(), (1.0, 0.0, -0.25), strict=True):
        p.data = value
    ax = plots.decision_boundary(net, CORNERS, [0, 0, 1, 1])
    np.testing.assert_allclose(boundary(ax), 0.25, atol=1e-6)


def test_micrograds_own_mlp_serves_too():
    micrograd = pytest.importorskip("micrograd.nn")
    x, y = moons(12)
    random.seed(0)
    theirs = micrograd.MLP(2, [4, 1])
    ours = MLP(2, [4, 1], random.Random(0))
    drawn = [boundary(plots.decision_boundary(m, x, y)) for m in (theirs, ours)]
    np.testing.assert_allclose(*drawn, atol=1e-9)


@pytest.mark.parametrize(
    ("model", "x", "y", "words"),
    [
        (line(), [[1.0, 2.0, 3.0]], [0], r"\(1, 3\); a plane needs \(N, 2\)"),
        (line(), CORNERS, [0, 1], "4 points, so y is 4 whole numbers"),
        (line(), CORNERS, [0.5, 0, 1, 1], "whole numbers"),
        (line(), CORNERS, [0, 1, 2, 2], "3 classes in y"),
        (nn.Linear(2, 2), CORNERS, [0, 1, 2, 2], "2 outputs: classes 0 to 1"),
        (lambda x: x.sum(), CORNERS, [0, 0, 1, 1], r"expected one score each"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_reason(model, x, y, words):
    with pytest.raises(ShapeError, match=words):
        plots.decision_boundary(model, x, y)


def test_a_model_that_gives_nan_has_no_boundary():
    with pytest.raises(OptionError, match="nan or inf"):
        plots.decision_boundary(line(slope=float("nan")), CORNERS, [0, 0, 1, 1])
