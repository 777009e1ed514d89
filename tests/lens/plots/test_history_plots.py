"""Plots of a training run: what is drawn is what was recorded."""

import random

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

import micrograd_lab as torch
from lens.plots.every_plot import labels
from micrograd_lab import MLP, nn, optim
from micrograd_lab.data import moons
from micrograd_lab.errors import OptionError
from micrograd_lab.lens.history import History
from micrograd_lab.lens.plots.flow import gradient_norms
from micrograd_lab.lens.plots.histograms import histograms
from micrograd_lab.lens.plots.ratios import update_ratios
from micrograd_lab.lens.plots.saturation import saturation
from micrograd_lab.lens.recorder import Recorder
from micrograd_lab.lens.theme import THEMES
from micrograd_lab.nn import functional as F

mpl.use("agg")
OF_A_RUN = (gradient_norms, update_ratios, histograms, saturation)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def network(depth=1):
    torch.manual_seed(0)
    layers = [(nn.Linear(8, 8), nn.Tanh()) for _ in range(depth)]
    return nn.Sequential(
        nn.Linear(2, 8), nn.ReLU(), *[m for pair in layers for m in pair], nn.Linear(8, 2)
    )


def recorded(net=None, steps=8):
    net = net or network()
    x, y = moons(40)
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    with Recorder(net, optimizer, histograms_every=5) as seen:
        for _ in range(steps):
            optimizer.zero_grad()
            F.cross_entropy(net(x), y).backward()
            optimizer.step()
    return seen


def title(ax):
    return ax.get_title(loc="left")


def texts(ax):
    return [text.get_text() for text in ax.texts]


# --- all of them ------------------------------------------------------------------------


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("plot", OF_A_RUN)
def test_they_draw_on_the_axes_they_are_given_in_the_theme(plot, theme):
    _, ax = plt.subplots()
    assert plot(recorded(), ax=ax, theme=theme) is ax
    assert mpl.colors.to_hex(ax.get_facecolor()) == THEMES[theme].paper
    assert title(ax)
    assert ax.get_xlabel()
    assert ax.get_ylabel()
    ax.figure.canvas.draw()


@pytest.mark.parametrize("plot", OF_A_RUN)
def test_a_recorder_and_its_history_give_the_same_picture(plot):
    seen = recorded()
    lines = [
        [np.asarray(line.get_ydata()).tolist() for line in plot(of).lines]
        for of in (seen, seen.history)
    ]
    np.testing.assert_equal(*lines)


@pytest.mark.parametrize("plot", OF_A_RUN)
def test_a_history_without_steps_is_refused(plot):
    with pytest.raises(OptionError, match=r"nothing to show|no histogram"):
        plot(History())


@pytest.mark.parametrize("plot", [update_ratios, histograms, saturation])
def test_a_model_is_no_history(plot):
    with pytest.raises(OptionError, match="with Recorder"):
        plot(network())


# --- gradient norms ---------------------------------------------------------------------


def test_bars_are_as_high_as_each_layers_gradient_is_long():
    net = network()
    net(torch.ones(3, 2)).sum().backward()
    ax = gradient_norms(net)
    tops = [bar.get_y() + bar.get_height() for bar in ax.patches]
    expected = [
        np.linalg.norm(np.concatenate([p.grad.numpy().ravel() for p in net[k].parameters()]))
        for k in (0, 2, 4)
    ]
    np.testing.assert_allclose(tops, expected, rtol=1e-5)
    assert [t.get_text() for t in ax.get_xticklabels()] == ["0 Linear", "2 Linear", "4 Linear"]
    assert title(ax).endswith("Yes")


def test_layers_whose_gradient_is_missing_say_why():
    net = nn.Sequential(*[nn.Linear(2, 2) for _ in range(6)])
    net(torch.ones(1, 2)).sum().backward()
    net[0].requires_grad_(False).zero_grad()
    net[1].zero_grad()
    net[2].zero_grad(set_to_none=False)
    net[3].weight.grad.fill_(float("nan"))
    net[4].weight.grad.mul_(1e-9)
    net[4].bias.grad.zero_()
    ax = gradient_norms(net)
    assert [t for t in texts(ax) if t.isalpha() or " " in t] == [
        *("frozen", "no gradient", "zero", "nan"),
    ]
    assert [bool(bar.get_hatch()) for bar in ax.patches] == [True, False]  # tiny, well
    assert "hatched" in ax.get_xlabel()
    assert title(ax).endswith("Not well, in 4 of 6")


def test_bars_without_any_gradient_are_refused():
    with pytest.raises(OptionError, match=r"call loss\.backward\(\) first"):
        gradient_norms(network())


def test_an_mlp_of_values_has_a_bar_for_each_layer():
    net = MLP(2, [3, 1], random.Random(0))
    net([1.0, 2.0]).backward()
    ax = gradient_norms(net)
    norms = [np.linalg.norm([p.grad for p in layer.parameters()]) for layer in net.layers]
    tops = [bar.get_y() + bar.get_height() for bar in ax.patches]
    np.testing.assert_allclose(tops, norms)


def test_few_steps_are_drawn_each_and_many_as_a_median_in_a_ribbon():
    few = recorded(steps=8)
    ax = gradient_norms(few)
    rows = few.history.per_layer("gradient_norm")
    for line, values in zip(ax.lines, rows.values(), strict=True):
        np.testing.assert_allclose(line.get_ydata(), values)
    assert not ax.collections
    many = History()
    for step in range(1, 401):
        many.add_step(step, {("gradient_norm", "a.weight"): float(1 + step % 10)})
    ax = gradient_norms(many)
    assert len(ax.lines[0].get_ydata()) == 40
    np.testing.assert_allclose(ax.lines[0].get_ydata(), 5.5)
    (ribbon,) = ax.collections
    low, high = ribbon.get_paths()[0].vertices[:, 1].min(), ribbon.get_paths()[0].vertices.max(0)[1]
    assert (low, high) == pytest.approx((1.9, 9.1))


def test_gaps_are_named():
    history = History()
    for step, value in enumerate((1.0, float("nan"), 2.0), 1):
        history.add_step(step, {("gradient_norm", "a.weight"): value})
    (words,) = texts(gradient_norms(history))
    assert words.startswith("gaps: none, zero, nan or inf in a")


def test_of_many_layers_the_legend_names_the_ends_and_the_middle():
    ax = gradient_norms(recorded(network(8)))
    assert labels(ax) == ["0 Linear", "10 Linear", "18 Linear"]
    assert len(ax.lines) == 10


# --- ratios -----------------------------------------------------------------------------


def test_ratios_are_of_matrices_and_the_usual_size_is_in_sight():
    seen = recorded()
    ax = update_ratios(seen)
    assert labels(ax) == ["0.weight", "2.weight", "4.weight"]
    usual, *rows = (line.get_ydata() for line in ax.lines)
    assert set(usual) == {1e-3}
    np.testing.assert_allclose(rows[1], seen.history["update_ratio"]["2.weight"])
    low, high = ax.get_ylim()
    assert low < 1e-3 < high


def test_without_matrices_all_parameters_are_shown():
    history = History()
    history.add_step(1, {("update_ratio", "layers.0"): 0.01})
    history.shapes = {"layers.0": (6,)}
    assert labels(update_ratios(history)) == ["layers.0"]


# --- histograms -------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["activations", "gradients"])
def test_layers_stand_in_the_order_in_which_they_ran(what):
    ax = histograms(recorded(), what)
    names = [tick.get_text() for tick in ax.get_yticklabels()]
    assert names == ["0 Linear", "1 ReLU", "2 Linear", "3 Tanh", "4 Linear"]
    heights = list(ax.get_yticks())
    assert heights == sorted(heights, reverse=True)
    assert labels(ax) == ["step 6", "step 1"]


def test_the_outline_has_the_heights_of_the_counts():
    seen = recorded()
    counts, _ = seen.history.histogram("activations", "0", 6)
    ax = histograms(seen)
    now = next(line for line in ax.lines if line.get_label() == "step 6")
    shown = now.get_ydata()[1:-1:2] / now.get_ydata().max()
    full = counts.nonzero()[0]
    np.testing.assert_allclose(shown, counts[full[0] : full[-1] + 1] / counts.max())


def test_a_layer_of_which_nothing_can_be_shown_says_so():
    net = network()
    with torch.no_grad():
        net[2].weight.fill_(0.0)  # nothing passes back to the layers before
    ax = histograms(recorded(net, steps=1), "gradients")
    assert texts(ax) == ["all zero, nan or inf"] * 2


def test_other_kinds_and_steps_are_refused():
    with pytest.raises(OptionError, match="'activations' or 'gradients'"):
        histograms(recorded(), "weights")
    with pytest.raises(OptionError, match="Steps of it: 1, 6"):
        histograms(recorded(), step=3)


# --- saturation -------------------------------------------------------------------------


def test_dead_and_saturated_shares_are_in_percent():
    net = network()
    with torch.no_grad():
        net[0].bias[:6].fill_(-99.0)
        net[2].bias[:4].fill_(99.0)
    ax = saturation(recorded(net))
    assert labels(ax) == ["1 ReLU: dead", "3 Tanh: saturated"]
    dead, flat = (line.get_ydata() for line in ax.lines)
    assert dead[0] >= 75.0
    assert flat[0] >= 50.0
    assert title(ax).endswith(f"In 1 ReLU {dead[-1]:.0f} %")


def test_a_model_without_such_layers_is_told_that_functions_are_not_seen():
    with pytest.raises(OptionError, match=r"no nn\.ReLU"):
        saturation(recorded(nn.Linear(2, 2)))
