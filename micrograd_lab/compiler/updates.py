"""The optimisers' rules as steps: the same arithmetic, written over ops.

An optimiser that is not in this table stays as it is: one call that changes its parameters.
"""

from collections.abc import Callable
from math import sqrt
from typing import Any, cast

import numpy as np

from micrograd_lab.compiler.program import Step, Var
from micrograd_lab.compiler.reliance import Reliance
from micrograd_lab.compiler.trace import Recorder
from micrograd_lab.ops.op import OPS
from micrograd_lab.optim.adam import Adam, AdamW
from micrograd_lab.optim.sgd import SGD
from micrograd_lab.tensor import Tensor

Group = dict[str, Any]


def record_update(
    recorder: Recorder, original: Any, optimizer: Any, params: Any, group: Group
) -> None:
    """An update of a group of parameters, which also takes place."""
    known = [recorder.known.get(id(p.grad.array)) for p in params]
    rule = RULES.get(type(optimizer))
    if None in known:
        recorder.refuse("the optimiser uses gradients that this step did not compute")
    elif rule is None:
        closed(recorder, original, optimizer, params, group)
    elif (rule is not sgd or group["momentum"]) and any(not optimizer.state[p] for p in params):
        recorder.refuse(FIRST)
    k = next(k for k, g in enumerate(optimizer.param_groups) if g is group)
    pens = [Pen(recorder, p, optimizer, k) for p in params]
    if rule is not None and not recorder.refusal:
        for pen, g in zip(pens, known, strict=True):
            rule(pen, cast(Var, g))
        recorder.reliances.append(Reliance(optimizer, k, params))
    original(optimizer, params, group)
    for pen in pens:
        pen.close()


# Only the next recording will see its averages as what they are: memory that stays.
FIRST = "the optimiser has not stepped before"


def closed(recorder: Recorder, original: Any, optimizer: Any, params: Any, group: Group) -> None:
    """One call of the optimiser's own update, on gradients that the steps before it have made."""

    k = next(k for k, g in enumerate(optimizer.param_groups) if g is group)

    def update(*gradients: Any) -> None:
        held = [p.grad for p in params]
        for p, g in zip(params, gradients, strict=True):
            p._grad = Tensor(g)
        with np.errstate(all="ignore"):
            original(optimizer, params, optimizer.param_groups[k])
        for p, g in zip(params, held, strict=True):
            p._grad = g

    grads = [p.grad for p in params]
    name = f"{type(optimizer).__name__}_update"
    recorder.call(name, update, grads, [], params)


class Pen:
    """Writes elementwise steps about one parameter."""

    def __init__(self, recorder: Recorder, p: Tensor, optimizer: Any, k: int) -> None:
        self.recorder, self.p, self.optimizer, self.k = recorder, p, optimizer, k
        self.group, self.state = optimizer.param_groups[k], optimizer.state[p]
        state = self.state
        self.x = recorder.var(p)
        self.age = float(state["step"].array) if "step" in state else 0.0
        self.changed: list[tuple[Tensor, Var]] = []

    def __call__(self, op: str, *inputs: Any) -> Var:
        out = Var(self.x.shape, self.x.dtype)
        self.recorder.program.steps.append(Step("op", op, OPS[op], list(inputs), {}, [out]))
        return out

    def number(self, name: str, call: Callable[[], float]) -> Var:
        """A number that is worked out anew before each step."""
        key = (id(self.group), name, self.age)
        var = self.recorder.given.get(key)
        if var is None:
            var = Var((), np.dtype(np.float64), "number", call, name)
            self.recorder.given[key] = var
            self.recorder.program.inputs.append(var)
        return var

    def average(self, name: str) -> Var:
        var: Var = self.recorder.var(self.state[name])
        self.recorder.averages.append((var, self.optimizer, self.p, name))
        return var

    def rate(self) -> float:
        """The learning rate, which may change between calls."""
        return float(self.optimizer.param_groups[self.k]["lr"])

    def steps(self) -> float:
        """The number of this step, 1 for the first."""
        return float(self.optimizer.state[self.p]["step"].array)

    def put(self, old: Tensor, new: Var) -> None:
        self.changed.append((old, new))

    def close(self) -> None:
        """After the update has really taken place: the arrays go by their new names."""
        for tensor, new in self.changed:
            old = self.recorder.known[id(tensor.array)]
            held = next((h for h, v in self.recorder.program.writes.items() if v is old), old)
            if held.home != "held":
                self.recorder.refuse("an optimiser changes what this step has made")
            self.recorder.program.writes[held] = new
            self.recorder.known[id(tensor.array)] = new


def sgd(pen: Pen, g: Var) -> None:
    group = pen.group
    g = descent(pen, g)
    if group["momentum"]:
        v = pen.average("momentum_buffer")
        share = 1 - group["dampening"]
        new = pen("add", pen("mul", v, float(group["momentum"])), scaled(pen, g, share))
        pen.put(pen.state["momentum_buffer"], new)
        g = pen("add", pen("mul", new, float(group["momentum"])), g) if group["nesterov"] else new
    lr = pen.number("lr", pen.rate)
    pen.put(pen.p, pen("sub", pen.x, pen("mul", g, lr)))


def adam(pen: Pen, g: Var) -> None:
    group, state = pen.group, pen.state
    beta1, beta2 = map(float, group["betas"])
    size = pen.number("rate", lambda: pen.rate() / (1 - beta1 ** pen.steps()))
    scale = pen.number("scale", lambda: 1 / sqrt(1 - beta2 ** pen.steps()))
    x = pen.x
    if group["decoupled_weight_decay"] and group["weight_decay"]:
        decay = float(group["weight_decay"])
        x = pen("mul", x, pen.number("shrink", lambda: 1 - pen.rate() * decay))
    else:
        g = descent(pen, g)
    m, v = pen.average("exp_avg"), pen.average("exp_avg_sq")
    m = pen("add", m, pen("mul", pen("sub", g, m), 1 - beta1))
    v = pen("add", pen("mul", v, beta2), pen("mul", pen("mul", g, g), 1 - beta2))
    pen.put(state["exp_avg"], m)
    pen.put(state["exp_avg_sq"], v)
    if group["amsgrad"]:
        v = pen("maximum", pen.average("max_exp_avg_sq"), v)
        pen.put(state["max_exp_avg_sq"], v)
    usual = pen("add", pen("mul", pen("sqrt", v), scale), float(group["eps"]))
    pen.put(pen.p, pen("sub", x, pen("mul", pen("div", m, usual), size)))
    pen.recorder.program.counts.append((pen.optimizer, pen.p))


def descent(pen: Pen, g: Var) -> Var:
    """The gradient of what is to become small, with the weights' penalty."""
    if pen.group["maximize"]:
        g = pen("neg", g)
    if pen.group["weight_decay"]:
        g = pen("add", g, pen("mul", pen.x, float(pen.group["weight_decay"])))
    return g


def scaled(pen: Pen, g: Var, share: float) -> Var:
    return g if share == 1 else pen("mul", g, share)


RULES: dict[type, Callable[[Pen, Var], None]] = {SGD: sgd, Adam: adam, AdamW: adam}
