"""Large graphs: folded by module and by repetition, a part of them, and a note of what is missing."""

import random
import re
import xml.etree.ElementTree as ElementTree

import pytest

import micrograd_lab as torch
from micrograd_lab import nn
from micrograd_lab.errors import DrawingError
from micrograd_lab.lens import draw
from micrograd_lab.lens.repeats import best_run
from micrograd_lab.scalar import Value


def encoder(layers):
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0)
    net = nn.TransformerEncoder(layer, layers) if layers else layer
    return net, net(torch.randn(4, 2, 8)).square().mean()


def titles(source):
    return re.findall(r'COLSPAN="2"><B>([^<]*)</B>', source)


def tangle(count):
    """Nodes that do not repeat themselves."""
    rng = random.Random(0)
    nodes = [Value(rng.random(), label=f"x{i}") for i in range(5)]
    while len(nodes) < count:
        a, b = rng.choice(nodes[-8:]), rng.choice(nodes[-30:])
        nodes.append(
            rng.choice([lambda a, b: a + b, lambda a, b: a * b, lambda a, b: (a - b).tanh()])(a, b)
        )
    return sum(nodes[-30:], Value(0.0))


def chain(length):
    y, step = Value(1.0, label="x"), Value(0.5, label="step")
    nodes = [y]
    for _ in range(length):
        nodes.append(nodes[-1] * step)
    return nodes


# Folded by module.


def test_a_transformer_block_folds_to_a_page():
    net, loss = encoder(0)
    loss.backward()
    picture = draw(loss, model=net)
    assert "self_attn" in titles(picture.source)
    assert {"norm1", "linear1", "linear2", "norm2"} <= set(titles(picture.source))
    assert len(re.findall(r"^  n\d+ \[", picture.source, re.MULTILINE)) <= 14
    width, height = (
        float(re.search(rf'{side}="([\d.]+)pt"', picture.svg())[1]) for side in ("width", "height")
    )
    assert width < 600
    assert height < 1200


def test_each_layer_of_a_stack_is_one_box_that_says_what_is_inside():
    net, loss = encoder(3)
    loss.backward()
    source = draw(loss, model=net).source
    assert titles(source) == [f"layers.{k}" for k in range(3)]
    assert source.count("TransformerEncoderLayer") == 3
    inside = sum(p.numel() for p in net.layers[0].parameters())
    assert source.count(f">{inside}<") == 3


def test_what_runs_between_two_layers_belongs_to_what_holds_both():
    net, loss = encoder(0)
    source = draw(loss, model=net, fold=1).source
    (attention,) = (line for line in source.splitlines() if "<B>self_attn</B>" in line)
    assert "attention" not in re.sub("<[^>]*>", " ", source).replace("self_attention", "")
    assert "ops" in attention


def test_the_fold_can_be_chosen_or_refused():
    net, loss = encoder(2)
    assert titles(draw(loss, model=net, fold=1).source) == ["layers"]
    assert "layers.0.self_attn" in titles(draw(loss, model=net, fold=3).source)
    assert "layers.0.norm1.weight" in titles(draw(loss, model=net, fold=False).source)
    with pytest.raises(DrawingError, match="model=net"):
        draw(loss, fold=2)


def test_a_parameter_shared_by_two_modules_stays_outside_of_both():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 3))
    net[2].weight = net[0].weight
    source = draw(net(torch.ones(1, 3)).sum(), model=net, fold=1).source
    assert titles(source).count("0.weight") == 1


# Folded by repetition.


@pytest.mark.parametrize(
    ("tokens", "run"),
    [
        ([1, 2, 1, 2, 1, 2, 1, 2, 3], (0, 2, 4)),
        ([9, *[1, 2, 3] * 5, 1], (1, 3, 5)),
        ([1, 2, 3, 4, 5, 6, 7], None),
        ([1, 1], None),
    ],
)
def test_the_best_run_is_the_one_that_leaves_the_least(tokens, run):
    assert best_run(tokens) == run


def test_a_repeated_block_is_drawn_once_in_a_frame_with_its_number():
    y = Value(0.5, label="x")
    w = Value(0.9, label="w")
    for _ in range(12):
        y = (y * w).tanh()
    source = draw(y, fold=True).source
    assert "<B>×12</B>" in source
    assert source.count("subgraph") == 1
    assert len(re.findall(r"^  n\d+ \[", source, re.MULTILINE)) == 4
    assert len(re.findall("style=dashed constraint=false", source)) == 1  # on to the next round
    ElementTree.fromstring(draw(y, fold=True).svg())


def test_layers_of_a_folded_model_are_drawn_once_where_there_are_many():
    net, loss = encoder(14)
    loss.backward()
    source = draw(loss, model=net).source
    assert "<B>×14</B>" in source
    assert titles(source) == ["layers.0 … layers.13"]


def test_a_small_graph_is_never_folded_unasked():
    assert "subgraph" not in draw(chain(30)[-1]).source


# A part of a graph.


def test_around_shows_both_what_a_node_was_made_of_and_what_was_made_of_it():
    nodes = chain(40)
    source = draw(nodes[-1], around=nodes[20], depth=1).source
    assert len(re.findall(r"^  n\d+ \[", source, re.MULTILINE)) == 4  # it, both neighbours, step
    assert "A graph of 42 nodes." in source
    assert source.count("penwidth=3.5") == 1
    x = torch.tensor([1.0], requires_grad=True)
    h = x * 2
    assert "xʸ" in draw((h + 1) ** 2, around=h).source


def test_around_a_stranger_is_refused():
    with pytest.raises(DrawingError, match="not part of the graph"):
        draw(chain(3)[-1], around=Value(1.0))


def test_what_does_not_fold_shows_the_part_nearest_to_the_root_and_says_so():
    picture = draw(tangle(5000))
    assert re.search(r"A graph of 5,\d\d\d nodes\. \d\d of 4,\d\d\d boxes", picture.alt)
    assert "draw(root, around=node)" in picture.source
    assert "peripheries=2" in picture.source
    ElementTree.fromstring(picture.svg())


def test_the_limit_is_the_callers():
    nodes = chain(30)
    assert "nearest to the root" in draw(nodes[-1], limit=10, fold=False).alt
    assert "nearest" not in draw(nodes[-1], limit=32, fold=False).alt
