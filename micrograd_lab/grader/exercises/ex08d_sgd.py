"""Exercise 08d: stochastic gradient descent, a few examples at a time, with ever smaller steps."""

from random import Random
from typing import Any

from micrograd_lab.grader.spec import Exercise, Misconception, Probe, between


def sgd(parameters: Any, loss_of: Any, data: Any, size: int, rates: Any) -> list[float]:
    return [epoch(parameters, loss_of, chunks(data, size), rate) for rate in rates]


def chunks(data: Any, size: int) -> Any:
    return [data[i : i + size] for i in range(0, len(data), size)]


def epoch(parameters: Any, loss_of: Any, batches: Any, rate: float, zero: bool = True) -> float:
    losses = []
    for batch in batches:
        loss = loss_of(batch)
        for p in parameters if zero else ():
            p.grad = 0.0
        loss.backward()
        for p in parameters:
            p.data -= rate * p.grad
        losses.append(loss.data)
    return float(sum(losses) / len(losses))


# The mistakes.


def param_rebound(parameters: Any, loss_of: Any, data: Any, size: int, rates: Any) -> Any:
    means = []
    for rate in rates:
        losses = []
        for batch in chunks(data, size):
            loss = loss_of(batch)
            loss.backward()
            for p in parameters:
                p = p - rate * p.grad
            losses.append(loss.data)
        means.append(sum(losses) / len(losses))
    return means


def uphill_step(parameters: Any, loss_of: Any, data: Any, size: int, rates: Any) -> Any:
    return sgd(parameters, loss_of, data, size, [-rate for rate in rates])


def no_zero(parameters: Any, loss_of: Any, data: Any, size: int, rates: Any) -> Any:
    return [epoch(parameters, loss_of, chunks(data, size), rate, zero=False) for rate in rates]


def zero_once_per_epoch(parameters: Any, loss_of: Any, data: Any, size: int, rates: Any) -> Any:
    means = []
    for rate in rates:
        for p in parameters:
            p.grad = 0.0
        means.append(epoch(parameters, loss_of, chunks(data, size), rate, zero=False))
    return means


def all_at_once(parameters: Any, loss_of: Any, data: Any, size: int, rates: Any) -> Any:
    return sgd(parameters, loss_of, data, len(data), rates)


def first_batch_only(parameters: Any, loss_of: Any, data: Any, size: int, rates: Any) -> Any:
    return sgd(parameters, loss_of, data[:size], size, rates)


def remainder_dropped(parameters: Any, loss_of: Any, data: Any, size: int, rates: Any) -> Any:
    return sgd(parameters, loss_of, data[: len(data) // size * size], size, rates)


def batch_per_epoch(parameters: Any, loss_of: Any, data: Any, size: int, rates: Any) -> Any:
    batches = chunks(data, size)
    return [
        epoch(parameters, loss_of, [batches[i % len(batches)]], rate)
        for i, rate in enumerate(rates)
    ]


def overlapping_batches(parameters: Any, loss_of: Any, data: Any, size: int, rates: Any) -> Any:
    batches = [data[i : i + size] for i in range(len(data) - size + 1)]
    return [epoch(parameters, loss_of, batches, rate) for rate in rates]


def one_rate(parameters: Any, loss_of: Any, data: Any, size: int, rates: Any) -> Any:
    return sgd(parameters, loss_of, data, size, [rates[0]] * len(rates))


def rate_per_batch(parameters: Any, loss_of: Any, data: Any, size: int, rates: Any) -> Any:
    batches, means = chunks(data, size), []
    for _ in rates:
        steps = enumerate(batches)
        losses = [epoch(parameters, loss_of, [b], rates[i % len(rates)]) for i, b in steps]
        means.append(sum(losses) / len(losses))
    return means


def last_loss(parameters: Any, loss_of: Any, data: Any, size: int, rates: Any) -> Any:
    means = []
    for rate in rates:
        losses = [epoch(parameters, loss_of, [batch], rate) for batch in chunks(data, size)]
        means.append(losses[-1])
    return means


def loss_after_the_step(parameters: Any, loss_of: Any, data: Any, size: int, rates: Any) -> Any:
    means = []
    for rate in rates:
        losses = []
        for batch in chunks(data, size):
            epoch(parameters, loss_of, [batch], rate)
            losses.append(loss_of(batch).data)
        means.append(sum(losses) / len(losses))
    return means


def losses_added(parameters: Any, loss_of: Any, data: Any, size: int, rates: Any) -> Any:
    count = len(chunks(data, size))
    return [count * mean for mean in sgd(parameters, loss_of, data, size, rates)]


# The questions.


def line(data: Any) -> Any:
    """The parameters of a line, both 0, and its mean squared error on a batch."""
    from micrograd_lab.scalar import Value

    w, b = Value(0.0, label="w"), Value(0.0, label="b")

    def loss_of(batch: Any) -> Any:
        return sum((w * x + b - y) ** 2 for x, y in batch) / len(batch)

    return [w, b], loss_of


def after(sgd: Any, data: Any, size: int, rates: list[float]) -> Any:
    """Where the parameters end."""
    parameters, loss_of = line(data)
    sgd(parameters, loss_of, data, size, rates)
    return [p.data for p in parameters]


def report(sgd: Any, data: Any, size: int, rates: list[float]) -> Any:
    """What comes back."""
    return sgd(*line(data), data, size, rates)


def points(rng: Random, count: int) -> list[list[float]]:
    xs = [between(rng, 1, 2) * rng.choice((-1, 1)) for _ in range(count)]
    return [[x, round(2 * x + 3 + between(rng, -1, 1), 2)] for x in xs]


def draw_one(rng: Random) -> dict[str, Any]:
    return {"data": points(rng, 2), "size": 2, "rates": [between(rng, 0.05, 0.1)]}


def draw_epochs(rng: Random) -> dict[str, Any]:
    rate = between(rng, 0.04, 0.06)
    return {"data": points(rng, 4), "size": 2, "rates": [rate, round(rate / 2, 3), 0.01]}


def draw_remainder(rng: Random) -> dict[str, Any]:
    return {"data": points(rng, 5), "size": 2, "rates": [between(rng, 0.04, 0.06), 0.02]}


SET = (
    "w = b = 0, mean of (w·x + b − y)² over the (x, y) of {data}, {size} at a time, rates {rates}: "
)

EXERCISE = Exercise(
    name="ex08d_sgd",
    title="A few examples at a time",
    entry_point="sgd",
    reference=sgd,
    probes=(
        Probe("one step", after, 2, draw_one, SET + "w and b afterwards",
              "one batch: p.data goes down by rate × p.grad, for the Values that were handed in"),
        Probe("three epochs of two batches", after, 3, draw_epochs, SET + "w and b afterwards",
              "every batch gives a step of its own, from its own loss alone; each epoch has its own "
              "rate"),
        Probe("a batch that is left over", after, 2, draw_remainder, SET + "w and b afterwards",
              "five examples, two at a time, are batches of 2, 2 and 1"),
        Probe("what comes back", report, 3, draw_epochs, SET + "what sgd returns",
              "for every epoch the mean of its batches' losses, each taken before its step"),
    ),
    misconceptions=(
        Misconception(
            param_rebound,
            "p = p − rate · p.grad makes a new Value and calls it p; the network still holds the "
            "old one. Change the number inside: p.data -= rate * p.grad.",
        ),
        Misconception(
            uphill_step,
            "The parameters go uphill. The gradient points to where the loss grows: subtract.",
        ),
        Misconception(
            no_zero,
            "The gradients are never set back, so each step repeats all batches before it. Set "
            "p.grad = 0.0 before each backward().",
        ),
        Misconception(
            zero_once_per_epoch,
            "The gradients are set back once per epoch, so later batches still carry the earlier "
            "ones. Set them back before each backward().",
        ),
        Misconception(
            all_at_once,
            "Each epoch takes one step, on all the data. Cut it into batches of `size`; every "
            "batch gives a step.",
        ),
        Misconception(
            first_batch_only,
            "Only the first batch is ever used. The next begins where this one ends: "
            "data[i : i + size] for i = 0, size, 2·size, ...",
        ),
        Misconception(
            remainder_dropped,
            "The examples left over at the end are dropped. The last batch may be smaller.",
        ),
        Misconception(
            batch_per_epoch,
            "Each epoch uses one batch. An epoch goes through all the data once: a loop over "
            "batches inside the loop over epochs.",
        ),
        Misconception(
            overlapping_batches,
            "Your batches overlap: each begins one example after the one before. Begin `size` "
            "later: range(0, len(data), size).",
        ),
        Misconception(
            one_rate,
            "All epochs use the first rate. rates[k] is that of epoch k: large steps at first, "
            "small ones near the bottom.",
        ),
        Misconception(
            rate_per_batch,
            "The rate changes from batch to batch. It belongs to the epoch.",
        ),
        Misconception(
            last_loss,
            "The parameters are right; you return each epoch's last loss. One batch says little: "
            "return the mean over the epoch's batches.",
        ),
        Misconception(
            loss_after_the_step,
            "The parameters are right; the losses you average were computed after each step. Keep "
            "the one that backward() started from.",
        ),
        Misconception(
            losses_added,
            "The parameters are right; you return the sum of the batches' losses. Divide by how "
            "many batches there are.",
        ),
    ),
    hints=(
        "Two loops: one over the rates, an epoch each; inside it one over the batches. Which one "
        "does backward() belong to?",
        "The batches are data[i : i + size] for i in range(0, len(data), size). A slice that goes "
        "past the end is just shorter.",
        "Per batch: loss = loss_of(batch), gradients to 0.0, loss.backward(), p.data -= rate * "
        "p.grad for each p.",
        "Collect loss.data of the epoch's batches in a list, and append sum(list) / len(list) to "
        "the result when the epoch ends.",
    ),
    difficulty=2,
    minutes=15,
    helpers=(line,),
)  # fmt: skip
