"""Pictures of tensor graphs: shapes, rules, cuts, what was freed or overwritten, and who is a parameter."""

import html
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab import nn
from micrograd_lab.errors import DrawingError
from micrograd_lab.lens import draw


def network():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
    return net, net(torch.randn(2, 3)).square().mean()


def leaf(*numbers, label="x"):
    x = torch.tensor(numbers, requires_grad=True)
    x.label = label
    return x


def boxes(source):
    """What each box says, without markup."""
    labels = re.findall(r"^  (\w\d+(?:_\d+)?) \[label=<(.*?)> (?:fill|style)", source, re.MULTILINE)
    return {
        name: html.unescape(" ".join(re.sub(r"<[^>]*>", " ", label).split()))
        for name, label in labels
    }


def pills(source):
    return re.findall(r"^  e\d+_\d+ \[label=<([^>]*)>", source, re.MULTILINE)


def arrows(source, style):
    return re.findall(rf"^  (\w+) -> (\w+) \[.*style={style}", source, re.MULTILINE)


# What a box says.


def test_a_small_tensor_shows_its_numbers_and_a_large_one_its_shape_and_dtype():
    small, large = leaf(1.0, 2.0), torch.zeros(5, 7, requires_grad=True)
    assert boxes(draw(small * 2).source)["n0"] == "x data [1, 2] float32 2"
    assert boxes(draw(large * 2).source)["n0"] == "data float32 5×7"


def test_an_inner_result_is_shown_where_a_rule_kept_it():
    x = leaf(0.0, 1.0)
    source = draw((x * 3).exp().sum()).source
    assert "data [1, 20.09]" in boxes(source)["n2"]  # exp reads its own result
    assert boxes(source)["n1"] == "× data float32 2"  # nobody reads 3x


def test_a_gradient_is_shown_once_it_is_there_and_none_is_not_zero():
    x, unused = leaf(1.0, 2.0), leaf(5.0, label="unused")
    loss = (x * x).sum() + (unused * 0).sum()
    assert "grad" not in "".join(boxes(draw(loss).source).values())
    x.grad = torch.tensor([2.0, 4.0])
    said = "".join(boxes(draw(loss).source).values())
    assert "grad [2, 4]" in said
    assert "grad None" in said


def test_a_large_gradient_is_shown_by_its_norm():
    x = torch.ones(3, 12, requires_grad=True)
    (x * 2).sum().backward()
    assert "grad 3×12, norm 12" in boxes(draw(x * 2).source)["n0"]


def test_parameters_inputs_and_constants_differ_in_shape():
    net, _ = network()
    x = leaf(1.0, 2.0, 3.0)
    source = draw((net(x) * torch.ones(1)).sum(), model=net).source
    look = {
        name: line for line in source.splitlines() for name in re.findall(r"^  (\w+) \[la", line)
    }
    parameter = next(line for line in look.values() if "0.weight" in line)
    given = next(line for line in look.values() if "<B>x</B>" in line)
    constant = next(line for name, line in look.items() if name.startswith("c"))
    assert "shape=tab" in parameter
    assert 'style="rounded,filled"' in given
    assert 'style="filled,dashed"' in constant
    assert "shape=tab" not in given + constant


def test_nan_stands_on_red_in_an_array_too():
    x = leaf(1.0, -1.0)
    source = draw(x.log().exp().sum()).source
    assert re.search(r'BGCOLOR="#c1121f"[^>]*><FONT[^>]*><B>&#91;1, NaN&#93;</B>', source)


# What an arrow says.


def test_an_arrow_carries_the_rule_of_the_op_with_the_numbers_it_ran_with():
    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0, label="w")
    assert pills(draw(x * w).source) == ["ȳ·w", "ȳ·x"]
    assert pills(draw((x**2).mean()).source) == ["ȳ·2·x", "spread ȳ / 2"]
    assert pills(draw(x.softmax(0)).source) == []  # too long for an arrow


def test_a_letter_on_an_arrow_never_names_another_box():
    b, y = leaf(1.0, label="b"), leaf(2.0, label="y")
    y_squared, nameless = draw(y * y + b).source, draw((b * 1.0).exp() * (b * 2.0)).source
    assert pills(y_squared)[:2] == ["ȳ·y", "ȳ·y"]
    assert {"ȳ·a", "ȳ·p"} <= set(pills(nameless))
    constant = torch.tensor(3.0)
    constant.label = "a"
    assert {"ȳ·p", "ȳ·q"} <= set(pills(draw((b * 1.0).exp() * (b * 2.0) * constant).source))
    out = (y * 2.0).tanh()
    assert "ȳ·(1 − r²)" in pills(draw(out).source)
    out.label, y.label = "y", "x"
    assert "ȳ·(1 − y²)" in pills(draw(out).source)


def test_the_caption_explains_the_letters_that_occur_and_no_others():
    def caption(root, **part):
        return re.search(r"(ȳ: [^<]*)<BR", draw(root, **part).source)[1]

    x, w = leaf(1.0), leaf(2.0, label="w")
    arrives = "ȳ: the gradient that arrives at a box"
    assert caption(x * w) == f"{arrives}."
    assert caption((x * 2.0).sin()) == f"{arrives}; z: its input."
    assert caption((x * 2.0).exp() * (w * 2.0)) == f"{arrives}; y: its result; a, b: its inputs."
    assert caption((x * 2.0).sin().sum(), depth=1) == f"{arrives}."  # no arrow leads to sin


def test_broadcasting_is_summed_on_the_way_back_only_where_it_happened():
    W, b, x = (
        torch.ones(4, 3, requires_grad=True),
        torch.ones(4, requires_grad=True),
        torch.ones(2, 3),
    )
    assert pills(draw(nn.functional.linear(x, W, b)).source) == ["ȳᵀ @ a", "sum ȳ"]


def test_a_rule_reads_the_same_before_and_after_backward_frees_the_graph():
    W, b, x = (
        torch.ones(4, 3, requires_grad=True),
        torch.ones(4, requires_grad=True),
        torch.ones(2, 3),
    )
    loss = nn.functional.linear(x, W, b).sum()
    before = pills(draw(loss).source)
    loss.backward()
    assert pills(draw(loss).source) == before


def test_an_op_of_ones_own_has_no_formula_and_is_drawn_all_the_same():
    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    ElementTree.fromstring(draw(Twice.apply(leaf(1.0)).sum()).svg())


def test_the_more_gradient_an_arrow_carries_the_thicker_it_is():
    a, b = leaf(1.0, label="a"), leaf(1.0, label="b")
    loss = (a * 1000 + b).sum()
    loss.backward()
    source = draw(loss).source
    widths = [float(w) for w in re.findall(r"^  n\d -> e\S+ \[.*?penwidth=([\d.]+)", source, re.M)]
    assert max(widths) == 3.0
    assert min(widths) < 1.5
    assert "penwidth" not in "".join(re.findall(r" -> .*", draw(leaf(1.0) * 2).source))


# Cuts, and what befell a graph.


def test_a_detached_input_hangs_on_a_dashed_line_that_says_so():
    x = leaf(1.0, 2.0)
    h = x.tanh()
    source = draw((h * h.detach()).sum()).source
    assert arrows(source, "dashed") == [("n1", "n2")]
    assert "label=<detach()>" in source
    assert arrows(draw((h * x.detach()).sum()).source, "dashed") == [("n0", "n2")]


def test_a_note_of_where_it_was_cut_keeps_nothing_alive():
    import weakref

    x = leaf(1.0, 2.0)
    cut = x.detach()
    gone = weakref.ref(x)
    del x
    assert gone() is None
    y = leaf(1.0, 1.0, label="y") * cut
    source = draw(y).source
    assert "label=<detach()>" in source
    assert "data [1, 2] float32 2" in boxes(source).values()


def test_a_plain_input_is_a_constant_on_a_dashed_line():
    source = draw(leaf(1.0) * torch.tensor([4.0])).source
    assert boxes(source)["c1_1"] == "data [4] float32 1"
    assert arrows(source, "dashed") == [("c1_1", "n1")]
    assert "detach" not in source


def test_a_freed_graph_says_so_and_a_fresh_one_does_not():
    x = leaf(1.0, 2.0)
    loss = x.exp().sum()
    assert "freed" not in draw(loss).source
    loss.backward()
    picture = draw(loss)
    assert "Hollow ops: freed by backward()" in picture.source
    assert "freed by backward()" in picture.alt
    assert picture.source.count('STYLE="ROUNDED,DASHED"') == 1  # exp; sum had nothing to free


def test_an_overwritten_value_is_marked_where_it_will_be_missed():
    x = leaf(1.0, 2.0)
    h = x.exp()
    loss = h.sum()
    assert "now v1" not in draw(loss).source
    h.add_(1)
    assert "saved v0, now v1" in boxes(draw(loss).source)["n1"]


# Other graphs.


def test_the_backward_graph_runs_the_other_way_and_names_who_computes_what():
    x, w = leaf(3.0), leaf(2.0, label="w")
    loss = (x * w).sum()
    loss.label = "L"
    loss.backward(retain_graph=True)
    source = draw(loss, kind="backward").source
    said = boxes(source)
    assert said["n0"] == "SumBackward0 ∂L/∂L"
    assert said["n1"] == "MulBackward0 ∂L/∂v1 shape 1"
    assert {"into .grad ∂L/∂x grad [2]", "into .grad ∂L/∂w grad [3]"} <= set(said.values())
    assert pills(source) == ["spread ȳ", "ȳ·x", "ȳ·w"] or pills(source) == [
        "spread ȳ",
        "ȳ·w",
        "ȳ·x",
    ]
    assert re.search(r"^  n0 -> e1_0", source, re.MULTILINE)


def test_a_gradient_that_is_a_graph_itself_is_drawn_like_any_other():
    x = leaf(2.0)
    y = (x**3).sum()
    y.backward(create_graph=True)
    source = draw(x.grad).source
    assert "xʸ" in source
    assert "x data [2]" in boxes(source)["n0"]
    with pytest.raises(DrawingError, match=r"create_graph=True: draw\(x.grad\)"):
        draw(y, kind="higher")


def test_no_picture_changes_a_tensor():
    net, loss = network()
    before = [p.detach().numpy().copy() for p in net.parameters()]
    draw(loss, model=net).svg()
    draw(loss, model=net, kind="backward").svg()
    assert all(
        np.array_equal(a, p.detach().numpy()) for a, p in zip(before, net.parameters(), strict=True)
    )
    loss.backward()


CODE = """
import micrograd_lab as torch
from micrograd_lab import nn
from micrograd_lab.lens import draw
torch.manual_seed(0)
net = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0), 3)
loss = net(torch.randn(4, 2, 8)).square().mean()
loss.backward()
for options in ({}, {"model": net}, {"model": net, "fold": 3}, {"fold": True}, {"kind": "backward"}):
    print(draw(loss, **options).source)
"""


def test_two_processes_write_the_same_bytes():
    def run(seed):
        env = {**os.environ, "PYTHONHASHSEED": seed}
        return subprocess.run(
            [sys.executable, "-c", CODE], capture_output=True, env=env, check=True
        )

    first = run("1").stdout
    assert first == run("2").stdout
    assert first.count(b"digraph") == 5
    assert b" 0x" not in first


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["forward", "backward"])
def test_every_kind_is_laid_out_in_both_themes(theme, kind):
    net, loss = network()
    loss.backward()
    ElementTree.fromstring(draw(loss, model=net, theme=theme, kind=kind).svg())
