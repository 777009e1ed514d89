"""Exercise 08c: the hinge loss, which stops pushing once an answer is right by a margin."""

from random import Random
from typing import Any

from micrograd_lab.grader.spec import Exercise, Misconception, Probe, between


def hinge_loss(scores: Any, labels: Any, parameters: Any, alpha: float) -> Any:
    return mean(margins(scores, labels)) + penalty(parameters, alpha)


def margins(scores: Any, labels: Any) -> Any:
    return [(1 - y * s).relu() for s, y in zip(scores, labels, strict=True)]


def mean(values: Any) -> Any:
    return sum(values) / len(values)


def penalty(parameters: Any, alpha: float) -> Any:
    return alpha * sum(p * p for p in parameters)


# The mistakes: first in the loss, then in the penalty.


def sum_not_mean(scores: Any, labels: Any, parameters: Any, alpha: float) -> Any:
    return sum(margins(scores, labels)) + penalty(parameters, alpha)


def gate_missing(scores: Any, labels: Any, parameters: Any, alpha: float) -> Any:
    gaps = [1 - y * s for s, y in zip(scores, labels, strict=True)]
    return mean(gaps) + penalty(parameters, alpha)


def no_margin(scores: Any, labels: Any, parameters: Any, alpha: float) -> Any:
    gaps = [(-y * s).relu() for s, y in zip(scores, labels, strict=True)]
    return mean(gaps) + penalty(parameters, alpha)


def sign_flipped(scores: Any, labels: Any, parameters: Any, alpha: float) -> Any:
    return hinge_loss(scores, [-y for y in labels], parameters, alpha)


def label_minus_score(scores: Any, labels: Any, parameters: Any, alpha: float) -> Any:
    gaps = [(y - s).relu() for s, y in zip(scores, labels, strict=True)]
    return mean(gaps) + penalty(parameters, alpha)


def mean_of_the_wrong_ones(scores: Any, labels: Any, parameters: Any, alpha: float) -> Any:
    wrong = [m for m in margins(scores, labels) if m.data > 0]
    return (mean(wrong) if wrong else 0.0) + penalty(parameters, alpha)


def worst_only(scores: Any, labels: Any, parameters: Any, alpha: float) -> Any:
    worst = max(margins(scores, labels), key=lambda m: float(m.data))
    return worst + penalty(parameters, alpha)


def squared_hinge(scores: Any, labels: Any, parameters: Any, alpha: float) -> Any:
    return mean([m * m for m in margins(scores, labels)]) + penalty(parameters, alpha)


def leaves_the_graph(scores: Any, labels: Any, parameters: Any, alpha: float) -> Any:
    gaps = [max(0.0, 1 - y * s.data) for s, y in zip(scores, labels, strict=True)]
    return penalty(parameters, alpha) + mean(gaps)


def penalty_forgotten(scores: Any, labels: Any, parameters: Any, alpha: float) -> Any:
    return mean(margins(scores, labels))


def penalty_of_numbers(scores: Any, labels: Any, parameters: Any, alpha: float) -> Any:
    return mean(margins(scores, labels)) + alpha * sum(p.data**2 for p in parameters)


def penalty_not_squared(scores: Any, labels: Any, parameters: Any, alpha: float) -> Any:
    return mean(margins(scores, labels)) + alpha * sum(parameters)


def penalty_averaged(scores: Any, labels: Any, parameters: Any, alpha: float) -> Any:
    return mean(margins(scores, labels)) + penalty(parameters, alpha) / len(parameters)


def penalty_per_example(scores: Any, labels: Any, parameters: Any, alpha: float) -> Any:
    return mean(margins(scores, labels)) + penalty(parameters, alpha) / len(scores)


# The questions.


def value(hinge_loss: Any, scores: Any, labels: Any, p: Any, alpha: float) -> Any:
    from micrograd_lab.scalar import Value

    return hinge_loss([Value(s) for s in scores], labels, [Value(w) for w in p], alpha).data


def gradient(hinge_loss: Any, scores: Any, labels: Any, p: Any, alpha: float, u: float) -> Any:
    from micrograd_lab.scalar import Value

    values = [Value(s) for s in scores]
    (hinge_loss(values, labels, [Value(w) for w in p], alpha) * u).backward()
    return [s.grad for s in values]


def pull(hinge_loss: Any, scores: Any, labels: Any, p: Any, alpha: float, u: float) -> Any:
    from micrograd_lab.scalar import Value

    values = [Value(w) for w in p]
    (hinge_loss([Value(s) for s in scores], labels, values, alpha) * u).backward()
    return [w.grad for w in values]


def draw_scores(rng: Random) -> dict[str, Any]:
    """A wrong one and a right one of either label, some right by less than the margin."""
    pairs = [
        (between(rng, 1.4, 3), 1),
        (between(rng, 0.2, 0.8), 1),
        (between(rng, -1.9, -1.1), 1),
        (between(rng, 0.3, 0.6), -1),
        (between(rng, -4, -2), -1),
    ]
    rng.shuffle(pairs)
    scores, labels = [s for s, _ in pairs], [y for _, y in pairs]
    return {"scores": scores, "labels": labels, "p": [1.0, -1.0, 2.0], "alpha": 0.0}


def draw_gradient(rng: Random) -> dict[str, Any]:
    return {**draw_scores(rng), "u": between(rng, 2, 4)}


def draw_penalty(rng: Random) -> dict[str, Any]:
    p = [between(rng, 1, 2), between(rng, -2.9, -2.1), between(rng, 3, 4)]
    return {**draw_scores(rng), "p": p, "alpha": between(rng, 0.1, 0.3)}


def draw_pull(rng: Random) -> dict[str, Any]:
    return {**draw_penalty(rng), "u": between(rng, 2, 4)}


SET = "scores {scores}, labels {labels}, parameters {p}, alpha {alpha}: "

EXERCISE = Exercise(
    name="ex08c_hinge_loss",
    title="Right by a margin",
    entry_point="hinge_loss",
    reference=hinge_loss,
    probes=(
        Probe("the loss without a penalty", value, 3, draw_scores, SET + "the loss",
              "the mean over all examples of relu(1 − label · score)"),
        Probe("the gradients of the scores", gradient, 3, draw_gradient,
              SET + "the scores' gradients after ({u} · loss).backward()",
              "−label / N, times {u}, where the margin is missed; 0 where it is kept"),
        Probe("the loss with a penalty", value, 2, draw_penalty, SET + "the loss",
              "that mean, plus alpha times the sum of the parameters' squares"),
        Probe("the gradients of the parameters", pull, 2, draw_pull,
              SET + "the parameters' gradients after ({u} · loss).backward()",
              "the scores are leaves here, so only the penalty pulls: {u} · 2 · alpha · p"),
    ),
    misconceptions=(
        Misconception(
            sum_not_mean,
            "You add up the examples' losses. Divide by how many there are, so that the step does "
            "not grow with the data.",
        ),
        Misconception(
            gate_missing,
            "Examples that are right by far still pull, with a loss below 0. Take relu of "
            "1 − label · score: beyond the margin there is nothing left to gain.",
        ),
        Misconception(
            no_margin,
            "The margin is missing: an example that is only just right has no loss here. It is "
            "relu(1 − label · score).",
        ),
        Misconception(
            sign_flipped,
            "The sign is the wrong way round: right answers are punished. label · score is above 0 "
            "where both agree, so it is subtracted from 1.",
        ),
        Misconception(
            label_minus_score,
            "You compare label and score by subtraction, which is right for the label 1 only. "
            "Multiply them: 1 − label · score works for both.",
        ),
        Misconception(
            mean_of_the_wrong_ones,
            "You divide by the number of examples that miss the margin. Divide by all of them: the "
            "loss should fall as more of them are right.",
        ),
        Misconception(
            worst_only,
            "Only the worst example counts here. All that miss the margin do: take the mean.",
        ),
        Misconception(
            squared_hinge,
            "The margins are squared. That is a loss too, but not this one: the hinge grows in a "
            "straight line.",
        ),
        Misconception(
            leaves_the_graph,
            "The number is right; no gradient reaches the scores, because you compute with .data. "
            "Use the Values, and .relu() for max(0, ...).",
        ),
        Misconception(
            penalty_forgotten,
            "The penalty is missing: add alpha times the sum of p * p over the parameters.",
        ),
        Misconception(
            penalty_of_numbers,
            "The penalty is computed from p.data, so it has no gradient and shrinks nothing. "
            "Multiply the Values: p * p.",
        ),
        Misconception(
            penalty_not_squared,
            "The parameters are added as they are, so that a large negative one lowers the loss. "
            "Add their squares.",
        ),
        Misconception(
            penalty_averaged,
            "The penalty is divided by the number of parameters. It is alpha times their sum of "
            "squares, undivided.",
        ),
        Misconception(
            penalty_per_example,
            "The penalty is divided by the number of examples. It belongs to the parameters: add "
            "it once, after the mean.",
        ),
    ),
    hints=(
        "For one example: when is 1 − label · score above 0? What does relu make of the rest?",
        "Pair scores and labels with zip, and stay with Values: (1 - y * s).relu().",
        "Then the mean: sum(...) / len(scores). The penalty is added once, after that.",
        "sum((1 - y * s).relu() for s, y in zip(scores, labels)) / len(scores) + alpha * sum(p * p "
        "for p in parameters)",
    ),
    difficulty=1,
    minutes=12,
)  # fmt: skip
