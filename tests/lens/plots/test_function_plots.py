"""Gradient checks, paths of optimisers, attention and confusion: the numbers behind the pictures."""

import math

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab import Value, optim
from micrograd_lab.errors import GradError, NotANumberError, OptionError, ShapeError
from micrograd_lab.lens import plots

mpl.use("agg")


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def texts(ax):
    return [text.get_text() for text in ax.texts]


# --- gradient checks --------------------------------------------------------------------


def curve(ax, which):
    return (np.asarray(data) for data in ax.lines[which].get_data())


def test_a_right_gradient_gives_errors_that_fall_as_h_and_as_h_squared():
    ax = plots.gradcheck_curve(lambda x: x.sin() * x.exp(), 1.3)
    for which, order, low, high in ((0, 1, 1e-6, 1e-2), (1, 2, 1e-4, 1e-2)):
        steps, error = curve(ax, which)
        part = (steps > low) & (steps < high)
        slope = np.polyfit(np.log10(steps[part]), np.log10(error[part]), 1)[0]
        assert slope == pytest.approx(order, abs=0.05)
    assert texts(ax) == ["error ∝ h", "error ∝ h²", "error ∝ 1/h"]
    assert "Yes" in ax.get_title(loc="left")


def test_the_forward_difference_misses_by_half_the_second_derivative_times_h():
    ax = plots.gradcheck_curve(lambda x: x**2, 3.0)
    steps, error = curve(ax, 0)
    assert error[steps == 0.01] == pytest.approx(0.01 / 6, rel=1e-6)  # h / f'(3)


class Cube(torch.autograd.Function):
    """Its backward is wrong by a thirtieth."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, upstream):
        (x,) = ctx.saved_tensors
        return upstream * 2.9 * x**2


def test_a_wrong_gradient_gives_a_floor_and_is_named():
    x = torch.tensor([1.3, 0.2], dtype=torch.float64)
    ax = plots.gradcheck_curve(lambda x: Cube.apply(x).sum(), x)
    assert "No: measured slopes stay 3% away" in ax.get_title(loc="left")
    assert any("the gradient is wrong" in t for t in texts(ax))


def test_an_engine_of_ones_own_can_be_checked():
    class Half(Value):
        """Its sin has half the slope that it should have."""

        __slots__ = ()

        def sin(self):
            return Value.sin(self) * 0.5 + math.sin(self.data) * 0.5

    assert "No" in plots.gradcheck_curve(lambda x: x.sin(), 1.0, engine=Half).get_title(loc="left")
    assert "Yes" in plots.gradcheck_curve(lambda x: x.cos(), 1.0, engine=Half).get_title(loc="left")


def test_a_corner_is_no_right_gradient_either():
    ax = plots.gradcheck_curve(lambda x: x.relu(), 0.0)
    assert "No" in ax.get_title(loc="left")
    assert any("corner" in t for t in texts(ax))


def test_where_f_ends_there_is_no_point_but_the_rest_is_drawn():
    ax = plots.gradcheck_curve(lambda x: x.log(), 0.5)
    steps, error = curve(ax, 1)
    assert np.isnan(error[steps >= 0.5]).all()
    assert np.isfinite(error[steps < 0.5]).all()
    assert "Yes" in ax.get_title(loc="left")


@pytest.mark.parametrize(("dtype", "finest"), [(torch.float64, 1e-8), (torch.float32, 1e-3)])
def test_a_tensor_is_checked_along_one_direction_in_its_own_precision(dtype, finest):
    x = torch.tensor([1.3, 0.2], dtype=dtype)
    ax = plots.gradcheck_curve(lambda x: (x.sin() * x.exp()).sum(), x)
    assert "Yes" in ax.get_title(loc="left")
    steps, error = curve(ax, 1)
    assert error.min() < finest
    assert steps.min() > np.finfo(dtype).eps
    assert x.grad is None
    assert not x.requires_grad


def test_what_has_no_gradient_is_refused():
    with pytest.raises(NotANumberError, match="a number, or a tensor"):
        plots.gradcheck_curve(lambda x: x, [1.0, 2.0])
    with pytest.raises(NotANumberError, match=r"use x\.float\(\)"):
        plots.gradcheck_curve(lambda x: x.sum(), torch.tensor([1, 2]))
    with pytest.raises(GradError):
        plots.gradcheck_curve(lambda x: x.detach().sum(), torch.tensor([1.0]))
    other = torch.ones(1, requires_grad=True)
    with pytest.raises(GradError, match="no gradient arrived at x"):
        plots.gradcheck_curve(lambda x: x.detach().sum() * other.sum(), torch.tensor([1.0]))


# --- trajectories -----------------------------------------------------------------------


def bowl(x, y):
    return x**2 / 2 + 4 * y**2


def path_of(ax, label):
    (found,) = (line for line in ax.lines if line.get_label().startswith(label))
    return np.column_stack(found.get_data())


def test_gradient_descent_takes_the_path_that_a_bowl_gives_it():
    ways = {"SGD": lambda p: optim.SGD(p, lr=0.1)}
    ax = plots.trajectories(bowl, ways, (-3, 1), steps=7)
    k = np.arange(8)
    expected = np.column_stack([-3 * 0.9**k, 0.2**k])
    np.testing.assert_allclose(path_of(ax, "SGD"), expected, atol=1e-12)


def test_what_diverges_is_called_outside_and_does_not_stretch_the_picture():
    ways = {
        "slow": lambda p: optim.SGD(p, lr=0.1),
        "wild": lambda p: optim.SGD(p, lr=30.0),
    }
    ax = plots.trajectories(bowl, ways, (-3, 1), steps=300)
    names = [t.get_text() for t in ax.get_legend().get_texts()]
    assert "(outside)" in names[1]
    assert "(outside)" not in names[0]
    assert -6 < ax.get_xlim()[0] < ax.get_xlim()[1] < 6


def test_an_optimiser_that_asks_for_a_closure_gets_one():
    ways = {"LBFGS": lambda p: optim.LBFGS(p, lr=0.5)}
    ax = plots.trajectories(bowl, ways, (-3, 1), steps=10)
    np.testing.assert_allclose(path_of(ax, "LBFGS")[-1], 0, atol=1e-2)


def test_places_without_a_height_are_red_stripes_and_a_plane_without_any_is_refused():
    ways = {"SGD": lambda p: optim.SGD(p, lr=0.01)}
    ax = plots.trajectories(lambda x, y: x.log() ** 2 + y**2, ways, (0.5, 1), box=(-1, 1, -1, 2))
    assert "nan or inf" in [t.get_text() for t in ax.get_legend().get_texts()]
    with pytest.raises(OptionError, match="nan or inf everywhere"):
        plots.trajectories(lambda x, y: (-(x**2) - y**2 - 1).log(), ways, (0.5, 1))


def test_a_box_says_what_is_shown():
    ways = {"SGD": lambda p: optim.SGD(p, lr=0.1)}
    ax = plots.trajectories(bowl, ways, (-3, 1), steps=2, box=(-4, 4, -2, 3))
    assert (ax.get_xlim(), ax.get_ylim()) == ((-4, 4), (-2, 3))


@pytest.mark.parametrize(
    ("error", "f", "ways", "start", "words"),
    [
        (ShapeError, bowl, {"SGD": lambda p: optim.SGD(p, lr=1)}, (1, 2, 3), r"it is \(x, y\)"),
        (OptionError, bowl, {"SGD": optim.SGD([torch.zeros(1)], lr=1)}, (1, 2), "a dict of func"),
        (OptionError, bowl, {}, (1, 2), "at least one"),
        (NotANumberError, lambda x, y: 1.0, {"SGD": lambda p: optim.SGD(p, lr=1)}, (1, 2), "same"),
        (ShapeError, lambda x, y: (x * y).sum(), {"SGD": lambda p: optim.SGD(p, lr=0)}, (1, 2),
         "entry by entry"),
    ],
)  # fmt: skip
def test_what_is_no_function_of_a_plane_is_refused(error, f, ways, start, words):
    with pytest.raises(error, match=words):
        plots.trajectories(f, ways, start, steps=2)


# --- attention --------------------------------------------------------------------------


def test_weights_are_written_and_masked_ones_are_dots():
    ax = plots.attention_map([[1.0, 0.0], [0.25, 0.75]], ["a", "b"])
    assert texts(ax) == ["1", ".25", ".75"]
    assert [line.get_xydata().tolist() for line in ax.lines] == [[[1.0, 0.0]]]


def test_rows_are_queries_and_columns_are_keys():
    ax = plots.attention_map(torch.full((2, 3), 1 / 3), "abc", queries=["x", " "])
    assert [t.get_text() for t in ax.get_xticklabels()] == ["a", "b", "c"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["x", "␣"]


def test_a_row_that_does_not_sum_to_one_is_pointed_out():
    assert "0.50" in plots.attention_map([[0.25, 0.25]], "ab", queries="x").get_title(loc="left")


@pytest.mark.parametrize(
    ("error", "weights", "words"),
    [
        (ShapeError, np.ones((1, 2, 2)), "Choose: weights"),
        (ShapeError, np.ones((3, 2)) / 2, "3, 2.*2 queries and 2 keys"),
        (OptionError, [[-1.0, 2.0], [0.5, 0.5]], "softmax"),
        (OptionError, [[math.nan, 1.0], [0.5, 0.5]], "nan"),
    ],
)
def test_what_is_no_attention_is_refused(error, weights, words):
    with pytest.raises(error, match=words):
        plots.attention_map(weights, "ab")


# --- confusion --------------------------------------------------------------------------


def cells(ax, count):
    """The drawn counts, by their places."""
    table = np.zeros((count, count), int)
    for text in ax.texts:
        if text.get_text().isdigit():
            column, row = text.get_position()
            table[row, column] = int(text.get_text())
    return table


def test_the_counts_are_those_of_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    draw = np.random.default_rng(0)
    truth, said = draw.integers(0, 4, (2, 100))
    ax = plots.confusion_matrix(truth, said)
    np.testing.assert_array_equal(cells(ax, 4), metrics.confusion_matrix(truth, said))


def test_scores_are_read_by_their_largest_and_classes_without_examples_have_a_row():
    scores = torch.tensor([[3.0, 0.0, 0.0], [0.0, 1.0, 0.0], [9.0, 1.0, 0.0]])
    ax = plots.confusion_matrix(torch.tensor([0, 1, 1]), scores)
    np.testing.assert_array_equal(cells(ax, 3), [[1, 0, 0], [1, 1, 0], [0, 0, 0]])
    assert [t for t in texts(ax) if "%" in t or t == "–"] == ["100%", "50%", "–"]
    assert "66.7%" in ax.get_title(loc="left")


@pytest.mark.parametrize(
    ("error", "truth", "said", "names", "words"),
    [
        (ShapeError, [0, 1], [0], None, "N of at least 1"),
        (OptionError, [0, 1], [0.3, 0.9], None, "whole numbers"),
        (OptionError, [0, -1], [0, 1], None, "from 0 on"),
        (ShapeError, [0, 2], [0, 1], ["a", "b"], "2 names, but a label is 2"),
    ],
)
def test_labels_that_do_not_fit_are_refused(error, truth, said, names, words):
    with pytest.raises(error, match=words):
        plots.confusion_matrix(truth, said, names)
