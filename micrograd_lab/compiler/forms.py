"""How an op is written inside a loop, for one entry: {0}, {1}, ... are the entries of its inputs."""

from typing import Any

from micrograd_lab.compiler.program import Step, Var

# fmt: off
FORMS: dict[str, str] = {
    "add": "{0} + {1}", "sub": "{0} - {1}", "mul": "{0} * {1}", "div": "{0} / {1}", "neg": "-{0}",
    "square": "{0} * {0}", "reciprocal": "ONE / {0}", "sqrt": "np.sqrt({0})", "rsqrt": "ONE / np.sqrt({0})",
    "abs": "abs({0})", "exp": "exp({0})", "log": "np.log({0})", "tanh": "tanh({0})", "sigmoid": "sigmoid({0})",
    "relu": "{0} if not {0} <= ZERO else ZERO",  # nan stays nan
    "maximum": "{0} if {0} >= {1} or {0} != {0} else {1}", "minimum": "{0} if {0} <= {1} or {0} != {0} else {1}",
    "clamp_min": "{1} if {0} < {1} else {0}", "clamp_max": "{1} if {0} > {1} else {0}",
    "gt": "{0} > {1}", "lt": "{0} < {1}", "ge": "{0} >= {1}", "le": "{0} <= {1}", "eq": "{0} == {1}",
    "ne": "{0} != {1}", "where": "{1} if {0} else {2}",
    "broadcast_to": "{0}", "expand": "{0}", "clone": "{0}",
    "gelu": "HALF * {0} * (ONE + erf({0} * ROOT_HALF))",
    "gelu_slope": "HALF * (ONE + erf({0} * ROOT_HALF)) + {0} * exp_below(-HALF * {0} * {0}) * ONE_BY_ROOT_TWO_PI",
    "exp_below": "exp_below({0})",
    "less_at": "{0} - ({1} if {column} == {2} else ZERO)",
}
# fmt: on
SUMS = frozenset(("sum", "mean", "sum_to"))
ROWS = frozenset(("row_sum", "row_mean", "row_max", "entry_at"))  # one number of each row
DEAR = frozenset(("exp", "exp_below", "log", "tanh", "sigmoid", "gelu", "gelu_slope", "div"))
SHAPES = frozenset(("reshape", "view", "squeeze", "unsqueeze"))
TURNS = frozenset(("permute", "transpose"))


def form_of(step: Step) -> str:
    """The form of an elementwise step; empty if it has none."""
    if step.kind != "op":
        return ""
    if step.name == "pow":
        power = step.inputs[1]
        if not isinstance(step.inputs[0], Var) or isinstance(power, Var):
            return ""
        return {2: "{0} * {0}", 3: "{0} * {0} * {0}", 1: "{0}"}.get(power, "")
    return FORMS.get(step.name, "")


def fits(x: Any, kinds: str = "f") -> bool:
    """Whether a loop can read it: float32 or bool entries in order, or a number."""
    if not isinstance(x, Var):
        return isinstance(x, (bool, int, float))
    if x.home == "number":
        return True
    if x.dtype.kind == "b":
        return "b" in kinds and x.contiguous
    return x.dtype == "float32" and (x.contiguous or x.home == "made")
