"""Exercise 14c: softmax cross-entropy and its gradient, p − y, for any size of logits."""

from random import Random
from typing import Any

import numpy as np

from micrograd_lab.grader.arrays import array, part, plain, worded
from micrograd_lab.grader.spec import Exercise, Misconception, Probe


def log_softmax(x: Any) -> Any:
    return x - np.logaddexp.reduce(x, axis=-1)[:, None]


def softmax(x: Any) -> Any:
    return np.exp(log_softmax(x))


def picked(x: Any, targets: Any) -> Any:
    return x[np.arange(len(targets)), targets]


def one_hot(x: Any, targets: Any) -> Any:
    return np.eye(x.shape[1])[targets]


def cross_entropy(logits: Any, targets: Any) -> Any:
    loss = -picked(log_softmax(logits), targets).mean()
    return loss, (softmax(logits) - one_hot(logits, targets)) / len(targets)


# The mistakes.


def no_shift(logits: Any, targets: Any) -> Any:
    e = np.exp(logits)
    p = e / e.sum(axis=1, keepdims=True)
    return -np.log(picked(p, targets)).mean(), (p - one_hot(p, targets)) / len(targets)


def clipped(logits: Any, targets: Any) -> Any:
    p = softmax(logits)
    return -np.log(picked(p, targets) + 1e-12).mean(), cross_entropy(logits, targets)[1]


def log_of_zero(logits: Any, targets: Any) -> Any:
    return -np.log(picked(softmax(logits), targets)).mean(), cross_entropy(logits, targets)[1]


def diagonal_only(logits: Any, targets: Any) -> Any:
    loss, gradient = cross_entropy(logits, targets)
    return loss, gradient * one_hot(logits, targets)


def double_softmax(logits: Any, targets: Any) -> Any:
    return cross_entropy(softmax(logits), targets)


def sum_not_mean(logits: Any, targets: Any) -> Any:
    loss, gradient = cross_entropy(logits, targets)
    return loss * len(targets), gradient * len(targets)


def gradient_not_divided(logits: Any, targets: Any) -> Any:
    loss, gradient = cross_entropy(logits, targets)
    return loss, gradient * len(targets)


def divides_by_all(logits: Any, targets: Any) -> Any:
    loss, gradient = cross_entropy(logits, targets)
    return loss / logits.shape[1], gradient / logits.shape[1]


def one_hot_forgotten(logits: Any, targets: Any) -> Any:
    return cross_entropy(logits, targets)[0], softmax(logits) / len(targets)


def gradient_flipped(logits: Any, targets: Any) -> Any:
    loss, gradient = cross_entropy(logits, targets)
    return loss, -gradient


def minus_forgotten(logits: Any, targets: Any) -> Any:
    loss, gradient = cross_entropy(logits, targets)
    return -loss, gradient


def picks_columns(logits: Any, targets: Any) -> Any:
    loss = -log_softmax(logits)[:, targets].mean()
    gradient = softmax(logits)
    gradient[:, targets] -= 1
    return loss, gradient / len(targets)


def gradient_in_columns(logits: Any, targets: Any) -> Any:
    return cross_entropy(logits, targets)[0], picks_columns(logits, targets)[1]


def softmax_down_the_columns(logits: Any, targets: Any) -> Any:
    log_p = logits - np.logaddexp.reduce(logits, axis=0)
    gradient = (np.exp(log_p) - one_hot(logits, targets)) / len(targets)
    return -picked(log_p, targets).mean(), gradient


def probability_not_log(logits: Any, targets: Any) -> Any:
    p = picked(softmax(logits), targets)
    return 1 - p.mean(), cross_entropy(logits, targets)[1]


# The questions.


def asked(cross_entropy: Any, logits: Any, targets: Any, which: int) -> Any:
    import numpy

    with numpy.errstate(all="ignore"):
        answer = cross_entropy(array(logits), array(targets, int))
    return worded(part(answer, which, 2))


def untouched(cross_entropy: Any, logits: Any, targets: Any) -> Any:
    """The loss twice from the same arrays, and the arrays afterwards."""
    x, t = array(logits), array(targets, int)
    first = part(cross_entropy(x, t), 0, 2)
    return [first, part(cross_entropy(x, t), 0, 2), x.tolist(), t.tolist()]


def draw_batch(rng: Random) -> dict[str, Any]:
    """Targets of at least two classes, of which the first two differ; logits that all differ."""
    n, c = rng.choice(((4, 3), (3, 4), (5, 3)))
    rows = [[k / 2 for k in rng.sample(range(-4, 5), c)] for _ in range(n)]
    targets = [*rng.sample(range(c), 2), *(rng.randrange(c) for _ in range(n - 2))]
    return {"logits": rows, "targets": targets}


def draw_loss(rng: Random) -> dict[str, Any]:
    return {**draw_batch(rng), "which": 0}


def draw_gradient(rng: Random) -> dict[str, Any]:
    return {**draw_batch(rng), "which": 1}


def draw_one(rng: Random) -> dict[str, Any]:
    logits = [[k / 2 for k in rng.sample(range(-4, 5), 3)]]
    return {"logits": logits, "targets": [rng.randrange(3)], "which": rng.choice((0, 1))}


def draw_large(rng: Random, which: int) -> dict[str, Any]:
    """Sure and wrong, sure and right, and in doubt between two."""
    big = rng.randint(800, 3000)
    logits = [[big, 0, rng.randint(1, 9)], [rng.randint(1, 9), 0, big], [-big, 1 - big, -2 * big]]
    return {"logits": logits, "targets": [1, 2, rng.choice((0, 1))], "which": which}


def draw_large_loss(rng: Random) -> dict[str, Any]:
    return draw_large(rng, 0)


def draw_large_gradient(rng: Random) -> dict[str, Any]:
    return draw_large(rng, 1)


LOSS = "cross_entropy({logits}, {targets}): the loss"
GRADIENT = "cross_entropy({logits}, {targets}): the gradient"

EXERCISE = Exercise(
    name="ex14c_cross_entropy",
    title="Surprise, and how to be less surprised",
    entry_point="cross_entropy",
    reference=cross_entropy,
    probes=(
        Probe("the loss of a batch", asked, 2, draw_loss, LOSS,
              "the mean over the rows of −ln p of the right class"),
        Probe("the gradient of a batch", asked, 3, draw_gradient, GRADIENT,
              "(p − y) / N: the probabilities, minus 1 at the right class"),
        Probe("a batch of one", asked, 1, draw_one,
              "cross_entropy({logits}, {targets}): part {which} of (loss, gradient)",
              "no special case"),
        Probe("the loss of large logits", asked, 2, draw_large_loss, LOSS,
              "who is sure and wrong loses the distance of the logits: large, and finite"),
        Probe("the gradient of large logits", asked, 2, draw_large_gradient, GRADIENT,
              "probabilities are at most 1, so each entry is at most 1 / N"),
        Probe("what came in keeps its numbers", untouched, 1, draw_batch,
              "cross_entropy({logits}, {targets}) twice: both losses, then logits and targets",
              "the arrays are the caller's"),
    ),
    misconceptions=(
        Misconception(
            no_shift,
            "exp of a large logit overflows, and inf / inf is nan. Probabilities do not change "
            "when a row's largest logit is taken off first.",
        ),
        Misconception(
            clipped,
            "A small number added to p keeps the logarithm finite and the loss wrong: it stops "
            "growing at about 28. Stay with logarithms: ln p = x − logsumexp(x).",
        ),
        Misconception(
            log_of_zero,
            "p is right, but a very small one is 0 to a computer, and ln 0 is −inf. Don't take the "
            "logarithm of p: ln p = x − logsumexp(x), which needs none.",
        ),
        Misconception(
            diagonal_only,
            "Only the right class gets a gradient. The other logits lower its probability, so they "
            "get one as well: p, in full.",
        ),
        Misconception(
            double_softmax,
            "Softmax is applied twice. The loss takes logits and does the softmax itself: give it "
            "the logits as they are.",
        ),
        Misconception(
            sum_not_mean,
            "Loss and gradient are summed over the batch. Divide both by N, the number of rows: "
            "then a step does not grow with the batch.",
        ),
        Misconception(
            gradient_not_divided,
            "The loss is a mean, and the gradient that of a sum. Divide it by N too.",
        ),
        Misconception(
            divides_by_all,
            "You average over rows and classes. Each row has one loss: divide by N alone.",
        ),
        Misconception(
            one_hot_forgotten,
            "Your gradient is p / N and pushes every logit down, the right one too. Take off 1 at "
            "the right class: (p − y) / N.",
        ),
        Misconception(
            gradient_flipped,
            "The gradient has the wrong sign: it points uphill, where the loss grows. (p − y) / N, "
            "not (y − p) / N.",
        ),
        Misconception(
            minus_forgotten,
            "The loss is negative. ln of a probability is below 0; the surprise is −ln p.",
        ),
        Misconception(
            picks_columns,
            "log_p[:, targets] takes whole columns, for every row all targets. One entry per row "
            "is log_p[np.arange(N), targets].",
        ),
        Misconception(
            gradient_in_columns,
            "gradient[:, targets] -= 1 takes 1 off whole columns, in every row for all targets. "
            "One entry per row is gradient[np.arange(N), targets].",
        ),
        Misconception(
            softmax_down_the_columns,
            "Your softmax goes down the columns. The classes of one example are a row: axis=1.",
        ),
        Misconception(
            probability_not_log,
            "The loss is 1 − p. Cross-entropy is −ln p, which belongs to the gradient p − y.",
        ),
    ),
    hints=(
        "ln p = x − logsumexp(x), row by row: compute this first, with the row's largest taken off, "
        "and everything else follows.",
        "The loss is the mean of −ln p at the right classes: log_p[np.arange(N), targets] picks "
        "one per row.",
        "For one row d(−ln pₜ)/dxⱼ is pⱼ, and at the right class pⱼ − 1.",
        "p = np.exp(log_p); p[np.arange(N), targets] -= 1; return loss, p / N",
    ),
    difficulty=2,
    minutes=20,
    helpers=(array, plain, part, worded),
    without=("micrograd_lab",),
)  # fmt: skip
