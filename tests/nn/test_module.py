"""What a module promises: names, order, state, copies, hooks, and errors that teach."""

import copy
import gc
import pickle
import weakref
from collections import OrderedDict

import pytest

import micrograd_lab as torch
from micrograd_lab import nn
from micrograd_lab.errors import DeviceError, DtypeError, HookError, StateError


class Line(nn.Module):
    def __init__(self, inside=2, outside=3):
        super().__init__()
        self.weight = nn.Parameter(torch.arange(float(inside * outside)).reshape(outside, inside))
        self.register_parameter("bias", None)
        self.register_buffer("seen", torch.zeros(1))
        self.register_buffer("scratch", torch.zeros(1), persistent=False)

    def forward(self, x):
        return x @ self.weight.T


class Forgot(nn.Module):
    def __init__(self):
        self.w = nn.Parameter(torch.ones(1))


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = Line(2, 2), Line(2, 2)
        self.b.weight = self.a.weight

    def forward(self, x):
        return self.b(self.a(x))


def test_names_come_in_the_order_of_registration_and_shared_ones_once():
    m = Tied()
    assert [n for n, _ in m.named_parameters()] == ["a.weight"]
    assert [n for n, _ in m.named_parameters(remove_duplicate=False)] == ["a.weight", "b.weight"]
    assert list(m.state_dict()) == ["a.weight", "a.seen", "b.weight", "b.seen"]
    assert [n for n, _ in m.named_modules(prefix="net")] == ["net", "net.a", "net.b"]


def test_a_part_that_is_set_again_keeps_its_place():
    m = Line()
    m.extra = nn.Parameter(torch.ones(1))
    m.weight = nn.Parameter(torch.ones(3, 2))
    assert [n for n, _ in m.named_parameters()] == ["weight", "extra"]
    del m.weight
    m.weight = nn.Parameter(torch.ones(3, 2))
    assert [n for n, _ in m.named_parameters()] == ["extra", "weight"]


def test_parts_are_ordinary_attributes_however_they_are_changed():
    m = Line()
    assert vars(m)["weight"] is m._parameters["weight"]
    m._parameters["weight"] = fresh = nn.Parameter(torch.ones(1))
    assert m.weight is fresh
    assert m._parameters.pop("weight") is fresh
    assert not hasattr(m, "weight")
    m._modules = OrderedDict(x=Line(), y=Line())
    assert m.x is m._modules["x"]
    m._modules = OrderedDict([("y", m.y)])
    assert not hasattr(m, "x")
    m._buffers |= {"seen": torch.ones(1)}
    assert m.seen.item() == 1


def test_a_module_that_nobody_holds_is_gone_at_once():
    gc.collect()
    gc.disable()
    try:
        m = Tied()
        m(torch.ones(1, 2)).sum().backward()
        refs = [weakref.ref(m), weakref.ref(m.a), weakref.ref(m.a.weight)]
        copied = copy.deepcopy(m)
        refs.append(weakref.ref(copied))
        del m, copied
        assert [r() for r in refs] == [None] * 4
    finally:
        gc.enable()


def test_what_cannot_be_set_says_what_can():
    m = Tied()
    with pytest.raises(TypeError, match=r"Line\.weight is a parameter.*nn\.Parameter\(tensor\)"):
        m.a.weight = torch.ones(2, 2)
    with pytest.raises(TypeError, match=r"Tied\.a is a module.*del it first"):
        m.a = 3
    with pytest.raises(AttributeError, match=r"call super\(\).__init__\(\) before setting 'w'"):
        Forgot()
    with pytest.raises(KeyError, match="already has an attribute 'forward'"):
        m.register_buffer("forward", None)
    with pytest.raises(AttributeError, match="'Tied' object has no attribute 'c'"):
        m.c


def test_calling_without_init_or_forward_says_which_is_missing():
    class Forgot(nn.Module):
        def __init__(self):
            pass

        def forward(self, x):
            return x

    with pytest.raises(AttributeError, match=r"did not call super\(\).__init__\(\)"):
        Forgot()(1)
    with pytest.raises(NotImplementedError, match=r"has no forward\(\)"):
        nn.Module()(1)


def test_a_strict_load_lists_everything_and_copies_nothing():
    m = Tied()
    state = {k: x + 1 for k, x in m.state_dict().items()}
    before = {k: x.clone() for k, x in m.state_dict().items()}
    state["a.weight"] = torch.ones(5)
    state["c.weight"] = state.pop("b.seen")
    with pytest.raises(StateError) as error:
        m.load_state_dict(state)
    text = str(error.value)
    assert "missing in the state: b.seen." in text
    assert "unknown to the module: c.weight." in text
    assert "a.weight: the module has (2, 2), the state (5,)" in text
    assert all((m.state_dict()[k] == x).all() for k, x in before.items())


def test_a_loose_load_copies_what_fits_and_says_what_does_not():
    m = Line()
    found = m.load_state_dict({"weight": torch.ones(3, 2), "x": torch.ones(1)}, strict=False)
    assert found == (["seen"], ["x"])
    assert m.weight.sum().item() == 6
    with pytest.raises(StateError, match="of another shape"):
        m.load_state_dict({"weight": torch.ones(2)}, strict=False)
    assert repr(m.load_state_dict(m.state_dict())) == "<All keys matched successfully>"


def test_a_hook_can_rename_what_an_older_program_saved():
    m = Tied()
    state = m.state_dict()
    state["b.old"] = state.pop("b.weight") * 0 + 5

    def rename(module, state, prefix, *rest):
        state[prefix + "weight"] = state.pop(prefix + "old")

    m.b.register_load_state_dict_pre_hook(rename)
    m.load_state_dict(state)
    assert m.b.weight[0, 0].item() == 5
    assert "b.old" in state  # the caller's dict is not touched


def test_a_backward_after_a_load_notices_that_the_weights_changed():
    m = Tied()
    y = m(torch.ones(1, 2, requires_grad=True)).sum()
    m.load_state_dict(m.state_dict())
    with pytest.raises(RuntimeError, match=r"modified|changed"):
        y.backward()


def test_copies_are_their_own_and_what_was_shared_stays_shared():
    m = Tied()
    m.note = [1]
    deep, flat = copy.deepcopy(m), copy.copy(m)
    assert deep.a.weight is deep.b.weight is not m.a.weight
    assert deep.note == [1]
    assert deep.note is not m.note
    assert flat.a is m.a
    flat.a = Line()
    assert flat.a is not m.a
    deep.c = Line()
    assert "c" in dict(deep.named_children())
    assert "c" not in dict(m.named_children())


def test_a_module_is_not_pickled_and_the_error_says_what_to_save():
    with pytest.raises(TypeError, match=r"state_dict\(\), path\)"):
        pickle.dumps(Line())
    with pytest.raises(TypeError, match="a pickle can run any code"):
        pickle.dumps(nn.Module())


def test_other_precision_is_taken_in_place():
    m = Line()
    w = m.weight
    m.register_buffer("count", torch.zeros(1, dtype=torch.int64))
    m(torch.ones(1, 2)).sum().backward()
    assert m.double() is m
    assert m.weight is w
    assert (w.dtype, w.grad.dtype, m.count.dtype) == (torch.float64, torch.float64, torch.int64)
    with pytest.raises(DtypeError, match="only become floating"):
        m.to(torch.int32)
    with pytest.raises(DtypeError, match="half"):
        m.bfloat16()
    with pytest.raises(DeviceError, match="CPU"):
        m.cuda()
    with pytest.raises(DeviceError, match="state_dict"):
        m.share_memory()


def test_what_hooks_return_is_used_and_checked():
    m, x = Line(), torch.ones(1, 2, requires_grad=True)
    with m.register_full_backward_hook(lambda mod, gi, go: (gi[0] * 3,)):
        m(x).sum().backward()
    assert x.grad.tolist() == [[18.0, 27.0]]
    m.register_full_backward_hook(lambda mod, gi, go: (gi[0], gi[0]))
    with pytest.raises(HookError, match="returned 2 gradients for a grad_input of 1"):
        m(x).sum().backward()


def test_a_gradient_that_a_hook_keeps_does_not_grow_with_the_leaf():
    m, x, kept = Line(), torch.ones(1, 2, requires_grad=True), []
    m.register_full_backward_hook(lambda mod, gi, go: kept.append(gi[0]))
    for _ in range(2):
        m(x).sum().backward()
    assert [g.tolist() for g in kept] == [[[6.0, 9.0]]] * 2
    assert x.grad.tolist() == [[12.0, 18.0]]


def test_to_takes_a_memory_format_and_no_misspelt_word():
    m = Line()
    assert m.to("cpu", memory_format=torch.channels_last, non_blocking=True) is m
    with pytest.raises(TypeError, match="dtpye"):
        m.to(dtpye=torch.float64)


def test_hooks_run_in_order_and_are_gone_once_removed():
    m, seen = Line(), []
    first = m.register_forward_hook(lambda *a: seen.append("first"))
    m.register_forward_hook(lambda *a: seen.append("second"))
    m.register_forward_pre_hook(lambda *a: seen.append("before"))
    m.register_forward_hook(lambda *a: seen.append("earliest"), prepend=True)
    m(torch.ones(1, 2))
    first.remove()
    first.remove()
    m(torch.ones(1, 2))
    assert seen == ["before", "earliest", "first", "second", "before", "earliest", "second"]


def test_repr_shows_the_nesting():
    assert repr(Tied()) == "Tied(\n  (a): Line()\n  (b): Line()\n)"
