"""Exercise 06b: the gradient of a large batch, from parts that fit into memory."""

from random import Random
from typing import Any

from micrograd_lab.grader.spec import Exercise, Misconception, Probe, between


def accumulate(parameters: Any, batches: Any, mean_loss: Any) -> float:
    return in_parts(parameters, batches, mean_loss, lambda batch, n: len(batch) / n)


def in_parts(parameters: Any, batches: Any, mean_loss: Any, weight: Any) -> float:
    """The right way but for the weight of a part, which each caller chooses."""
    for p in parameters:
        p.grad = 0.0
    return added(batches, mean_loss, weight)


def added(batches: Any, mean_loss: Any, weight: Any) -> float:
    n, total = sum(map(len, batches)), 0.0
    for batch in batches:
        loss = mean_loss(batch) * weight(batch, n)
        loss.backward()
        total += loss.data
    return total


# The mistakes.


def not_rescaled(parameters: Any, batches: Any, mean_loss: Any) -> float:
    return in_parts(parameters, batches, mean_loss, lambda batch, n: 1.0)


def divides_by_batches(parameters: Any, batches: Any, mean_loss: Any) -> float:
    return in_parts(parameters, batches, mean_loss, lambda batch, n: 1 / len(batches))


def divides_by_examples(parameters: Any, batches: Any, mean_loss: Any) -> float:
    return in_parts(parameters, batches, mean_loss, lambda batch, n: 1 / n)


def not_divided(parameters: Any, batches: Any, mean_loss: Any) -> float:
    return in_parts(parameters, batches, mean_loss, lambda batch, n: len(batch))


def no_zero(parameters: Any, batches: Any, mean_loss: Any) -> float:
    return added(batches, mean_loss, lambda batch, n: len(batch) / n)


def zero_between(parameters: Any, batches: Any, mean_loss: Any) -> float:
    n = sum(map(len, batches))
    weight = [len(batch) / n for batch in batches]
    totals = [
        in_parts(parameters, [batch], mean_loss, lambda batch, n, w=w: w)
        for batch, w in zip(batches, weight, strict=True)
    ]
    return sum(totals)


def one_big_graph(parameters: Any, batches: Any, mean_loss: Any) -> float:
    n, total = sum(map(len, batches)), 0.0
    for batch in batches:
        total = total + mean_loss(batch) * (len(batch) / n)
    for p in parameters:
        p.grad = 0.0
    total.backward()  # type: ignore[attr-defined]
    return total.data  # type: ignore[attr-defined, no-any-return]


def scales_what_is_there(parameters: Any, batches: Any, mean_loss: Any) -> float:
    n, total = sum(map(len, batches)), 0.0
    for p in parameters:
        p.grad = 0.0
    for batch in batches:
        loss = mean_loss(batch)
        loss.backward()
        total += loss.data * len(batch) / n
        for p in parameters:
            p.grad *= len(batch) / n
    return total


def loss_not_weighted(parameters: Any, batches: Any, mean_loss: Any) -> float:
    accumulate(parameters, batches, mean_loss)
    return sum(float(mean_loss(batch).data) for batch in batches) / len(batches)


def steps_too(parameters: Any, batches: Any, mean_loss: Any) -> float:
    for p in parameters:
        p.grad = 0.0
    n, total = sum(map(len, batches)), 0.0
    for batch in batches:
        loss = mean_loss(batch) * (len(batch) / n)
        loss.backward()
        total += loss.data
        for p in parameters:
            p.data -= 0.1 * p.grad
    return total


# The questions.


def fit_line(batches: Any, old: float) -> Any:
    """w and b of a line, and the mean squared error of one batch of points (x, y)."""
    from micrograd_lab.scalar import Value

    w, b = Value(0.5, label="w"), Value(-0.5, label="b")
    w.grad = b.grad = old

    def mean_loss(batch: Any) -> Any:
        return sum((w * x + b - y) ** 2 for x, y in batch) / len(batch)

    return [w, b], mean_loss


def gradients(accumulate: Any, batches: Any, old: float) -> Any:
    parameters, mean_loss = fit_line(batches, old)
    accumulate(parameters, batches, mean_loss)
    return [p.grad for p in parameters]


def returned(accumulate: Any, batches: Any) -> Any:
    parameters, mean_loss = fit_line(batches, 0.0)
    return accumulate(parameters, batches, mean_loss)


def one_at_a_time(accumulate: Any, batches: Any) -> Any:
    """How many graphs wait at most for their backward(); then what the parameters are."""
    from micrograd_lab.scalar import Value

    parameters, mean_loss = fit_line(batches, 0.0)
    waiting, most = 0, 0
    plain = Value.backward

    def watched(batch: Any) -> Any:
        nonlocal waiting, most
        waiting += 1
        most = max(most, waiting)
        return mean_loss(batch)

    def backward(self: Any) -> None:
        nonlocal waiting
        waiting = 0
        plain(self)

    Value.backward = backward  # type: ignore[method-assign]
    try:
        accumulate(parameters, batches, watched)
    finally:
        Value.backward = plain  # type: ignore[method-assign]
    return [most, *(p.data for p in parameters)]


def draw_batches(rng: Random, sizes: list[int]) -> dict[str, Any]:
    def point() -> list[float]:
        return [between(rng, -2, 2), between(rng, -3, 3)]

    return {"batches": [[point() for _ in range(size)] for size in sizes]}


def draw_equal(rng: Random) -> dict[str, Any]:
    return {**draw_batches(rng, [2, 2, 2]), "old": 0.0}


def draw_uneven(rng: Random) -> dict[str, Any]:
    return {**draw_batches(rng, [3, rng.randint(4, 5), 1]), "old": 0.0}


def draw_old(rng: Random) -> dict[str, Any]:
    return {**draw_batches(rng, [2, 2]), "old": between(rng, 3, 5)}


def draw_returned(rng: Random) -> dict[str, Any]:
    return draw_batches(rng, [3, 1, 2])


def draw_watched(rng: Random) -> dict[str, Any]:
    return draw_batches(rng, [2] * rng.randint(3, 5))


WHOLE = "the gradient of the mean over all points, as if they were one batch"

EXERCISE = Exercise(
    name="ex06b_micro_batches",
    title="A large batch in small parts",
    entry_point="accumulate",
    reference=accumulate,
    probes=(
        Probe(
            "parts of equal size",
            gradients,
            2,
            draw_equal,
            "a line w·x + b through points (x, y) in batches {batches}: the grads of w and b",
            WHOLE,
        ),
        Probe(
            "parts of different sizes",
            gradients,
            3,
            draw_uneven,
            "a line w·x + b through points (x, y) in batches {batches}: the grads of w and b",
            WHOLE,
        ),
        Probe(
            "gradients left over from before",
            gradients,
            2,
            draw_old,
            "batches {batches}, both parameters hold a gradient of {old}: the grads of w and b",
            WHOLE + "; what was there before plays no part",
        ),
        Probe(
            "the loss",
            returned,
            1,
            draw_returned,
            "batches {batches}: what accumulate returns",
            "the mean loss over all points, a plain number",
        ),
        Probe(
            "one part in memory at a time",
            one_at_a_time,
            2,
            draw_watched,
            "the most graphs that waited for their backward() at once, then w and b themselves",
            "one graph at a time, and the parameters have not moved",
        ),
    ),
    misconceptions=(
        Misconception(
            not_rescaled,
            "You add up the means of the parts, so the gradient grows with their number. Weigh "
            "each part by its share of the examples, len(batch) / n.",
        ),
        Misconception(
            divides_by_batches,
            "You take the mean of the means, which counts an example in a small part for more. "
            "Weigh each part by its share of the examples, len(batch) / n.",
        ),
        Misconception(
            divides_by_examples,
            "mean_loss is divided by the size of its part already, and you divide by all examples "
            "once more. Multiply by len(batch) as well: len(batch) / n.",
        ),
        Misconception(
            not_divided,
            "That is the gradient of the sum over all examples. Of the mean it is 1/n of that: "
            "weigh each part by len(batch) / n.",
        ),
        Misconception(
            no_zero,
            "Gradients from before you began are still in there. Set them to 0 once, before the "
            "first part.",
        ),
        Misconception(
            zero_between,
            "You set the gradients back before every part, so only the last part is left. Here "
            "they are meant to add up: set them back once, before the loop.",
        ),
        Misconception(
            one_big_graph,
            "The number is right, but the graphs of all the parts wait in memory for one backward "
            "at the end. Call backward() on each part's loss before you compute the next.",
        ),
        Misconception(
            scales_what_is_there,
            "You scale p.grad after each part, and with it all the parts before. Scale the part's "
            "loss, then call backward() on that.",
        ),
        Misconception(
            loss_not_weighted,
            "The gradients are right. The loss you return is the mean of the means: weigh each "
            "part's loss by len(batch) / n there too.",
        ),
        Misconception(
            steps_too,
            "The parameters move between the parts. All parts are to be judged by the same "
            "parameters; the step comes after the last one, and is not asked for here.",
        ),
    ),
    hints=(
        "backward() adds to the gradients that are there. Most of the time that is a nuisance; "
        "here it does the work.",
        "The mean over all n examples is the sum over the parts of (size of the part / n) × (mean "
        "of the part).",
        "Multiply the part's loss by len(batch) / n before you call backward() on it: a factor in "
        "front of the loss is a factor in front of every gradient.",
        "Zero once. Then for each batch: loss = mean_loss(batch) * (len(batch) / n); "
        "loss.backward(); total += loss.data",
    ),
    difficulty=2,
    minutes=12,
    helpers=(fit_line,),
)
