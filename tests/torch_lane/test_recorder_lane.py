"""The Recorder watches a PyTorch module too, and sees what it sees of ours."""

import numpy as np
import pytest

import micrograd_lab as lab
from micrograd_lab.lens.history import QUANTITIES
from micrograd_lab.lens.overview import show_gradients, summary
from micrograd_lab.lens.recorder import Recorder

torch = pytest.importorskip("torch")


def watched(home, net, x):
    optimizer = home.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    with Recorder(net, optimizer, histograms_every=2) as seen:
        for _ in range(4):
            optimizer.zero_grad()
            loss = net(x).square().mean()
            loss.backward()
            optimizer.step()
            seen.note(loss=loss)
    return seen.history


def test_the_same_training_gives_the_same_history():
    def network(nn):
        layers = (nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 2))
        return nn.Sequential(*layers)

    lab.manual_seed(0)
    ours, theirs = network(lab.nn), network(torch.nn)
    theirs.load_state_dict({k: torch.tensor(x.numpy()) for k, x in ours.state_dict().items()})
    x = np.random.default_rng(0).standard_normal((16, 3)).astype(np.float32)
    mine, other = watched(lab, ours, lab.tensor(x)), watched(torch, theirs, torch.tensor(x))
    for quantity in QUANTITIES:
        assert mine[quantity].keys() == other[quantity].keys() != set()
        for name, values in mine[quantity].items():
            np.testing.assert_allclose(other[quantity][name], values, rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(other["loss"], mine["loss"], rtol=1e-4)
    assert mine.histogram_steps("gradients").keys() == other.histogram_steps("gradients").keys()
    assert str(summary(theirs, torch.tensor(x))) == str(summary(ours, lab.tensor(x)))
    heads = [str(show_gradients(net)).splitlines()[2][:9] for net in (ours, theirs)]
    assert heads == ["0 Linear "] * 2
