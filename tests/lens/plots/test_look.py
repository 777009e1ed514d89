"""Every plot: two themes, nothing cropped, the same bytes twice, no side effects, a light import."""

import io
import random
import subprocess
import sys

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.text import Text

import micrograd_lab as torch
from lens.plots.every_plot import EVERY, loss_of, network, run_of
from micrograd_lab.errors import DrawingError
from micrograd_lab.lens import plots
from micrograd_lab.lens.theme import DARK, LIGHT

mpl.use("agg")
every_plot = pytest.mark.parametrize("plot", EVERY, ids=lambda plot: plot.__name__)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@every_plot
@pytest.mark.parametrize(("theme", "colours"), [("light", LIGHT), ("dark", DARK)])
def test_it_asks_a_question_on_the_themes_paper(plot, theme, colours):
    ax = plot(theme=theme)
    assert "?" in ax.get_title(loc="left")
    assert ax.get_xlabel()
    assert ax.get_ylabel()
    assert mpl.colors.to_hex(ax.figure.get_facecolor()) == colours.paper
    assert mpl.colors.to_hex(ax.xaxis.label.get_color()) == colours.ink


@every_plot
def test_no_text_is_cropped(plot):
    figure = plot().figure
    figure.canvas.draw()
    page = figure.bbox
    for text in figure.findobj(Text):
        if not text.get_text() or not text.get_visible() or text.get_clip_on():
            continue
        where = text.get_window_extent()
        inside = where.x0 >= -1 and where.y0 >= -1 and where.x1 <= page.x1 + 1
        assert inside, text.get_text()
        assert where.y1 <= page.y1 + 1, text.get_text()


@every_plot
def test_it_draws_on_the_axes_it_is_given(plot):
    ax = plt.subplots()[1]
    assert plot(ax=ax) is ax
    assert len(plt.get_fignums()) == 1


@every_plot
def test_an_unknown_theme_is_refused(plot):
    with pytest.raises(DrawingError, match="'light' or 'dark'"):
        plot(theme="blue")


@every_plot
def test_twice_the_same_bytes(plot):
    def svg():
        page = io.BytesIO()
        with mpl.rc_context({"svg.hashsalt": "lab"}):
            plot().figure.savefig(page, format="svg", metadata={"Date": None})
        return page.getvalue()

    assert svg() == svg()


def test_the_look_does_not_hang_on_settings_made_before():
    with mpl.rc_context({"text.color": "red", "axes.labelcolor": "red", "axes.titlecolor": "red"}):
        ax = EVERY[-1](theme="dark")
    words = [t for t in ax.figure.findobj(Text) if t.get_text()]
    assert "red" not in [t.get_color() for t in words]


def state(net):
    """All of a model that a plot could change."""
    return {
        "weights": [p.detach().numpy().copy() for p in net.parameters()],
        "memory": [id(p.array) for p in net.parameters()],
        "gradients": [p.grad.numpy().copy() for p in net.parameters()],
        "buffers": [b.numpy().copy() for b in net.buffers()],
        "modes": [m.training for m in net.modules()],
        "hooks": [list((m._hooks or {}).get("after", ())) for m in net.modules()],
        "random": torch.random.get_rng_state().numpy().copy(),
        "python": random.getstate(),
        "numpy": np.random.get_state()[1].copy(),  # noqa: NPY002
    }


def disturbing(net):
    """A loss that does all that a loss should not do."""
    net.train()
    random.random()
    np.random.random()  # noqa: NPY002
    torch.rand(3)
    net[1].running_mean.add_(1.0)
    with torch.enable_grad():
        loss = loss_of(net)
        loss.backward()
    return loss


def boundary_of(net, x, y):
    plots.decision_boundary(net, x, y, resolution=10)


def landscape_of(net, x, y):
    plots.loss_landscape(net, disturbing, resolution=3)


def path_of(net, x, y):
    plots.loss_landscape(net, disturbing, directions=run_of(net), resolution=3)


def spectra_of(net, x, y):
    plots.jacobian_spectra(net, x[:2])


def broken_off(net, x, y):
    def loss(net):
        disturbing(net)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plots.loss_landscape(net, loss, resolution=3)


@pytest.mark.parametrize("use", [boundary_of, landscape_of, path_of, spectra_of, broken_off])
def test_the_model_and_the_random_numbers_are_as_they_were(use):
    net, x, y = network()
    before = state(net)
    use(net, x, y)
    after = state(net)
    for key, value in before.items():
        np.testing.assert_equal(after[key], value, err_msg=key)


def test_a_scalar_model_is_as_it_was():
    net = torch.MLP(2, [3, 1], random.Random(0))
    net([1.0, 2.0]).backward()
    before = [(p.data, p.grad) for p in net.parameters()]

    def loss(net):
        found = (net([1.0, 2.0]) - 1) ** 2
        found.backward()
        return found

    plots.loss_landscape(net, loss, resolution=3)
    assert [(p.data, p.grad) for p in net.parameters()] == before


def test_importing_the_plots_does_not_load_matplotlib():
    code = "import sys, micrograd_lab.lens.plots; print('matplotlib' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"
