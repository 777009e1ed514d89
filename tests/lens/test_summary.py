"""The tables for the terminal: what is in a model, and what arrived where."""

import random
import subprocess
import sys

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab import MLP, nn
from micrograd_lab.errors import OptionError
from micrograd_lab.lens.overview import show_gradients, summary


def network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(4, 8), nn.ReLU(), nn.Sequential(nn.BatchNorm1d(8), nn.Linear(8, 2))
    )


def test_in_a_notebook_too_the_text_is_the_text(monkeypatch):
    """There rich would rather show than write."""
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    assert "1,450" in str(summary(nn.Linear(144, 10)))


def test_a_summary_says_shapes_counts_and_what_is_frozen():
    net = network()
    net[0].requires_grad_(False)
    net[2][1].bias.requires_grad_(False)
    assert str(summary(net, torch.zeros(3, 4))) == (
        "layer     kind          output   parameters\n"
        f"{57 * '─'}\n"
        "(model)   Sequential    (3, 2)\n"
        "  0       Linear        (3, 8)           40   frozen\n"
        "  1       ReLU          (3, 8)\n"
        "  2       Sequential    (3, 2)\n"
        "    0     BatchNorm1d   (3, 8)           16\n"
        "    1     Linear        (3, 2)           18   part frozen\n"
        "74 parameters, 32 trainable, 42 frozen; 296 bytes of weights\n"
        "training: 128 bytes more for their gradients"
    )


def test_it_counts_a_shared_parameter_once():
    net = nn.ModuleDict({"a": nn.Linear(3, 3, bias=False), "b": nn.Linear(3, 3, bias=False)})
    net["b"].weight = net["a"].weight
    assert sum(row.own for row in summary(net).rows) == 9


def test_it_leaves_the_model_as_it_was():
    net = network()
    net(torch.randn(5, 4)).sum().backward()
    before = {name: x.numpy().copy() for name, x in net.state_dict().items()}
    grads = [p.grad.numpy().copy() for p in net.parameters()]
    torch.manual_seed(3)
    expected = torch.rand(1).item()
    torch.manual_seed(3)
    summary(net, torch.randn(5, 4, generator=torch.Generator().manual_seed(0)))
    assert torch.rand(1).item() == expected
    assert all(module.training and module._hooks is None for module in net.modules())
    for name, x in net.state_dict().items():
        np.testing.assert_array_equal(x.numpy(), before[name])
    for p, grad in zip(net.parameters(), grads, strict=True):
        np.testing.assert_array_equal(p.grad.numpy(), grad)


def test_a_lazy_module_is_asked_to_see_an_input_first():
    net = nn.LazyLinear(3)
    with pytest.raises(OptionError, match="Call the model once"):
        summary(net, torch.zeros(1, 2))
    assert "Uninitialized" in type(net.weight).__name__  # and it did not see this one
    net(torch.zeros(1, 2))
    assert summary(net).rows[0].own == 9


def test_an_mlp_of_values_has_a_row_for_each_layer():
    text = str(summary(MLP(2, [4, 1], random.Random(0))))
    assert [line.split() for line in text.splitlines()[3:5]] == [
        ["0", "Layer", "4", "12"],
        ["1", "Layer", "1", "5"],
    ]
    assert "17 parameters" in text


def test_what_has_no_layers_is_refused():
    for tool in (summary, show_gradients):
        with pytest.raises(OptionError, match="found function"):
            tool(lambda x: x)


def test_bars_fall_with_the_logarithm_and_troubles_are_named():
    net = nn.Sequential(*[nn.Linear(1, 1, bias=False) for _ in range(7)])
    net[6].requires_grad_(False)
    for k, value in enumerate((1.0, 1e-2, 1e-4, 0.0, float("nan"))):
        net[k].weight.grad = torch.full((1, 1), value)
    lines = str(show_gradients(net)).splitlines()[2:]
    assert [line.count("█") for line in lines] == [24, 18, 12, 0, 0, 0, 0]
    words = [line.replace("█", " ").split("Linear")[1].split() for line in lines]
    assert words == [
        *(["1"], ["0.01"], ["0.0001", "tiny"], ["0", "zero"], ["nan", "nan"]),
        *(["no", "gradient"], ["frozen"]),
    ]


def test_before_backward_it_says_what_to_do():
    assert str(show_gradients(network())).endswith("call loss.backward() first.")


def test_the_text_is_the_same_whatever_the_terminal_and_the_colours_are_for_rich():
    from rich.console import Console

    net = network()
    net(torch.randn(5, 4)).sum().backward()
    code = (
        "from micrograd_lab import nn; from micrograd_lab.lens.overview import summary;"
        "import sys; sys.stdout.reconfigure(encoding='utf-8'); print(summary(nn.Linear(2, 3)))"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PATH": "", **env}, capture_output=True, check=True
        ).stdout
        for env in ({"FORCE_COLOR": "1", "COLUMNS": "30"}, {"TERM": "dumb"}, {"NO_COLOR": "1"})
    }
    assert len(texts) == 1
    console = Console(force_terminal=True, width=80, color_system="256")
    with console.capture() as captured:
        console.print(show_gradients(net))
    assert "\x1b[" in captured.get()
    assert "\x1b[" not in str(show_gradients(net))
