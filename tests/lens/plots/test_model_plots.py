"""Landscapes and spectra: what is drawn is what the model does."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

import micrograd_lab as torch
from lens.plots.every_plot import labels, line, network, run_of
from micrograd_lab import nn
from micrograd_lab.errors import NotANumberError, OptionError, ShapeError
from micrograd_lab.lens import plots

mpl.use("agg")


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


# --- landscapes -------------------------------------------------------------------------


class Recorded:
    """A loss that writes down the weights it is called with."""

    def __init__(self):
        self.weights = []

    def __call__(self, net):
        self.weights.append(plots.snapshot(net))
        return sum((p * p).sum() for p in net.parameters())


def test_random_directions_have_the_models_filter_norms_and_leave_biases():
    net, _, _ = network(3)
    loss = Recorded()
    plots.loss_landscape(net, loss, resolution=3, span=1.0)
    here = plots.snapshot(net)
    along = loss.weights[5]  # the middle row's last place: one step in the first direction
    for w, moved in zip(here, along, strict=True):
        if w.ndim == 2:
            lengths = [np.linalg.norm(a, axis=1) for a in (w, moved - w)]
            np.testing.assert_allclose(*lengths, rtol=1e-5)
        else:
            np.testing.assert_array_equal(moved, w)


def test_the_middle_of_the_map_is_the_model_and_a_seed_is_a_map():
    net, _, _ = network()
    maps = []
    for seed in (0, 0, 1):
        loss = Recorded()
        ax = plots.loss_landscape(net, loss, resolution=3, seed=seed)
        np.testing.assert_equal(loss.weights[4], plots.snapshot(net))
        maps.append(loss.weights)
    now = sum((w**2).sum() for w in plots.snapshot(net))
    assert f"loss {now:.3g}" in labels(ax)[-1]
    np.testing.assert_equal(maps[0], maps[1])
    assert not np.allclose(maps[0][0][0], maps[2][0][0])


def test_two_snapshots_are_the_directions_as_they_are():
    net, loss = line(), Recorded()
    pair = [[np.array([[1.0, 0.0]]), np.zeros(1)], [np.zeros((1, 2)), np.array([2.0])]]
    plots.loss_landscape(net, loss, directions=pair, resolution=3)
    np.testing.assert_allclose(loss.weights[0][0], [[0.0, 0.0]])  # 1 - 1
    np.testing.assert_allclose(loss.weights[0][1], [-2.0])


def test_a_run_is_drawn_from_its_start_to_the_model_in_its_own_plane():
    net, _, _ = network()
    run = run_of(net)
    loss = Recorded()
    ax = plots.loss_landscape(net, loss, directions=run, resolution=3)
    path = np.column_stack(ax.lines[0].get_data())
    np.testing.assert_allclose(path[-1], 0, atol=1e-6)
    flat = np.array([np.concatenate([w.ravel() for w in s]) for s in run])
    straight = np.linalg.norm(flat[0] - flat[-1])
    assert np.linalg.norm(path[0]) == pytest.approx(straight, rel=1e-6)  # two directions hold it
    corner, right, top = (loss.weights[k][0] for k in (0, 2, 6))
    u, v = (right - corner) / np.ptp(ax.get_xlim()), (top - corner) / np.ptp(ax.get_ylim())
    start = plots.snapshot(net)[0] + path[0, 0] * u + path[0, 1] * v
    np.testing.assert_allclose(start, run[0][0], atol=1e-4)  # the map and the path have one scale
    shares = [float(label.split()[2].rstrip("%")) for label in (ax.get_xlabel(), ax.get_ylabel())]
    assert shares[0] >= shares[1]
    assert sum(shares) == pytest.approx(100, abs=1)


def test_nan_on_the_map_is_red_stripes_and_nan_everywhere_is_refused():
    net = line()
    ax = plots.loss_landscape(net, lambda m: m.weight[0, 0].log(), resolution=5, span=2.0)
    assert mpl.colors.to_hex(ax.get_facecolor()) == "#c1121f"
    assert "nan or inf" in labels(ax)
    with pytest.raises(OptionError, match="nan or inf everywhere"):
        plots.loss_landscape(net, lambda m: m.weight.sum() * float("nan"), resolution=3)


@pytest.mark.parametrize(
    ("error", "words", "how"),
    [
        (OptionError, "'random'", {"directions": "pca"}),
        (OptionError, "at least 3", {"resolution": 2}),
        (OptionError, "two directions need two", {"directions": [plots.snapshot(line())]}),
        (OptionError, "all the snapshots are alike", {"directions": [plots.snapshot(line())] * 3}),
        (ShapeError, "one array for each parameter", {"directions": [[1.0], [2.0], [3.0]]}),
    ],
)
def test_directions_that_are_none_are_refused(error, words, how):
    with pytest.raises(error, match=words):
        plots.loss_landscape(line(), Recorded(), **how)


def test_a_loss_is_one_number_of_a_model_with_weights():
    with pytest.raises(NotANumberError, match="a loss is one number"):
        plots.loss_landscape(line(), lambda m: m.weight, resolution=3)
    with pytest.raises(OptionError, match="no parameters"):
        plots.loss_landscape(nn.Tanh(), Recorded())


# --- spectra ----------------------------------------------------------------------------


def values_at(ax, depth):
    """The singular values drawn as dots above one layer, from the largest on."""
    return np.sort(np.asarray(ax.collections[depth].get_offsets())[:, 1])[::-1]


def test_behind_linear_layers_the_values_are_those_of_the_product():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 5), nn.Linear(5, 3))
    ax = plots.jacobian_spectra(net, torch.randn(1, 4))
    a, b = (layer.weight.detach().numpy() for layer in net)
    for depth, matrix in enumerate((a, b @ a)):
        expected = np.linalg.svd(matrix, compute_uv=False)
        np.testing.assert_allclose(values_at(ax, depth), expected, rtol=1e-4)
    typical = np.exp(np.log(values_at(ax, 1)).mean())
    assert f"× {typical:.2g}" in ax.get_title(loc="left")


def test_dead_units_lower_the_rank():
    net = nn.Sequential(nn.Linear(3, 3), nn.ReLU())
    with torch.no_grad():
        net[0].weight.copy_(torch.eye(3))
        net[0].bias.copy_(torch.tensor([5.0, 5.0, -5.0]))
    ax = plots.jacobian_spectra(net, torch.zeros(2, 3))
    names = [tick.get_text() for tick in ax.get_xticklabels()]
    assert names == ["0 Linear\n3/3", "1 ReLU\n2/3"]


def test_a_dead_layer_is_said_to_pass_nothing():
    net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    with torch.no_grad():
        net[0].bias.fill_(-50.0)
    ax = plots.jacobian_spectra(net, torch.zeros(1, 2))
    assert ax.get_title(loc="left").endswith("No")
    (words,) = ax.texts
    assert words.get_text() == "all zero"
    assert ax.get_xlim()[0] < words.get_position()[0] < ax.get_xlim()[1]


def test_layers_come_in_the_order_in_which_they_run():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.last, self.first = nn.Linear(2, 2), nn.Linear(2, 2)

        def forward(self, x):
            return self.last(self.first(self.first(x).tanh()))

    ax = plots.jacobian_spectra(Twice(), torch.ones(1, 2))
    names = [tick.get_text().split()[0] for tick in ax.get_xticklabels()]
    assert names == ["first", "first", "last"]


def test_spectra_need_a_module_and_a_batch():
    with pytest.raises(OptionError, match="no Module"):
        plots.jacobian_spectra(lambda x: x, torch.ones(1, 2))
    with pytest.raises(ShapeError, match=r"a batch \(N, \.\.\.\)"):
        plots.jacobian_spectra(line(), torch.ones(2))
