"""Exercise 12d: a table of ops of one's own, each with its forward and its vjp."""

from random import Random
from typing import Any

import numpy as np

from micrograd_lab.grader.arrays import array, fractions, part, plain, table
from micrograd_lab.grader.spec import Exercise, Misconception, Probe


def unbroadcast(g: Any, shape: Any) -> Any:
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    return g.sum(axis=tuple(i for i, n in enumerate(shape) if n == 1), keepdims=True).copy()


def table_with(fit: Any = unbroadcast, **changes: Any) -> Any:
    """The right table, but for `changes`."""
    rows: dict[str, tuple[Any, Any]] = {
        "add": (np.add, lambda g, y, a, b: (fit(g, a.shape), fit(g, b.shape))),
        "mul": (np.multiply, lambda g, y, a, b: (fit(g * b, a.shape), fit(g * a, b.shape))),
        "exp": (np.exp, lambda g, y, x: (g * y,)),
        "log": (np.log, lambda g, y, x: (g / x,)),
        "tanh": (np.tanh, lambda g, y, x: (g * (1 - y * y),)),
        "relu": (lambda x: np.maximum(x, 0), lambda g, y, x: (g * (x > 0),)),
        "matmul": (np.matmul, lambda g, y, a, b: (g @ b.T, a.T @ g)),
        "sum": (np.sum, lambda g, y, x: (np.full(x.shape, g),)),
    }
    return rows | {name: (rows[name][0], vjp) for name, vjp in changes.items()}


# The mistakes.


def mul_swapped() -> Any:
    return table_with(
        mul=lambda g, y, a, b: (unbroadcast(g * a, a.shape), unbroadcast(g * b, b.shape))
    )


def broadcast_forgotten() -> Any:
    return table_with(fit=lambda g, shape: g.copy())


def mean_not_sum() -> Any:
    return table_with(
        fit=lambda g, shape: unbroadcast(g, shape) / (g.size / max(1, np.prod(shape)))
    )


def exp_uses_input() -> Any:
    return table_with(exp=lambda g, y, x: (g * x,))


def log_not_inverted() -> Any:
    return table_with(log=lambda g, y, x: (g / y,))


def tanh_uses_input() -> Any:
    return table_with(tanh=lambda g, y, x: (g * (1 - x * x),))


def gate_missing() -> Any:
    return table_with(relu=lambda g, y, x: (g,))


def gate_of_upstream() -> Any:
    return table_with(relu=lambda g, y, x: (np.maximum(g, 0),))


def transpose_missing() -> Any:
    return table_with(matmul=lambda g, y, a, b: (g @ b, a @ g))


def outer_flipped() -> Any:
    return table_with(matmul=lambda g, y, a, b: (g @ b.T, g.T @ a))


def sum_not_stretched() -> Any:
    return table_with(sum=lambda g, y, x: (np.array(g),))


def sum_is_a_view() -> Any:
    return table_with(sum=lambda g, y, x: (np.broadcast_to(g, x.shape),))


def grad_aliased() -> Any:
    def fit(g: Any, shape: Any) -> Any:
        return g if g.shape == shape else unbroadcast(g, shape)

    return table_with(fit=fit)


def upstream_ignored() -> Any:
    def without(vjp: Any) -> Any:
        return lambda g, y, *xs: vjp(np.ones_like(g), y, *xs)

    return {name: (forward, without(vjp)) for name, (forward, vjp) in table_with().items()}


# The questions.


def row(op_table: Any, name: str) -> Any:
    """A row of the table; one that is not there yet is said to be missing."""
    rows = op_table()
    if isinstance(rows, dict) and name not in rows:
        raise NotImplementedError(f"a row for {name}")
    return rows[name]


def values(op_table: Any, name: str, xs: Any) -> Any:
    return plain(row(op_table, name)[0](*[array(x) for x in xs]))


def vjps(op_table: Any, names: list[str], g: Any, xs: Any) -> Any:
    """Per op, the gradient of each input."""
    answers = []
    for name in names:
        forward, vjp = row(op_table, name)
        inputs = [array(x) for x in xs]
        answer = vjp(array(g), forward(*inputs), *inputs)
        answers.append([part(answer, i, len(inputs)) for i in range(len(inputs))])
    return answers


def owners(op_table: Any, name: str, g: Any, xs: Any) -> Any:
    """Per gradient, whether it lies in the memory of g, of an input or of another; and itself."""
    import numpy

    inputs = [array(x) for x in xs]
    forward, vjp = row(op_table, name)
    upstream = array(g)
    gradients = [numpy.asarray(d) for d in vjp(upstream, forward(*inputs), *inputs)]
    others = [upstream, *inputs]
    found = []
    for d in gradients:
        shared = any(numpy.shares_memory(d, other) for other in others)
        found.append(["shared with another" if shared else "an array of its own", *plain(d)])
        others.append(d)
    return found


def sweep(op_table: Any, program: Any, leaves: Any) -> Any:
    """A whole backward pass over the table.  Each line of the program is an op and its inputs."""
    values = [array(leaf) for leaf in leaves]
    for name, *inputs in program:
        values.append(array(row(op_table, name)[0](*[values[i] for i in inputs])))
    gradients = [None] * (len(values) - 1) + [array(1.0)]
    for k in reversed(range(len(program))):
        name, *inputs = program[k]
        out = len(leaves) + k
        vjp = row(op_table, name)[1]
        answer = vjp(gradients[out], values[out], *[values[i] for i in inputs])
        for i, gradient in zip(inputs, answer, strict=True):
            if gradients[i] is None:
                gradients[i] = gradient
            else:
                gradients[i] += gradient
    return [plain(gradient) for gradient in gradients[: len(leaves)]]


def draw_values(rng: Random, name: str, *shapes: tuple[int, ...]) -> dict[str, Any]:
    return {"name": name, "xs": [fractions(rng, *shape) for shape in shapes]}


def draw_add_values(rng: Random) -> dict[str, Any]:
    return draw_values(rng, "add", (2, 3), (3,))


def draw_relu_values(rng: Random) -> dict[str, Any]:
    return {"name": "relu", "xs": [[rng.randint(1, 9), -rng.randint(1, 9)]]}


def draw_sum_values(rng: Random) -> dict[str, Any]:
    return draw_values(rng, "sum", (2, 3))


def draw_same_shape(rng: Random) -> dict[str, Any]:
    return {
        "names": ["add", "mul"],
        "g": table(rng, 2, 2, low=2),
        "xs": [table(rng, 2, 2), table(rng, 2, 2)],
    }


def draw_stretched(rng: Random) -> dict[str, Any]:
    n, c = rng.sample((2, 3, 4), 2)
    return {
        "names": ["add", "mul"],
        "g": table(rng, n, c, low=2),
        "xs": [table(rng, n, 1), table(rng, c)],
    }


def draw_curve(rng: Random, name: str) -> dict[str, Any]:
    x = [rng.randint(2, 9) / 10, rng.randint(11, 19) / 10]
    return {"names": [name], "g": table(rng, 2, low=2), "xs": [x]}


def draw_exp(rng: Random) -> dict[str, Any]:
    return draw_curve(rng, "exp")


def draw_log(rng: Random) -> dict[str, Any]:
    return draw_curve(rng, "log")


def draw_tanh(rng: Random) -> dict[str, Any]:
    return draw_curve(rng, "tanh")


def draw_relu(rng: Random) -> dict[str, Any]:
    """Every combination of signs of g and x."""
    g = [rng.randint(2, 9), -rng.randint(2, 9), rng.randint(2, 9), -rng.randint(2, 9)]
    x = [rng.randint(1, 9), rng.randint(1, 9), -rng.randint(1, 9), -rng.randint(1, 9)]
    return {"names": ["relu"], "g": g, "xs": [x]}


def draw_matmul(rng: Random) -> dict[str, Any]:
    n, k, m = rng.sample((2, 3, 4), 3)
    g = table(rng, n, m)
    return {"names": ["matmul"], "g": g, "xs": [table(rng, n, k), table(rng, k, m)]}


def draw_square_matmul(rng: Random) -> dict[str, Any]:
    xs = [table(rng, 3, 3), table(rng, 3, 3)]
    return {"names": ["matmul"], "g": table(rng, 3, 3, low=2), "xs": xs}


def draw_sum(rng: Random) -> dict[str, Any]:
    return {"names": ["sum"], "g": table(rng, low=2), "xs": [table(rng, 2, 3)]}


def draw_add_owners(rng: Random) -> dict[str, Any]:
    return {"name": "add", "g": table(rng, 3), "xs": [table(rng, 3), table(rng, 3)]}


def draw_sum_owners(rng: Random) -> dict[str, Any]:
    return {"name": "sum", "g": table(rng), "xs": [table(rng, 3)]}


def draw_net(rng: Random) -> dict[str, Any]:
    """h = tanh(x @ W + b); the sum of (exp(h) * h) * (h + x): h is used four times, x twice."""
    program = [
        *(["matmul", 0, 1], ["add", 3, 2], ["tanh", 4], ["exp", 5]),
        *(["mul", 6, 5], ["add", 5, 0], ["mul", 8, 7], ["sum", 9]),
    ]
    leaves = [fractions(rng, 2, 3), fractions(rng, 3, 3), fractions(rng, 3)]
    return {"program": program, "leaves": leaves}


ASKED = "vjp(g, forward(*xs), *xs) of {names} with g = {g}, xs = {xs}"

EXERCISE = Exercise(
    name="ex12d_op_table",
    title="A table of ops of your own",
    entry_point="op_table",
    reference=table_with,
    probes=(
        Probe("forward of add, with a row stretched", values, 1, draw_add_values,
              "forward of {name} with xs = {xs}", "NumPy's own + does the stretching"),
        Probe("forward of relu", values, 1, draw_relu_values,
              "forward of {name} with xs = {xs}", "x where it is positive, otherwise 0"),
        Probe("forward of sum", values, 1, draw_sum_values,
              "forward of {name} with xs = {xs}", "one number: the sum of all entries"),
        Probe("add and mul of one shape", vjps, 2, draw_same_shape, ASKED,
              "add hands g to both; mul gives each factor g times the other one"),
        Probe("add and mul, both inputs stretched", vjps, 2, draw_stretched, ASKED,
              "each gradient has the shape of its input: summed over the copies"),
        Probe("exp", vjps, 1, draw_exp, ASKED, "g * y: exp is its own derivative"),
        Probe("log", vjps, 1, draw_log, ASKED, "g / x"),
        Probe("tanh", vjps, 1, draw_tanh, ASKED, "g * (1 - y * y)"),
        Probe("relu", vjps, 1, draw_relu, ASKED, "g where x is positive, otherwise 0"),
        Probe("matmul", vjps, 2, draw_matmul, ASKED, "g @ b.T and a.T @ g"),
        Probe("matmul of squares", vjps, 1, draw_square_matmul, ASKED, "g @ b.T and a.T @ g"),
        Probe("sum", vjps, 1, draw_sum, ASKED, "every entry gets g"),
        Probe("add gives arrays of their own", owners, 2, draw_add_owners,
              "who owns the gradients that {name} gives for g = {g}, xs = {xs}",
              "whoever receives one may add to it in place, and must change nobody else's"),
        Probe("sum gives an array of its own", owners, 1, draw_sum_owners,
              "who owns the gradient that {name} gives for g = {g}, xs = {xs}",
              "whoever receives it may add to it in place"),
        Probe("a whole backward pass, with values used several times", sweep, 2, draw_net,
              "the gradients of x, W and b from the sum of exp(h) * h * (h + x), with "
              "h = tanh(x @ W + b) and x, W, b = {leaves}",
              "what your table gives, collected from the end to the front with +="),
    ),
    misconceptions=(
        Misconception(
            mul_swapped,
            "mul gives each factor g times itself. It is the other factor that says how fast the "
            "product moves: g * b for a, g * a for b.",
        ),
        Misconception(
            broadcast_forgotten,
            "The gradients of add and mul keep the stretched shape. Sum them over the axes along "
            "which the input was stretched, back to its own shape.",
        ),
        Misconception(
            mean_not_sum,
            "Your unbroadcast averages over the copies. They all move when the original moves, so "
            "their gradients add up.",
        ),
        Misconception(
            exp_uses_input,
            "exp is its own derivative: its slope is y = exp(x), not x. The vjp is g * y.",
        ),
        Misconception(
            log_not_inverted,
            "log divides by the wrong one: its slope is 1 / x, in terms of its input.",
        ),
        Misconception(
            tanh_uses_input,
            "The slope of tanh is 1 - y², in terms of its output. Yours squares the input.",
        ),
        Misconception(
            gate_missing,
            "relu lets all of g through. Where x is negative, y stays at 0 whatever x does: "
            "multiply by x > 0.",
        ),
        Misconception(
            gate_of_upstream,
            "relu's vjp is not relu of g. The gate opens where x was positive; a negative gradient "
            "goes through it as well: g * (x > 0).",
        ),
        Misconception(
            transpose_missing,
            "matmul's vjp lacks its transposes. A gradient enters where the product came out: "
            "g @ b.T for a, a.T @ g for b.",
        ),
        Misconception(
            outer_flipped,
            "The gradient of b in matmul is the transpose of what it should be: a.T @ g, with a "
            "first.",
        ),
        Misconception(
            sum_not_stretched,
            "sum gives back one number. Each of the entries moved the sum, so each gets g, in the "
            "shape of x.",
        ),
        Misconception(
            sum_is_a_view,
            "sum gives back g seen through a stretched window (np.broadcast_to), which is g's own "
            "memory and cannot be added to. Make an array: np.full(x.shape, g).",
        ),
        Misconception(
            grad_aliased,
            "add gives the very same array g to both inputs. When one of them later collects "
            "more with +=, the other changes too: give each a copy.",
        ),
        Misconception(
            upstream_ignored,
            "The table would be right if g were all ones. A vjp is a product: multiply by what "
            "comes from above.",
        ),
    ),
    hints=(
        'A row of the table is a pair: "exp": (np.exp, lambda g, y, x: (g * y,)). The vjp answers '
        "with a tuple, even for one input.",
        "First see add, mul and matmul work for inputs that are not stretched. A row you have "
        "not written yet costs only its own points, so begin with a table of two.",
        "For add and mul, send each gradient through unbroadcast(…, a.shape): sum over the axes "
        "that a lacks in front, and, with keepdims=True, over those where a has size 1.",
        "A gradient must be an array of its own. unbroadcast may give back g itself if nothing "
        "was stretched, and then add hands out g twice: return a copy.",
        '"sum": (np.sum, lambda g, y, x: (np.full(x.shape, g),)) and "matmul": (np.matmul, lambda '
        "g, y, a, b: (g @ b.T, a.T @ g))",
    ),
    difficulty=3,
    minutes=40,
    helpers=(array, plain, part, row),
    without=("micrograd_lab",),
)  # fmt: skip
