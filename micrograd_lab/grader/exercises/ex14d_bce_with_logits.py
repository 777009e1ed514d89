"""Exercise 14d: yes or no: binary cross-entropy from logits, with its gradient."""

from random import Random
from typing import Any

import numpy as np

from micrograd_lab.grader.arrays import array, part, plain, worded
from micrograd_lab.grader.spec import Exercise, Misconception, Probe


def bce_with_logits(x: Any, t: Any) -> Any:
    loss = np.logaddexp(0.0, x) - t * x
    return loss.mean(), (sigmoid(x) - t) / x.size


def sigmoid(x: Any) -> Any:
    return np.exp(-np.logaddexp(0.0, -x))


# The mistakes.


def no_shift(x: Any, t: Any) -> Any:
    p = 1 / (1 + np.exp(-x))
    return -(t * np.log(p) + (1 - t) * np.log(1 - p)).mean(), (p - t) / x.size


def one_sided_shift(x: Any, t: Any) -> Any:
    """log1p(exp(x)) is fine for negative x, and overflows for positive ones."""
    return (np.log1p(np.exp(x)) - t * x).mean(), (sigmoid(x) - t) / x.size


def other_sided_shift(x: Any, t: Any) -> Any:
    """log1p(exp(-x)) is fine for positive x, and overflows for negative ones."""
    return (np.log1p(np.exp(-x)) + (1 - t) * x).mean(), (sigmoid(x) - t) / x.size


def gradient_overflows(x: Any, t: Any) -> Any:
    """The loss is safe; the sigmoid of the gradient is e^x / (1 + e^x)."""
    return bce_with_logits(x, t)[0], (np.exp(x) / (1 + np.exp(x)) - t) / x.size


def clipped(x: Any, t: Any) -> Any:
    p = np.clip(sigmoid(x), 1e-7, 1 - 1e-7)
    return -(t * np.log(p) + (1 - t) * np.log(1 - p)).mean(), (sigmoid(x) - t) / x.size


def sum_not_mean(x: Any, t: Any) -> Any:
    loss, gradient = bce_with_logits(x, t)
    return loss * x.size, gradient * x.size


def gradient_not_divided(x: Any, t: Any) -> Any:
    loss, gradient = bce_with_logits(x, t)
    return loss, gradient * x.size


def mean_of_rows_only(x: Any, t: Any) -> Any:
    loss, gradient = bce_with_logits(x, t)
    return loss * x.size / len(x), gradient * x.size / len(x)


def no_forgotten(x: Any, t: Any) -> Any:
    return (t * np.logaddexp(0.0, -x)).mean(), t * (sigmoid(x) - 1) / x.size


def double_sigmoid(x: Any, t: Any) -> Any:
    return bce_with_logits(sigmoid(x), t)


def slope_twice(x: Any, t: Any) -> Any:
    loss, gradient = bce_with_logits(x, t)
    return loss, gradient * sigmoid(x) * sigmoid(-x)


def sides_swapped(x: Any, t: Any) -> Any:
    return bce_with_logits(x, 1 - t)


def gradient_flipped(x: Any, t: Any) -> Any:
    loss, gradient = bce_with_logits(x, t)
    return loss, -gradient


def targets_rounded(x: Any, t: Any) -> Any:
    return bce_with_logits(x, np.where(t > 0.5, 1.0, 0.0))


def decision_for_probability(x: Any, t: Any) -> Any:
    loss, _ = bce_with_logits(x, t)
    return loss, (np.where(x > 0, 1.0, 0.0) - t) / x.size


# The questions.


def asked(bce_with_logits: Any, x: Any, t: Any, which: int) -> Any:
    import numpy

    with numpy.errstate(all="ignore"):
        return worded(part(bce_with_logits(array(x), array(t)), which, 2))


def untouched(bce_with_logits: Any, x: Any, t: Any) -> Any:
    """The gradient, and what came in, afterwards."""
    logits, targets = array(x), array(t)
    answer = part(bce_with_logits(logits, targets), 1, 2)
    return [answer, logits.tolist(), targets.tolist()]


def logits(rng: Random, n: int) -> list[float]:
    """Halves of whole numbers of both signs, none 0."""
    signs = [1, -1, *(rng.choice((-1, 1)) for _ in range(n - 2))]
    return [sign * rng.randint(1, 6) / 2 for sign in signs]


def draw_hard(rng: Random, which: int) -> dict[str, Any]:
    n = rng.choice((3, 4, 5))
    t = [*rng.sample((0, 1), 2), *(rng.choice((0, 1)) for _ in range(n - 2))]
    return {"x": logits(rng, n), "t": t, "which": which}


def draw_loss(rng: Random) -> dict[str, Any]:
    return draw_hard(rng, 0)


def draw_gradient(rng: Random) -> dict[str, Any]:
    return draw_hard(rng, 1)


def draw_soft(rng: Random) -> dict[str, Any]:
    x = [logits(rng, 3) for _ in range(2)]
    t = [[rng.choice((0.1, 0.2, 0.3, 0.7, 0.8)) for _ in range(3)] for _ in range(2)]
    return {"x": x, "t": t, "which": 0}


def draw_soft_gradient(rng: Random) -> dict[str, Any]:
    return {**draw_soft(rng), "which": 1}


def draw_large(rng: Random, sign: int, which: int) -> dict[str, Any]:
    """Sure of yes (sign 1) or of no (-1): once right, once wrong."""
    x = [sign * rng.randint(800, 3000) for _ in range(2)]
    return {"x": x, "t": rng.sample((0, 1), 2), "which": which}


def draw_sure_yes(rng: Random) -> dict[str, Any]:
    return draw_large(rng, 1, 0)


def draw_sure_no(rng: Random) -> dict[str, Any]:
    return draw_large(rng, -1, 0)


def draw_large_gradient(rng: Random) -> dict[str, Any]:
    big = rng.sample((-rng.randint(800, 3000), rng.randint(800, 3000)), 2)
    return {"x": [*big, -1.5], "t": [rng.choice((0, 1)) for _ in range(3)], "which": 1}


def draw_untouched(rng: Random) -> dict[str, Any]:
    return {"x": logits(rng, 3), "t": [0, 1, rng.choice((0, 1))]}


LOSS = "bce_with_logits({x}, {t}): the loss"
GRADIENT = "bce_with_logits({x}, {t}): the gradient"

EXERCISE = Exercise(
    name="ex14d_bce_with_logits",
    title="Yes or no, from minus to plus infinity",
    entry_point="bce_with_logits",
    reference=bce_with_logits,
    probes=(
        Probe("the loss", asked, 2, draw_loss, LOSS,
              "the mean of −ln p where the target is 1, and of −ln(1 − p) where it is 0"),
        Probe("the gradient", asked, 2, draw_gradient, GRADIENT, "(p − t) / n with p = sigmoid(x)"),
        Probe("the loss with soft targets, two axes", asked, 1, draw_soft, LOSS,
              "the mean over all entries of −t·ln p − (1 − t)·ln(1 − p)"),
        Probe("the gradient with soft targets, two axes", asked, 1, draw_soft_gradient, GRADIENT,
              "(p − t) / n, with n the number of all entries"),
        Probe("sure of yes", asked, 2, draw_sure_yes, LOSS,
              "almost 0 for the right one, and the logit itself for the wrong one"),
        Probe("sure of no", asked, 2, draw_sure_no, LOSS,
              "almost 0 for the right one, and minus the logit for the wrong one"),
        Probe("the gradient of large logits", asked, 1, draw_large_gradient, GRADIENT,
              "p is close to 0 or 1, and the gradient finite"),
        Probe("x and t keep their numbers", untouched, 1, draw_untouched,
              "bce_with_logits({x}, {t}): the gradient, then x and t afterwards",
              "the arrays are the caller's"),
    ),
    misconceptions=(
        Misconception(
            no_shift,
            "Far from 0 the sigmoid is 0 or 1 to a computer, and ln 0 is −inf. Put the formula of "
            "p into the logarithms first: the loss is max(x, 0) − t·x + ln(1 + e^−|x|).",
        ),
        Misconception(
            one_sided_shift,
            "ln(1 + eˣ) is right, and overflows for a large positive x. There it is x + "
            "ln(1 + e^−x): max(x, 0) + ln(1 + e^−|x|) serves both signs.",
        ),
        Misconception(
            other_sided_shift,
            "ln(1 + e^−x) is right, and overflows for a very negative x. There it is −x + "
            "ln(1 + eˣ): use e^−|x|, which never overflows.",
        ),
        Misconception(
            gradient_overflows,
            "The loss is safe, and the gradient's sigmoid is not: eˣ / (1 + eˣ) is inf / inf for "
            "large x. There write 1 / (1 + e^−x).",
        ),
        Misconception(
            clipped,
            "Clipping p keeps the logarithm finite and the loss wrong: it stops growing at about "
            "16. Compute from the logit, without p.",
        ),
        Misconception(
            sum_not_mean,
            "Loss and gradient are summed. Divide both by the number of entries.",
        ),
        Misconception(
            gradient_not_divided,
            "The loss is a mean, and the gradient that of a sum. Divide it by the number of "
            "entries too.",
        ),
        Misconception(
            mean_of_rows_only,
            "You divide by the number of rows. The mean is over all entries: x.size.",
        ),
        Misconception(
            no_forgotten,
            "You have −t·ln p alone: where the target is 0 nothing is learnt. Its other half is "
            "−(1 − t)·ln(1 − p).",
        ),
        Misconception(
            double_sigmoid,
            "The sigmoid is applied twice. x are logits, and the loss does the sigmoid itself: "
            "once.",
        ),
        Misconception(
            slope_twice,
            "The sigmoid's slope p·(1 − p) is in the gradient once too often: it cancels against "
            "the loss's 1 / (p·(1 − p)). What is left is p − t.",
        ),
        Misconception(
            sides_swapped,
            "Yes and no are swapped: t = 1 means that p should be large.",
        ),
        Misconception(
            gradient_flipped,
            "The gradient has the wrong sign: where p is above the target, raising x makes it "
            "worse. p − t.",
        ),
        Misconception(
            targets_rounded,
            "Targets between 0 and 1 are meant as they are: 0.7 is not yes, but yes to 70 %.",
        ),
        Misconception(
            decision_for_probability,
            "In the gradient you take the decision, 0 or 1, for the probability. It is the "
            "sigmoid itself: p − t.",
        ),
    ),
    hints=(
        "With p = 1 / (1 + e^−x):  −ln p = ln(1 + e^−x)  and  −ln(1 − p) = x + ln(1 + e^−x).",
        "So the loss of one entry is ln(1 + e^−x) + (1 − t)·x. That overflows for very negative "
        "x. There, ln(1 + e^−x) = −x + ln(1 + eˣ).",
        "Both at once: max(x, 0) − t·x + ln(1 + e^−|x|). np.log1p(z) is ln(1 + z).",
        "The gradient of one entry is p − t, over x.size. For a sigmoid without overflow let e = "
        "np.exp(-abs(x)), and take np.where(x > 0, 1, e) / (1 + e).",
    ),
    difficulty=2,
    minutes=15,
    helpers=(array, plain, part, worded),
    without=("micrograd_lab",),
)  # fmt: skip
