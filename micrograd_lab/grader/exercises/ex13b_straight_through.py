"""Exercise 13b: straight through: one function's values with another one's slope."""

from random import Random
from typing import Any

from micrograd_lab.grader.arrays import plain, table
from micrograd_lab.grader.spec import Exercise, Misconception, Probe


def straight_through(x: Any, f: Any) -> Any:
    return x + (f(x) - x).detach()


# The mistakes.


def wrong_side_detached(x: Any, f: Any) -> Any:
    return x.detach() + (f(x) - x)


def no_cut(x: Any, f: Any) -> Any:
    return f(x)


def slope_added(x: Any, f: Any) -> Any:
    return f(x) + (x - x.detach())


def minus_x_forgotten(x: Any, f: Any) -> Any:
    return x + f(x).detach()


def detaches_all(x: Any, f: Any) -> Any:
    return (x + (f(x) - x)).detach()


def numpy_roundtrip(x: Any, f: Any) -> Any:
    import micrograd_lab as ml

    return ml.tensor(f(x.detach()).numpy(), requires_grad=True)


def data_bypass(x: Any, f: Any) -> Any:
    x.data = f(x.detach())
    return x


# The questions.


def leaf(x: Any) -> Any:
    import micrograd_lab as ml

    return ml.tensor(x, dtype=ml.float64, requires_grad=True)


def told(gradient: Any) -> Any:
    return "no gradient" if gradient is None else plain(gradient)


def function(name: str) -> Any:
    import micrograd_lab as ml

    return {
        "round": lambda t: t.round(),
        "sign": lambda t: t.sign(),
        "above_zero": lambda t: (t > 0).to(ml.float64),
        "square": lambda t: t * t,
    }[name]


def value(straight_through: Any, x: Any, name: str) -> Any:
    return plain(straight_through(leaf(x), function(name)))


def slope(straight_through: Any, x: Any, name: str, g: Any) -> Any:
    """x.grad for the upstream gradient g."""
    import micrograd_lab as ml

    a = leaf(x)
    (straight_through(a, function(name)) * ml.tensor(g, dtype=ml.float64)).sum().backward()
    return told(a.grad)


def in_between(straight_through: Any, x: Any, name: str, k: float) -> Any:
    """h = k·x and y = straight_through(h): y and h meet again in y * h."""
    a = leaf(x)
    h = a * k
    y = straight_through(h, function(name))
    (y * h).sum().backward()
    return told(a.grad)


def untouched(straight_through: Any, x: Any, name: str) -> Any:
    """The answer, and x's own numbers afterwards."""
    a = leaf(x)
    y = straight_through(a, function(name))
    return [plain(y), plain(a)]


def numbers(rng: Random, *shape: int) -> Any:
    """Far from every step of rounding and from 0, and none of them whole."""
    if shape:
        return [numbers(rng, *shape[1:]) for _ in range(shape[0])]
    return rng.choice((-1, 1)) * (rng.randint(2, 5) + rng.choice((0.2, 0.3, 0.7, 0.8)))


def draw_value(rng: Random) -> dict[str, Any]:
    return {"x": numbers(rng, 2, 3), "name": "round"}


def draw_round(rng: Random) -> dict[str, Any]:
    return {"x": numbers(rng, 4), "name": "round", "g": table(rng, 4)}


def draw_step(rng: Random) -> dict[str, Any]:
    x = numbers(rng, 2, 2)
    return {"x": x, "name": rng.choice(("sign", "above_zero")), "g": table(rng, 2, 2)}


def draw_square(rng: Random) -> dict[str, Any]:
    return {"x": numbers(rng, 3), "name": "square", "g": table(rng, 3, low=2)}


def draw_between(rng: Random) -> dict[str, Any]:
    return {"x": numbers(rng, 3), "name": rng.choice(("round", "sign")), "k": 1.5}


def draw_untouched(rng: Random) -> dict[str, Any]:
    return {"x": numbers(rng, 3), "name": "round"}


SLOPE = "x.grad for y = straight_through(x, {name}), upstream gradient {g}, x = {x}"

EXERCISE = Exercise(
    name="ex13b_straight_through",
    title="Straight through a step",
    entry_point="straight_through",
    reference=straight_through,
    probes=(
        Probe("the values are f's", value, 1, draw_value,
              "straight_through({x}, {name})", "detach changes no number: f(x)"),
        Probe("rounding lets the gradient through", slope, 2, draw_round, SLOPE,
              "as if y were x: the upstream gradient as it is"),
        Probe("so does a step", slope, 1, draw_step, SLOPE,
              "as if y were x: the upstream gradient as it is"),
        Probe("the slope of f itself has no say", slope, 2, draw_square, SLOPE,
              "as if y were x, whatever the slope of f: the upstream gradient as it is"),
        Probe("in the middle of a graph", in_between, 2, draw_between,
              "h = {k}·x, y = straight_through(h, {name}), (y * h).sum().backward(): x.grad at {x}",
              "{k}·(y + h): the product rule, with y's slope taken as 1"),
        Probe("x keeps its numbers", untouched, 1, draw_untouched,
              "y = straight_through(x, {name}) at x = {x}: y, and x afterwards",
              "the answer is a new tensor; x is the caller's"),
    ),
    misconceptions=(
        Misconception(
            wrong_side_detached,
            "The cut is on the wrong side: the slope of f − x comes through, which is −1 for a "
            "step. Detach the difference, f(x) - x, and leave x attached.",
        ),
        Misconception(
            no_cut,
            "That is f with its own slope, and the slope of a step is 0: nothing comes through. "
            "Write f(x) as x plus a correction, and cut off the correction.",
        ),
        Misconception(
            slope_added,
            "The slope 1 was added to that of f, and f is still attached. Take f(x) as plain "
            "numbers: cut it off.",
        ),
        Misconception(
            minus_x_forgotten,
            "The slope is right, but the value is x + f(x). Take x off again inside the cut, where "
            "it costs no gradient: (f(x) - x).detach().",
        ),
        Misconception(
            detaches_all,
            "The whole answer is detached, and nothing can come back through it. Detach the "
            "difference only; x itself stays attached.",
        ),
        Misconception(
            numpy_roundtrip,
            "A tensor made from NumPy's array is a new leaf. requires_grad=True lets it collect a "
            "gradient of its own, but the way back to x is gone.",
        ),
        Misconception(
            data_bypass,
            "You wrote f's values into x.data. Autograd looks away when .data is changed, and the "
            "caller's x is changed for good: make a new tensor.",
        ),
    ),
    hints=(
        "f(x) = x + (f(x) − x). The numbers stay the same whatever you detach in it.",
        "The gradient is to go through the first x as through nothing at all, and not through the "
        "correction f(x) − x.",
        "So the correction is what to detach.",
        "return x + (f(x) - x).detach()",
    ),
    difficulty=2,
    minutes=10,
    helpers=(plain, leaf, told, function),
)  # fmt: skip
