"""The same small programs with torch.nn.Module and with ours, and what each of them saw."""

import copy
import warnings
from collections import OrderedDict

import numpy as np
import pytest

import micrograd_lab

torch = pytest.importorskip("torch")
BOTH = (torch, micrograd_lab)


def numbers(t, *shape, seed=0, **kw):
    return t.tensor(np.random.default_rng([seed, *shape]).normal(size=shape).tolist(), **kw)


def kinds(t):
    """Classes that both sides build in the same way."""
    nn = t.nn

    class Line(nn.Module):
        def __init__(self, inside, outside, bias=True):
            super().__init__()
            self.weight = nn.Parameter(numbers(t, outside, inside))
            if bias:
                self.bias = nn.Parameter(numbers(t, outside, seed=1))
            else:
                self.register_parameter("bias", None)
            self.register_buffer("calls", t.zeros(1))
            self.register_buffer("scratch", t.ones(2), persistent=False)

        def forward(self, x, scale=1.0):
            y = x @ self.weight.T * scale
            return y if self.bias is None else y + self.bias

        def extra_repr(self):
            return f"{self.weight.shape[1]} -> {self.weight.shape[0]}"

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = Line(3, 4)
            self.second = Line(4, 4, bias=False)
            self.again = self.first
            self.none = None
            self.add_module("empty", None)
            self.third = Line(4, 4)
            self.third.weight = self.second.weight
            self.gain = nn.Parameter(t.ones(1))

        def forward(self, x):
            return self.third(self.second(self.first(x).tanh()).tanh()) * self.gain

    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(t.ones(3))

        def forward(self, a, b, n=2):
            return a * self.w + b, b * n

    class Extra(nn.Module):
        def __init__(self):
            super().__init__()
            self.note = 1

        def get_extra_state(self):
            return {"note": self.note}

        def set_extra_state(self, state):
            self.note = state["note"]

    return {"Line": Line, "Net": Net, "Two": Two, "Extra": Extra}


def plain(x):
    """What a program saw, as data that both sides can be compared by."""
    if isinstance(x, (torch.Tensor, micrograd_lab.Tensor)):
        x = x.detach()
        return (str(x.dtype).replace("torch.", ""), np.round(np.asarray(x.tolist()), 5).tolist())
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return [plain(v) for v in x]
    return x


PROGRAMS = []


def program(f):
    PROGRAMS.append(f)
    return f


def outcome(f, *args, **kw):
    """What it returns, or the built-in kind of error that it raises."""
    try:
        return f(*args, **kw)
    except Exception as error:
        found = (AttributeError, KeyError, TypeError, RuntimeError, ValueError)
        return next(e.__name__ for e in found if isinstance(error, e)) + "!"


@program
def names(t, Net, **_):
    m = Net()
    return [
        [
            [n for n, _ in getattr(m, f)(**kw)]
            for kw in ({}, {"prefix": "p"}, {"remove_duplicate": d})
        ]
        for f in ("named_parameters", "named_buffers", "named_modules")
        for d in (True, False)
    ] + [
        [n for n, _ in m.named_parameters(recurse=False)],
        [n for n, _ in m.named_children()],
        len(list(m.modules())),
        list(m.state_dict()),
        list(m.state_dict(prefix="x.")),
    ]


@program
def order_of_names(t, Line, **_):
    m = Line(2, 2)
    m.late = t.nn.Parameter(t.ones(1))
    m.weight = t.nn.Parameter(t.zeros(2, 2))  # keeps its place
    first = [n for n, _ in m.named_parameters()]
    del m.weight
    m.weight = t.nn.Parameter(t.zeros(2, 2))  # goes to the end
    m.scratch = t.zeros(3)
    m.bias = None
    seen = [n for n, _ in m.named_parameters()]
    m.calls = Line(1, 1)  # from the buffers to the modules
    m.calls = t.nn.Parameter(t.ones(1))  # and on to the parameters
    seen += [outcome(setattr, m, "calls", x) for x in (Line(1, 1), t.nn.Buffer(t.ones(1)))]
    return first, seen, m.scratch, list(m.state_dict()), hasattr(m, "bias"), m.bias


@program
def what_may_be_set(t, Line, Net, **_):
    nn, m, bare = t.nn, Net(), object.__new__(Line)

    class Forgot(nn.Module):
        def __init__(self):
            self.fine = 1
            self.w = nn.Parameter(t.ones(1))

    return [
        outcome(setattr, m.first, "weight", t.ones(4, 3)),
        outcome(setattr, m.first, "weight", 3),
        outcome(setattr, m, "first", t.ones(1)),
        outcome(setattr, m.first, "calls", 3),
        outcome(setattr, m.first, "weight", None),
        outcome(setattr, m.first, "calls", None),
        outcome(setattr, m, "first", None),
        outcome(delattr, m, "second"),
        outcome(delattr, m, "second"),
        outcome(getattr, m, "second"),
        outcome(m.register_parameter, "gain", nn.Parameter(t.ones(1))),
        outcome(m.register_parameter, "first", nn.Parameter(t.ones(1))),
        outcome(m.register_parameter, "p", t.ones(1)),
        outcome(m.register_parameter, "a.b", None),
        outcome(m.register_parameter, "", None),
        outcome(m.register_parameter, 3, None),
        outcome(m.register_buffer, "forward", None),
        outcome(m.register_buffer, "b", 3),
        outcome(m.register_buffer, "b", t.ones(1)),
        outcome(m.register_buffer, "b", t.zeros(1), persistent=False),
        outcome(m.register_module, "m", 3),
        outcome(m.register_module, "gain", nn.Module()),
        outcome(Forgot),
        outcome(bare, t.ones(2)),
        outcome(nn.Module(), t.ones(2)),
        outcome(nn.Module, 3),
        outcome(m.get_submodule, "third.x"),
        outcome(m.get_parameter, "third.bias"),
        outcome(m.get_parameter, "third.calls"),
        outcome(m.get_buffer, "third.calls"),
        outcome(m.get_parameter, "gain.x"),
        outcome(m.set_submodule, "third", nn.Module()),
        outcome(m.set_submodule, "nope.deep", nn.Module()),
        outcome(m.set_submodule, "", nn.Module()),
        outcome(m.set_submodule, "gain", nn.Module()),
        outcome(m.train, 1),
        outcome(m.to, t.int64),
        list(m.state_dict()),
    ]


@program
def parts_changed_through_their_dicts(t, Line, Net, **_):
    m = Net()
    m._modules["first"] = Line(3, 2, bias=False)
    w = m.gain
    m._parameters["gain"] = t.nn.Parameter(w.detach() * 3)
    m._modules.pop("third")
    m._parameters.update(more=t.nn.Parameter(t.zeros(2)))
    m._buffers.setdefault("b", t.ones(1))
    m._modules = OrderedDict(reversed(list(m._modules.items())))
    return m.first(t.ones(1, 3)), m.gain, hasattr(m, "third"), m.more, m.b, list(m.state_dict())


@program
def strict_and_not(t, Line, Net, **_):
    m = Net()
    full = {k: x.clone() + 1 for k, x in m.state_dict().items()}
    fewer = {k: x for k, x in full.items() if not k.startswith("second")}
    more = {**full, "third.bias2": t.ones(1), "odd.name": t.ones(1), "first.scratch": t.ones(2)}
    bad = {**full, "gain": t.ones(2)}
    seen = [outcome(m.load_state_dict, s) for s in (fewer, more, bad, 3, {**full, "gain": 3.0})]
    seen += [outcome(m.load_state_dict, bad, strict=False)]
    found = m.load_state_dict(fewer, strict=False)
    seen += [found.missing_keys, found.unexpected_keys]
    found = m.load_state_dict(more, strict=False)
    seen += [
        found.missing_keys,
        found.unexpected_keys,
        str(m.load_state_dict(full)),
        m.state_dict(),
    ]
    return seen


@program
def a_state_shares_memory(t, Line, **_):
    m = Line(2, 2)
    state = m.state_dict()
    with t.no_grad():
        m.weight.fill_(7.0)
    kept = m.state_dict(keep_vars=True)
    return state, [x.requires_grad for x in kept.values()], kept["weight"] is m.weight


@program
def loading_in_other_precision_and_by_assigning(t, Line, **_):
    m, other = Line(2, 3), Line(2, 3).double()
    w = m.weight
    m.load_state_dict(other.state_dict())
    same = m.weight is w
    m.bias.requires_grad_(False)
    p = t.nn.Parameter(t.ones(3, 2, dtype=t.float64))
    m.load_state_dict({**other.state_dict(), "weight": p}, assign=True)
    return same, m.weight is p, m.weight.dtype == t.float64, m.bias.requires_grad, m.state_dict()


@program
def extra_state(t, Line, Extra, **_):
    class Both(t.nn.Module):
        def __init__(self):
            super().__init__()
            self.extra, self.line = Extra(), Line(1, 1)

    m, other = Both(), Both()
    m.extra.note = 5
    state = m.state_dict()
    found = outcome(other.load_state_dict, state)
    less = {k: v for k, v in state.items() if "extra" not in k}
    return (
        list(state), str(found), other.extra.note, outcome(m.load_state_dict, less),
        m.load_state_dict(less, strict=False).missing_keys,
        outcome(Line(1, 1).load_state_dict, {**Line(1, 1).state_dict(), "_extra_state": 3}),
    )  # fmt: skip


@program
def hooks_around_the_state(t, Line, Net, **_):
    m, seen = Net(), []
    m.register_state_dict_pre_hook(
        lambda module, prefix, keep: seen.append(("before", prefix, keep))
    )
    m.second.register_state_dict_post_hook(
        lambda module, state, prefix, meta: state.update({prefix + "calls": t.ones(1) * 4})
    )

    def renamed(module, state, prefix, meta, strict, missing, unexpected, errors):
        seen.append((type(module).__name__, prefix, strict, sorted(state)))
        state[prefix + "bias"] = state.pop(prefix + "shift")

    def older(state, prefix, *rest):
        state[prefix + "calls"] = t.ones(1) * 9

    m.third.register_load_state_dict_pre_hook(renamed)
    handle = m.second._register_load_state_dict_pre_hook(older)
    m.register_load_state_dict_post_hook(lambda module, keys: seen.append(list(keys.missing_keys)))
    state = m.state_dict()
    del state["second.calls"]
    state["third.shift"] = state.pop("third.bias") + 1
    first = outcome(m.load_state_dict, state)
    handle.remove()
    second = outcome(m.load_state_dict, state)
    m.register_load_state_dict_post_hook(lambda module, keys: keys.missing_keys.clear())
    third = outcome(m.load_state_dict, state, strict=False)
    return list(state), str(first), second, third.missing_keys, seen, m.third.bias


@program
def to_other_precisions(t, Line, Net, **_):
    m = Net()
    m.first.register_buffer("count", t.zeros(1, dtype=t.int64))
    m(t.ones(2, 3)).sum().backward()
    w, g = m.gain, m.gain.grad
    seen = []
    for change in ("double", "half", "float"):
        same = getattr(m, change)() is m
        seen += [
            same,
            m.gain is w,
            m.gain.grad is g,
            list(m.state_dict().values()),
            m.gain.grad,
        ]
    for what in (
        (t.float64,),
        ("cpu", t.float32),
        (t.ones(1, dtype=t.float64),),
        (t.device("cpu"),),
    ):
        seen += [m.to(*what).gain, m.first.weight.grad]
    return seen, m.to(device="cpu", dtype=t.float32).gain, m.type(t.float64).first.count


@program
def all_at_once(t, Line, Net, **_):
    m, seen = Net(), []
    m.apply(lambda module: seen.append(type(module).__name__))
    m.eval()
    seen += [module.training for module in m.modules()]
    m.second.train()
    seen += [module.training for module in m.modules()]
    m.requires_grad_(False)
    seen += [p.requires_grad for p in m.parameters()]
    m.requires_grad_()
    m(t.ones(2, 3)).sum().backward()
    g = m.gain.grad
    m.zero_grad(set_to_none=False)
    seen += [m.gain.grad is g, g]
    m.zero_grad()
    return seen, m.gain.grad, m.compile(), m.cpu() is m


@program
def as_text(t, Line, Net, **_):
    class Long(t.nn.Module):
        def extra_repr(self):
            return "one,\ntwo"

    class Outer(t.nn.Module):
        def __init__(self):
            super().__init__()
            self.long, self.net = Long(), Net()

        def extra_repr(self):
            return "outer"

    return [repr(m) for m in (Line(1, 2), Net(), Long(), Outer(), t.nn.Module())]


@program
def deep_copies(t, Line, Net, **_):
    m, calls = Net(), []
    m.first.register_forward_hook(lambda *a: calls.append(1))
    m.gain.grad = t.ones(1) * 3
    m.third.bias.requires_grad_(False)
    c = copy.deepcopy(m)
    with t.no_grad():
        m.gain.fill_(9.0)
    c(t.ones(1, 3))
    return (
        c.again is c.first, c.first is m.first, c.third.weight is c.second.weight, c.gain, c.gain.grad,
        c.third.bias.requires_grad, list(c.state_dict()), len(calls),
        [n for n, _ in c.named_parameters()], type(c.gain).__name__,
    )  # fmt: skip


@program
def forward_hooks(t, Line, Net, **_):
    m, seen = Line(2, 2), []
    note = lambda word, answer=None: lambda *a: (seen.append((word, len(a))), answer)[1]
    x = t.ones(1, 2)
    handles = [
        m.register_forward_pre_hook(note("pre")),
        m.register_forward_pre_hook(note("pre first", t.ones(1, 2) * 2), prepend=True),
        m.register_forward_pre_hook(
            note("pre kw", ((t.ones(1, 2) * 3,), {"scale": 2.0})), with_kwargs=True
        ),
        m.register_forward_hook(note("post", t.ones(1))),
        m.register_forward_hook(note("post kw"), with_kwargs=True),
        m.register_forward_hook(note("post first"), prepend=True),
        m.register_forward_hook(lambda mod, a, y: (a[0], y)),
    ]
    out = [m(x)]
    for h in handles[3:5]:
        h.remove()
    out.append(m(x, scale=3.0))
    with m.register_forward_hook(note("within")):
        m(x)
    m.register_forward_pre_hook(note("bad", 3), with_kwargs=True)
    out.append(outcome(m, x))
    return out, seen


@program
def hooks_that_are_always_called(t, Line, **_):
    m, seen = Line(2, 2), []
    note = lambda word: lambda mod, a, y: seen.append((word, y is None))
    m.register_forward_hook(note("plain"))
    m.register_forward_hook(note("always"), always_call=True)
    m.register_forward_hook(lambda mod, a, y: 1 / 0, always_call=True)
    m.register_forward_hook(note("last"), always_call=True)
    first = outcome(m, t.ones(1, 5))
    seen.append("-")
    try:
        m(t.ones(1, 2))
    except ZeroDivisionError:
        seen.append("division")
    return first, seen


def backward_program(change, pre, inputs=True):
    def run(t, Two, **_):
        m, seen = Two(), []
        a, b = numbers(t, 2, 3, requires_grad=inputs), numbers(t, 2, 3, seed=1)
        m.register_full_backward_hook(lambda mod, gi, go: (seen.append((gi, go)), change(gi))[1])
        m.register_full_backward_hook(lambda mod, gi, go: seen.append(("second", gi, go)))
        if pre:
            m.register_full_backward_pre_hook(lambda mod, go: (seen.append(go), change(go))[1])
        h = m.register_full_backward_hook(lambda *a: seen.append("gone"), prepend=True)
        h.remove()
        y, z = m(a, b, 3)
        ends = [(y * 2).sum(), (y * 2).sum() + (z * z).sum()]
        for end in ends[: 1 + inputs]:
            end.backward(retain_graph=True)
        return seen, a.grad, m.w.grad

    return run


CHANGES = {
    "unchanged": lambda gs: None,
    "tripled": lambda gs: tuple(None if g is None else g * 3 for g in gs),
    "too many": lambda gs: (gs[0], None, None, None, None),
}
for word, change in CHANGES.items():
    for pre in (False, True):
        for inputs in (True, False):
            run = backward_program(change, pre, inputs)
            guarded = lambda t, run=run, **kw: outcome(run, t, **kw)
            guarded.__name__ = f"backward hooks {word}, pre {pre}, inputs {inputs}"
            PROGRAMS.append(guarded)


@program
def backward_hooks_in_a_net(t, Net, **_):
    m, seen = Net(), []
    for name, part in m.named_modules():
        part.register_full_backward_hook(
            lambda mod, gi, go, name=name: seen.append((name, gi, go)),
        )
    m(numbers(t, 2, 3)).sum().backward()
    m(numbers(t, 2, 3, requires_grad=True)).sum().backward()
    return sorted(seen[:4], key=lambda e: e[0]), seen[4:], [p.grad for p in m.parameters()]


@program
def shared_and_multiple_inheritance(t, **_):
    class Mixin:
        def __init__(self, word):
            self.word = word

    class M(t.nn.Module, Mixin):
        def __init__(self):
            t.nn.Module.__init__(self)
            Mixin.__init__(self, "x")
            self.p = self.q = t.nn.Parameter(t.ones(1))

    m = M()
    m.q = t.nn.Parameter(t.zeros(1))
    return m.word, m.p, m.q, list(m.state_dict())


@pytest.mark.parametrize("run", PROGRAMS, ids=lambda f: f.__name__)
def test_pytorch_and_we_see_the_same(run):
    seen = []
    for t in BOTH:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            seen.append(plain(run(t, **kinds(t))))
    assert seen[1] == seen[0]
