"""The plots take PyTorch's modules and tensors, show the same, and leave them as they were."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

import micrograd_lab as lab
from micrograd_lab.lens import plots

torch = pytest.importorskip("torch")
mpl.use("agg")


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def twins():
    """The same network in both."""
    nets = [
        t.nn.Sequential(t.nn.Linear(2, 6), t.nn.Tanh(), t.nn.Dropout(0.5), t.nn.Linear(6, 1))
        for t in (torch, lab)
    ]
    with torch.no_grad(), lab.no_grad():
        for i, (p, q) in enumerate(zip(*(net.parameters() for net in nets), strict=True)):
            values = np.random.default_rng(i).standard_normal(tuple(p.shape)).astype("f4")
            p.copy_(torch.tensor(values))
            q.copy_(lab.tensor(values))
    return nets


def drawn(ax):
    """Every number in the picture's shades, lines and dots."""
    paths = [path.vertices for c in ax.collections for path in c.get_paths()]
    offsets = [np.asarray(c.get_offsets()) for c in ax.collections]
    lines = [np.column_stack(line.get_data()) for line in ax.lines]
    return [np.asarray(a, float) for a in (*paths, *offsets, *lines)]


def boundary(net, t):
    x, y = lab.data.moons(20)
    return plots.decision_boundary(net, t.tensor(x.numpy()), t.tensor(y.numpy()), resolution=20)


def landscape(net, t):
    x = t.tensor([[0.5, -1.0], [1.0, 2.0]])
    return plots.loss_landscape(net, lambda m: m(x).square().mean(), resolution=7)


def spectra(net, t):
    return plots.jacobian_spectra(net, t.tensor([[0.5, -1.0], [1.0, 2.0]]))


def check(net, t):
    x = t.tensor([0.5, -1.0], dtype=t.float64)
    return plots.gradcheck_curve(lambda x: (x.sin() * x.exp()).sum(), x)


@pytest.mark.parametrize("plot", [boundary, landscape, spectra])
def test_both_packages_have_the_same_picture(plot):
    theirs, ours = (drawn(plot(net, t)) for net, t in zip(twins(), (torch, lab), strict=True))
    assert len(theirs) == len(ours)
    for a, b in zip(theirs, ours, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-2, atol=1e-3)


def test_pytorchs_gradient_passes_the_check():
    assert "Yes" in check(None, torch).get_title(loc="left")


@pytest.mark.parametrize("plot", [boundary, landscape, spectra])
def test_pytorchs_model_is_as_it_was(plot):
    net, _ = twins()
    net(torch.ones(3, 2)).sum().backward()
    net[2].eval()

    def state():
        return {
            "weights": [p.detach().numpy().copy() for p in net.parameters()],
            "memory": [p.data_ptr() for p in net.parameters()],
            "gradients": [p.grad.numpy().copy() for p in net.parameters()],
            "modes": [m.training for m in net.modules()],
            "hooks": [len(m._forward_hooks) for m in net.modules()],
            "random": torch.random.get_rng_state().numpy().copy(),
        }

    before = state()
    plot(net, torch)
    np.testing.assert_equal(state(), before)
