"""Exercise 14b: softmax going back: every probability depends on every logit of its row."""

from random import Random
from typing import Any

import numpy as np

from micrograd_lab.grader.arrays import array, plain, table, worded
from micrograd_lab.grader.spec import Exercise, Misconception, Probe


def softmax_vjp(g: Any, p: Any) -> Any:
    return p * (g - (g * p).sum(axis=-1, keepdims=True))


# The mistakes.


def diagonal_only(g: Any, p: Any) -> Any:
    return g * p * (1 - p)


def outer_p_missing(g: Any, p: Any) -> Any:
    return g - (g * p).sum(axis=-1, keepdims=True)


def sum_of_g(g: Any, p: Any) -> Any:
    return p * (g - g.sum(axis=-1, keepdims=True))


def mean_not_sum(g: Any, p: Any) -> Any:
    return p * (g - (g * p).mean(axis=-1, keepdims=True))


def rows_mixed(g: Any, p: Any) -> Any:
    return p * (g - (g * p).sum())


def first_axis(g: Any, p: Any) -> Any:
    return p * (g - (g * p).sum(axis=0))


def plus_for_minus(g: Any, p: Any) -> Any:
    return p * (g + (g * p).sum(axis=-1, keepdims=True))


def log_softmax_rule(g: Any, p: Any) -> Any:
    return g - p * g.sum(axis=-1, keepdims=True)


def softmax_again(g: Any, p: Any) -> Any:
    e = np.exp(p)
    return softmax_vjp(g, e / e.sum(axis=-1, keepdims=True))


def exp_alone(g: Any, p: Any) -> Any:
    return g * p


def sign_flipped(g: Any, p: Any) -> Any:
    return -softmax_vjp(g, p)


# The questions.


def pulled(softmax_vjp: Any, g: Any, logits: Any) -> Any:
    """The gradient of logits of which p is the softmax."""
    import numpy

    x = array(logits)
    e = numpy.exp(x - x.max(axis=-1, keepdims=True))
    with numpy.errstate(all="ignore"):
        return worded(plain(softmax_vjp(array(g), e / e.sum(axis=-1, keepdims=True))))


def given(softmax_vjp: Any, g: Any, p: Any) -> Any:
    return worded(plain(softmax_vjp(array(g), array(p))))


def untouched(softmax_vjp: Any, g: Any, p: Any) -> Any:
    """The answer, and what came in, afterwards."""
    upstream, output = array(g), array(p)
    return [plain(softmax_vjp(upstream, output)), plain(upstream), plain(output)]


def draw_row(rng: Random) -> dict[str, Any]:
    g = [rng.choice((-1, 1)) * n for n in rng.sample(range(2, 10), 3)]
    return {"g": g, "p": rng.choice(([0.5, 0.25, 0.25], [0.25, 0.25, 0.5]))}


def draw_batch(rng: Random) -> dict[str, Any]:
    n, c = rng.sample((2, 3, 4), 2)
    return {"g": table(rng, n, c, low=2), "logits": [rng.sample(range(-2, 3), c) for _ in range(n)]}


def draw_block(rng: Random) -> dict[str, Any]:
    a, b, c = rng.sample((2, 3, 4), 3)
    logits = [[rng.sample(range(-2, 3), c) for _ in range(b)] for _ in range(a)]
    return {"g": table(rng, a, b, c, low=2), "logits": logits}


def draw_one_hot(rng: Random) -> dict[str, Any]:
    """One row quite sure of itself, and one that is not."""
    g = [rng.sample(range(2, 10), 2), [rng.randint(2, 5), rng.randint(6, 9)]]
    sure = rng.sample((0.0, 1.0), 2)
    return {"g": g, "p": [sure, [0.25, 0.75]]}


def draw_constant(rng: Random) -> dict[str, Any]:
    k = rng.randint(2, 9)
    return {"g": [[k] * 3] * 2, "logits": [rng.sample(range(-2, 3), 3) for _ in range(2)]}


def draw_untouched(rng: Random) -> dict[str, Any]:
    return {"g": [[rng.randint(2, 5), -rng.randint(2, 5)]] * 2, "p": [[0.25, 0.75], [0.5, 0.5]]}


EXERCISE = Exercise(
    name="ex14b_softmax_vjp",
    title="One rises, the others fall",
    entry_point="softmax_vjp",
    reference=softmax_vjp,
    probes=(
        Probe("one row", given, 2, draw_row, "softmax_vjp(np.array({g}), np.array({p}))",
              "dxⱼ = pⱼ · (gⱼ − Σ g·p)"),
        Probe("a batch", pulled, 3, draw_batch,
              "softmax_vjp({g}, p) with p the softmax of {logits}",
              "dxⱼ = pⱼ · (gⱼ − Σ g·p), each row with a sum of its own"),
        Probe("three axes", pulled, 1, draw_block,
              "softmax_vjp({g}, p) with p the softmax of {logits}",
              "the sum goes along the last axis"),
        Probe("a row that is sure", given, 1, draw_one_hot,
              "softmax_vjp(np.array({g}), np.array({p}))",
              "where p is 0 or 1 nothing moves: the gradient is 0"),
        Probe("the same g for all", pulled, 2, draw_constant,
              "softmax_vjp({g}, p) with p the softmax of {logits}",
              "the probabilities of a row add up to 1 whatever happens, so nothing is to be gained"),
        Probe("g and p keep their numbers", untouched, 1, draw_untouched,
              "softmax_vjp({g}, {p}): the answer, then g and p afterwards",
              "dx is a new array"),
    ),
    misconceptions=(
        Misconception(
            diagonal_only,
            "You have only dpⱼ/dxⱼ. When one logit rises, all other probabilities of its row fall: "
            "dpᵢ/dxⱼ = −pᵢ·pⱼ for them, and those paths carry gradient too.",
        ),
        Misconception(
            outer_p_missing,
            "The factor pⱼ in front is missing: p * (g − Σ g·p). A probability of 0 cannot move.",
        ),
        Misconception(
            sum_of_g,
            "The sum is that of g·p, and not of g alone: each path goes through its probability.",
        ),
        Misconception(
            mean_not_sum,
            "Gradients of several paths add up. Take the sum of g·p along the row, not its mean.",
        ),
        Misconception(
            rows_mixed,
            "You sum over the whole batch. Each row is a softmax of its own: axis=-1, with "
            "keepdims=True.",
        ),
        Misconception(
            first_axis,
            "You sum down the columns. A softmax goes along the last axis: axis=-1, keepdims=True.",
        ),
        Misconception(
            plus_for_minus,
            "The sign of the sum is wrong. When one probability rises, the others fall: "
            "p * (g − Σ g·p).",
        ),
        Misconception(
            log_softmax_rule,
            "That is the rule of the logarithm of softmax, g − p·Σg. For softmax itself it is "
            "p * (g − Σ g·p).",
        ),
        Misconception(
            softmax_again,
            "You apply softmax to p. p is its output already: use it as it is.",
        ),
        Misconception(
            exp_alone,
            "You left out the denominator, Σ eˣ. It depends on each logit as well, and gives the "
            "term −p·Σ g·p.",
        ),
        Misconception(
            sign_flipped,
            "Everything has the wrong sign: p * (g − Σ g·p).",
        ),
    ),
    hints=(
        "Move one logit of a row: which of the row's probabilities change, and in which direction?",
        "dpᵢ/dxⱼ is pᵢ·(1 − pᵢ) for i = j, and −pᵢ·pⱼ otherwise. dxⱼ = Σᵢ gᵢ · dpᵢ/dxⱼ.",
        "Put it in and collect: dxⱼ = pⱼ · gⱼ − pⱼ · Σᵢ gᵢ·pᵢ. The sum is one number per row.",
        "return p * (g - (g * p).sum(axis=-1, keepdims=True))",
    ),
    difficulty=2,
    minutes=15,
    helpers=(array, plain, worded),
    without=("micrograd_lab",),
)  # fmt: skip
