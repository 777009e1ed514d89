"""A Recorder sees what happens, writes it down right, and leaves no trace in what it watches."""

import gc
import math
import random
import weakref

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab import MLP, nn, optim
from micrograd_lab.data import moons
from micrograd_lab.engine import Record
from micrograd_lab.errors import FileError, NotANumberError, OptionError
from micrograd_lab.lens.history import QUANTITIES, History
from micrograd_lab.lens.measures import binned, moments, norm
from micrograd_lab.lens.recorder import Recorder
from micrograd_lab.nn import functional as F
from micrograd_lab.train import fit
from micrograd_lab.utils.data import DataLoader, TensorDataset


def network(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Linear(2, 8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 2)
    )


def trained(net, steps=20, seen=None, each=lambda: None):
    """A plain loop; the recorder, if there is one, is entered and told the loss."""
    x, y = moons(40)
    optimizer = optim.Adam(net.parameters(), lr=0.05)
    torch.manual_seed(1)
    recorder = Recorder(net, optimizer, **seen) if seen is not None else None
    if recorder:
        recorder.__enter__()
    for _ in range(steps):
        loss = F.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if recorder:
            recorder.note(loss=loss)
        each()
    if recorder:
        recorder.__exit__()
    return recorder


# --- what it sees -----------------------------------------------------------------------


def test_norms_updates_and_ratios_are_those_of_the_loop():
    net = network()
    x, y = moons(40)
    optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    expected = {name: {q: [] for q in list(QUANTITIES)[:4]} for name, _ in net.named_parameters()}
    with Recorder(net, optimizer) as seen:
        for _ in range(5):
            optimizer.zero_grad()
            F.cross_entropy(net(x), y).backward()
            before = {name: p.detach().numpy().copy() for name, p in net.named_parameters()}
            optimizer.step()
            for name, p in net.named_parameters():
                size = np.linalg.norm(before[name])
                moved = np.linalg.norm(p.detach().numpy() - before[name])
                row = (np.linalg.norm(p.grad.numpy()), size, moved, moved / size)
                for quantity, value in zip(expected[name], row, strict=True):
                    expected[name][quantity].append(value)
    for name, quantities in expected.items():
        for quantity, values in quantities.items():
            np.testing.assert_allclose(seen.history[quantity][name], values, rtol=1e-4)


def test_activations_are_those_of_the_forward_pass_in_training_mode():
    net = network()
    x, y = moons(40)
    optimizer = optim.SGD(net.parameters(), lr=0.0)
    with Recorder(net, optimizer) as seen:
        hidden = net[0](x)
        net.eval()
        net(100 * x)  # a look at other data is not training
        with torch.no_grad():
            net.train()(100 * x)
        F.cross_entropy(net(x), y).backward()
        optimizer.step()
    pre = hidden.detach().numpy()
    assert seen.history["mean"]["0"] == pytest.approx(pre.mean(), rel=1e-4)
    assert seen.history["std"]["0"] == pytest.approx(pre.std(), rel=1e-4)
    assert seen.history["dead"]["1"] == pytest.approx((pre <= 0).all(0).mean())
    assert list(seen.history["mean"]) == ["0", "1", "3", "4", "5"]  # Dropout says nothing new


def test_dead_units_and_flat_curves_are_counted():
    net = nn.Sequential(nn.Linear(1, 4), nn.ReLU(), nn.Linear(4, 2), nn.Tanh(), nn.Linear(2, 1))
    with torch.no_grad():
        net[0].weight.fill_(1.0)
        net[0].bias.copy_(torch.tensor([5.0, 5.0, -5.0, -5.0]))
        net[2].weight.fill_(0.0)
        net[2].bias.copy_(torch.tensor([0.0, 9.0]))
    with Recorder(net) as seen:
        net(torch.linspace(-1, 1, 7)[:, None]).sum().backward()
        seen.step()
    assert seen.history["dead"]["1"].tolist() == [0.5]
    assert seen.history["saturated"]["3"].tolist() == [0.5]


def test_a_channel_is_dead_only_if_it_is_zero_everywhere():
    net = nn.Sequential(nn.Conv2d(1, 2, 1), nn.ReLU())
    with torch.no_grad():
        net[0].weight.fill_(1.0)
        net[0].bias.copy_(torch.tensor([0.0, -9.0]))
    x = torch.zeros(3, 1, 2, 2)
    x[0, 0, 1, 1] = 1.0
    with Recorder(net) as seen:
        net(x).sum().backward()
        seen.step()
    assert seen.history["dead"]["1"].tolist() == [0.5]


def test_a_parameter_without_gradient_is_nan_and_a_frozen_one_is_left_out():
    net = nn.ModuleDict({"used": nn.Linear(1, 1), "idle": nn.Linear(1, 1), "ice": nn.Linear(1, 1)})
    net["ice"].requires_grad_(False)
    with Recorder(net) as seen:
        net["used"](torch.ones(1, 1)).sum().backward()
        seen.step()
    norms = seen.history["gradient_norm"]
    assert math.isnan(norms["idle.weight"][0])
    assert norms["used.bias"].tolist() == [1.0]
    assert not any(name.startswith("ice") for name in norms)
    layers = seen.history.per_layer("gradient_norm")
    assert layers["used"] == pytest.approx(math.sqrt(2))
    assert math.isnan(layers["idle"][0])


def test_histograms_count_every_entry_of_outputs_and_gradients():
    seen = trained(network(), 5, {"histograms_every": 2})
    for what in ("activations", "gradients"):
        steps = seen.history.histogram_steps(what)
        assert steps["0"] == [1, 3, 5]
        counts, edges = seen.history.histogram(what, "0", 3)
        assert len(edges) == len(counts) + 1
        assert counts.sum() == 40 * 8 if what == "activations" else 0 < counts.sum() <= 40 * 8
    with pytest.raises(OptionError, match=r"Steps of it: 1, 3, 5"):
        seen.history.histogram("gradients", "0", 2)


def test_a_step_that_was_not_finished_leaves_nothing():
    net = network()
    with Recorder(net) as seen:
        net(torch.ones(3, 2)).sum().backward()
    assert len(seen.history) == 0
    assert seen.history.histogram_steps("activations") == {}


def test_an_mlp_of_values_is_watched_through_step():
    net = MLP(2, [3, 1], random.Random(0))
    first = [p.data for p in net.layers[0].parameters()]
    with Recorder(net) as seen:
        for _ in range(3):
            for p in net.parameters():
                p.grad = 0.0
            loss = (net([1.0, -2.0]) - 1.0) ** 2
            loss.backward()
            for p in net.parameters():
                p.data -= 0.1 * p.grad
            seen.step(loss=loss)
    assert list(seen.history["gradient_norm"]) == ["layers.0", "layers.1"]
    assert seen.history["weight_norm"]["layers.0"][0] == pytest.approx(np.linalg.norm(first))
    np.testing.assert_allclose(
        seen.history["update_norm"]["layers.1"], 0.1 * seen.history["gradient_norm"]["layers.1"]
    )
    assert seen.history["loss"][2] < seen.history["loss"][0]


# --- when -------------------------------------------------------------------------------


def test_by_default_the_first_hundred_steps_then_one_in_ten():
    net = nn.Linear(1, 1)
    with Recorder(net) as seen:
        for _ in range(130):
            seen.step()
    assert seen.history.steps.tolist() == [*range(1, 102), 111, 121, 128]  # 128: a histogram


def test_every_begins_with_the_first_step_and_notes_belong_to_recorded_steps():
    net = nn.Linear(1, 1)
    with Recorder(net, every=3, histograms_every=0) as seen:
        for k in range(8):
            seen.step(loss=k)
    assert seen.history.steps.tolist() == [1, 4, 7]
    assert seen.history["loss"].tolist() == [0, 3, 6]


def test_what_was_noted_late_has_nan_before():
    net = nn.Linear(1, 1)
    with Recorder(net) as seen:
        seen.step()
        seen.step(accuracy=np.float64(0.5))
        seen.step()
    np.testing.assert_array_equal(seen.history["accuracy"], [np.nan, 0.5, np.nan])


# --- no trace ---------------------------------------------------------------------------


@pytest.mark.parametrize("how", [{}, {"every": 3}, {"histograms_every": 1}])
def test_training_makes_the_same_numbers_with_it_and_without(how):
    alone, watched = network(), network()
    trained(alone)
    trained(watched, seen=how)
    for a, b in zip(alone.parameters(), watched.parameters(), strict=True):
        np.testing.assert_array_equal(a.detach().numpy(), b.detach().numpy())


def test_no_graph_outlives_its_step():
    net = network()
    x, y = moons(40)
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    gc.collect()
    before = sum(type(thing) is Record for thing in gc.get_objects())
    gc.disable()  # nothing may wait for the collector either
    try:
        with Recorder(net, optimizer, histograms_every=1) as seen:
            output = net(x)
            loss = F.cross_entropy(output, y)
            loss.backward()
            optimizer.step()
            seen.note(loss=loss)
            gone = weakref.ref(output), weakref.ref(loss)
            del output, loss
            assert [ref() for ref in gone] == [None, None]
            net(x)  # a forward pass without backward
            assert sum(type(thing) is Record for thing in gc.get_objects()) == before
    finally:
        gc.enable()


def test_afterwards_nobody_looks():
    net = network()
    seen = trained(net, 3, {})
    assert all(module._hooks is None for module in net.modules())
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    with pytest.raises(ZeroDivisionError), Recorder(net, optimizer):
        1 / 0
    assert optimizer._after == []
    assert all(module._hooks is None for module in net.modules())
    assert len(seen.history) == 3


def test_between_recorded_steps_the_layers_have_no_hooks():
    net = nn.Sequential(nn.Linear(1, 1), nn.ReLU())
    with Recorder(net, every=2, histograms_every=0) as seen:
        assert net[0]._hooks
        seen.step()
        assert net[0]._hooks is None
        seen.step()
        assert net[0]._hooks


# --- as a callback ----------------------------------------------------------------------


def fitted(folder, steps, recorder, net):
    x, y = moons(40)
    loader = DataLoader(
        TensorDataset(x, y), batch_size=8, shuffle=True, generator=torch.Generator().manual_seed(0)
    )
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    options = {"checkpoint": folder, "callbacks": [recorder], "progress": False}
    return fit(net, F.cross_entropy, optimizer, loader, steps=steps, seed=0, **options)


def test_fit_takes_it_as_a_callback_and_a_resumed_run_goes_on(tmp_path):
    whole = Recorder(net := network(), every=1)
    losses = fitted(tmp_path / "whole", 9, whole, net).losses
    assert whole.history["loss"].tolist() == losses
    assert all(module._hooks is None for module in net.modules())
    fitted(tmp_path / "parts", 4, Recorder(net := network(), every=1), net)
    second = Recorder(net := network(), every=1)
    fitted(tmp_path / "parts", 9, second, net)
    assert str(second.history) == str(whole.history)
    assert second.history.steps.tolist() == list(range(1, 10))


# --- the history ------------------------------------------------------------------------


def test_a_history_comes_back_from_its_file(tmp_path):
    seen = trained(network(), 6, {"histograms_every": 3}).history
    back = History.load(seen.save(tmp_path / "run.npz"))
    assert str(back) == str(seen)
    assert back.kinds == seen.kinds
    assert back.shapes == seen.shapes
    for quantity in QUANTITIES:
        for name, values in seen[quantity].items():
            np.testing.assert_array_equal(back[quantity][name], values)
    for mine, other in zip(
        seen.histogram("gradients", "3"), back.histogram("gradients", "3"), strict=True
    ):
        np.testing.assert_array_equal(mine, other)
    assert back.save(tmp_path / "again.npz").read_bytes() == (tmp_path / "run.npz").read_bytes()


def test_other_files_and_endings_are_refused(tmp_path):
    torch.save({"a": torch.ones(2)}, tmp_path / "weights.npz")
    with pytest.raises(FileError, match="no History"):
        History.load(tmp_path / "weights.npz")
    with pytest.raises(OptionError, match=r"saved as \.npz"):
        History().save(tmp_path / "run.txt")


def test_its_text_says_the_first_and_the_last():
    text = str(trained(network(), 4, {}).history)
    assert text.splitlines()[0] == "History of 4 recorded steps, 1 to 4"
    assert [line.split("  ")[0] for line in text.splitlines()[2:6]] == [
        *("loss", "0 gradient", "3 gradient", "5 gradient"),
    ]
    assert str(History()) == "History: no step yet"


def test_unknown_names_are_answered_with_the_known():
    seen = trained(network(), 2, {}).history
    with pytest.raises(OptionError, match=r"gradient_norm.*noted: loss"):
        seen["lost"]
    assert History()["dead"] == {}
    with pytest.raises(OptionError, match="the Recorder measures that"):
        seen.note("dead", 1.0)


def test_bad_arguments_are_refused():
    for how in ({"every": 0}, {"histograms_every": -1}):
        with pytest.raises(OptionError, match=next(iter(how))):
            Recorder(nn.Linear(1, 1), **how)
    with pytest.raises(OptionError, match="no parameters"), Recorder(nn.ReLU()):
        pass
    with Recorder(nn.Linear(1, 1)) as seen:
        seen.step()
        with pytest.raises(NotANumberError, match=r"note\(loss"):
            seen.note(loss=torch.ones(2))


# --- arithmetic -------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1.0, 1e-30, 1e30, 0.0])
def test_lengths_are_right_where_squares_leave_the_range(scale):
    x = np.array([[3.0, 0.0], [0.0, -4.0]], np.float32) * np.float32(scale)
    assert norm(x) == pytest.approx(5 * scale, rel=1e-6)


def test_lengths_of_broken_numbers_are_broken():
    assert math.isnan(norm(np.array([1.0, np.nan])))
    assert norm(np.array([1.0, -np.inf])) == math.inf
    assert norm(np.full(4, 300, np.float16)) == pytest.approx(600)


@pytest.mark.parametrize("shift", [0.0, 1e4])
def test_moments_are_those_of_numpy_even_far_from_zero(shift):
    x = (np.random.default_rng(0).standard_normal(1000) + shift).astype(np.float32)
    assert moments(x) == pytest.approx((x.astype(float).mean(), x.astype(float).std()), rel=1e-4)


def test_parts_are_those_of_numpy_and_broken_numbers_are_left_out():
    x = np.random.default_rng(0).standard_normal(500)
    counts, edges = binned(np.append(x, [np.nan, np.inf]))
    expected, theirs = np.histogram(x, 40)
    np.testing.assert_allclose(edges, theirs)
    assert abs(counts - expected).sum() <= 2  # an entry on an edge may fall on either side
    assert counts.sum() == 500
    assert binned(np.full(3, 2.0))[0].sum() == 3
    assert binned(np.array([np.nan]))[0].sum() == 0
