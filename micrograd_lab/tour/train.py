"""Training a network, one number at a time: guess, measure, trace back, step downhill."""

import random
from collections.abc import Iterable, Iterator, Sequence

from micrograd_lab.scalar.nn import MLP
from micrograd_lab.scalar.value import Value

Example = tuple[list[Value], int]  # a description of an image, and the digit it shows


def as_examples(descriptions: Iterable[Iterable[float]], answers: Iterable[int]) -> list[Example]:
    """Numbers become Values once, here, and not again in every step of the training."""
    return [
        ([Value(number) for number in description], int(answer))
        for description, answer in zip(descriptions, answers, strict=True)
    ]


def cross_entropy(scores: Sequence[Value], answer: int) -> Value:
    """How surprised the network is by the right answer: -log softmax(scores)[answer].

    Written as log Σ exp(score) - score[answer].  The largest score is taken out first and added
    back, a constant that changes nothing except that exp can no longer overflow.
    """
    top = Value(max(score.data for score in scores))
    total = sum(((score - top).exp() for score in scores), Value(0.0))
    return total.log() + top - scores[answer]


def train(
    net: MLP, examples: Sequence[Example], *, epochs: int, batch: int, rate: float, seed: int
) -> Iterator[float]:
    """Stochastic gradient descent; gives the loss of each step, so that somebody can watch.

    An epoch sees every example once, `batch` of them per step, in an order drawn from `seed`.
    The step size falls from `rate` to nearly 0: large strides first, then fine adjustments.
    """
    rng = random.Random(seed)
    examples = list(examples)
    steps = steps_of(len(examples), epochs, batch)
    step = 0
    for _ in range(epochs):
        rng.shuffle(examples)
        for start in range(0, len(examples), batch):
            some = examples[start : start + batch]

            # forward: what does the network say, and how wrong is it on average?
            losses = [cross_entropy(net(x), answer) for x, answer in some]
            loss = sum(losses, Value(0.0)) / len(some)

            # backward: how much does the loss change with each of the parameters?
            net.zero_grad()
            loss.backward()

            # one small step downhill
            size = rate * (1 - step / steps)
            for p in net.parameters():
                p.data -= size * p.grad

            step += 1
            yield loss.data


def steps_of(examples: int, epochs: int, batch: int) -> int:
    """How many steps the training takes; the last batch of an epoch may be a small one."""
    return epochs * -(-examples // batch)


def read(net: MLP, x: Sequence[Value]) -> int:
    """The digit with the highest score."""
    scores = [score.data for score in net(x)]
    return scores.index(max(scores))


def accuracy(net: MLP, examples: Sequence[Example]) -> float:
    """The share of the examples that the network reads rightly, from 0 to 1."""
    return sum(read(net, x) == answer for x, answer in examples) / len(examples)
