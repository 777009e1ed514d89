"""Modules and parameters in sequences and dicts."""

from collections import OrderedDict

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab.errors import LabError
from micrograd_lab.nn.activation import ReLU, Tanh
from micrograd_lab.nn.containers import ModuleDict, ModuleList, Sequential
from micrograd_lab.nn.linear import Linear
from micrograd_lab.nn.module import Module
from micrograd_lab.nn.parameter import Parameter
from micrograd_lab.nn.parameter_containers import ParameterDict, ParameterList


class Plus(Module):
    def __init__(self, n):
        super().__init__()
        self.n = n

    def forward(self, x):
        return 10 * x + self.n

    def extra_repr(self):
        return f"{self.n}"


def numbers(modules):
    return [m.n for m in modules]


def test_a_sequential_hands_on_what_each_returns():
    assert Sequential(Plus(1), Plus(2), Plus(3))(0) == 123
    assert Sequential()(7) == 7
    assert Sequential(OrderedDict(first=Plus(4), second=Plus(5)))(0) == 45


CHANGES = {
    "append": lambda x, m: x.append(m),
    "insert": lambda x, m: x.insert(1, m),
    "insert before the last": lambda x, m: x.insert(-1, m),
    "extend": lambda x, m: x.extend([m, m]),
    "pop": lambda x, m: x.pop(2),
    "pop some": lambda x, m: x.__delitem__(slice(1, 3)),
    "delete": lambda x, m: x.__delitem__(0),
    "delete every other": lambda x, m: x.__delitem__(slice(None, None, 2)),
    "set": lambda x, m: x.__setitem__(-1, m),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("kind", [Sequential, ModuleList])
def test_sequences_change_as_lists_do_and_are_numbered_anew(kind, change):
    plain = [Plus(n) for n in range(4)]
    ours = kind(*plain) if kind is Sequential else kind(plain)
    extra = Plus(9)
    CHANGES[change](ours, extra), CHANGES[change](plain, extra)
    assert list(ours) == plain
    assert len(ours) == len(plain)
    assert list(ours._modules) == [str(i) for i in range(len(plain))]
    assert getattr(ours, str(len(plain) - 1)) is plain[-1]
    assert not hasattr(ours, str(len(plain)))
    assert ours[-1] is plain[-1]
    assert list(ours[1:3]) == plain[1:3]


def test_sequentials_add_and_multiply():
    a, b = Sequential(Plus(1), Plus(2)), Sequential(Plus(3))
    assert numbers(a + b) == [1, 2, 3]
    assert numbers(a * 2) == numbers(2 * a) == [1, 2, 1, 2]
    assert (a * 2)[2] is a[0]
    a += b
    assert numbers(a) == [1, 2, 3]
    a *= 2
    assert numbers(a) == [1, 2, 3, 1, 2, 3]
    assert numbers(ModuleList([Plus(1)]) + [Plus(2)]) == [1, 2]  # noqa: RUF005


def test_a_part_shares_its_modules():
    net = Sequential(Linear(2, 3), Tanh(), Linear(3, 1))
    part = net[:2]
    assert type(part) is Sequential
    assert part[0].weight is net[0].weight


def test_a_slice_of_named_modules_keeps_the_names():
    net = Sequential(OrderedDict(a=Plus(1), b=Plus(2), c=Plus(3)))
    assert list(net[1:]._modules) == ["b", "c"]
    assert net.b.n == 2


def test_parameters_below_are_found_under_dotted_names():
    net = ModuleDict({"body": ModuleList([Linear(2, 2), Linear(2, 2)]), "head": Linear(2, 1)})
    assert [k for k, _ in net.named_parameters()] == [
        "body.0.weight", "body.0.bias", "body.1.weight", "body.1.bias", "head.weight", "head.bias",
    ]  # fmt: skip


def test_module_lists_say_repeated_layers_once():
    layers = ModuleList([Linear(2, 2), Linear(2, 2), ReLU(), Linear(2, 2)])
    assert repr(layers) == (
        "ModuleList(\n"
        "  (0-1): 2 x Linear(in_features=2, out_features=2, bias=True)\n"
        "  (2): ReLU()\n"
        "  (3): Linear(in_features=2, out_features=2, bias=True)\n"
        ")"
    )
    assert repr(ModuleList()) == "ModuleList()"


def test_module_dicts_behave_like_dicts():
    d = ModuleDict({"b": Plus(1), "a": Plus(2)})
    d["c"] = Plus(3)
    d.update([("b", Plus(4))])
    assert list(d) == ["b", "a", "c"]
    assert numbers(d.values()) == [4, 2, 3]
    assert d.pop("a").n == 2
    assert "a" not in d
    assert len(d) == 2
    d.clear()
    assert len(d) == 0
    assert not list(d.children())
    with pytest.raises(KeyError):
        d["values"] = Plus(1)  # which would hide the method


def test_parameter_lists_train_what_is_in_them():
    scales = ParameterList([torch.ones(2), Parameter(torch.zeros(3), requires_grad=False), "note"])
    scales += [torch.full((1,), 2.0)]
    assert [k for k, _ in scales.named_parameters()] == ["0", "1", "3"]
    (scales[0].sum() * scales[-1].sum()).backward()
    assert scales[0].grad.tolist() == [2, 2]
    assert scales[3].grad.tolist() == [2]
    assert list(scales[::-1].state_dict()) == ["0", "2", "3"]
    assert repr(scales) == (
        "ParameterList(\n"
        "    (0): Parameter containing: [torch.float32 of size 2]\n"
        "    (1): Parameter containing: [torch.float32 of size 3]\n"
        "    (2): Object of type: str\n"
        "    (3): Parameter containing: [torch.float32 of size 1]\n"
        ")"
    )


def test_parameter_dicts_train_what_is_in_them():
    d = ParameterDict({"b": torch.ones(2), "a": torch.zeros(1)})
    d["c"] = torch.full((2,), 3.0)
    (d["b"] * d["c"]).sum().backward()
    assert d["b"].grad.tolist() == [3, 3]
    assert d["a"].grad is None
    assert list(d) == ["a", "b", "c"] == list(d.state_dict())
    assert (d | ParameterDict({"z": torch.ones(1)}))["b"] is d["b"]
    assert d.popitem()[0] == "c"
    assert d.get("c") is None
    with pytest.raises(KeyError):
        d["keys"] = torch.ones(1)
    with pytest.raises(KeyError):
        d["nothing"]


def test_state_goes_out_and_in():
    torch.manual_seed(0)
    a, b = (Sequential(Linear(3, 2), ModuleDict({"x": Linear(2, 2)})) for _ in range(2))
    b.load_state_dict(a.state_dict())
    for p, q in zip(a.parameters(), b.parameters(), strict=True):
        np.testing.assert_array_equal(p.array, q.array)
        assert not np.shares_memory(p.array, q.array)


@pytest.mark.parametrize(
    ("wrong", "kind", "words"),
    [
        (lambda: Sequential(Plus(1))[1], IndexError, "has 1 modules; there is no number 1"),
        (lambda: Sequential(Plus(1)).insert(3, Plus(2)), IndexError, "3"),
        (lambda: Sequential(Plus(1)).insert(0, len), TypeError, "builtin_function"),
        (lambda: Sequential(3), TypeError, "Module"),
        (lambda: Sequential(Plus(1)) + [Plus(2)], LabError, "Sequential"),  # noqa: RUF005
        (lambda: Sequential(Plus(1)) * 0, LabError, "at least once"),
        (lambda: Sequential(Plus(1)) * 1.5, TypeError, "integer"),
        (lambda: ModuleList(Plus(1)), TypeError, "found Plus"),
        (lambda: ModuleDict([1]), TypeError, "pair"),
        (lambda: ModuleDict(3), TypeError, "dict"),
        (lambda: ParameterList(torch.ones(2)), TypeError, "list"),
        (lambda: ParameterList([])[0], IndexError, "0 entries"),
        (lambda: ParameterList([])(1), RuntimeError, "forward"),
        (lambda: ParameterDict({})(1), RuntimeError, "ParameterDict is no layer"),
    ],
)
def test_errors_say_what_was_found(wrong, kind, words):
    with pytest.raises(kind, match=words):
        wrong()
