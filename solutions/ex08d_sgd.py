"""Exercise 08d · A few examples at a time                          difficulty 2 of 3 · 15 minutes

Stochastic gradient descent does not wait for all the data before it takes a step:

    epoch    once through the data; rates has one learning rate per epoch
    batch    the next `size` examples of data, in order; the last batch may be smaller
    step     for each batch:  loss_of(batch), gradients to 0, backward(), and for every parameter
                              p.data  ←  p.data − rate · p.grad

Return one number per epoch: the mean of its batches' losses, each as it was before its step.

A step changes the number inside the Value.  p = p - rate * p.grad would make another Value, of which
the network knows nothing.

    >>> from micrograd_lab.scalar import Value
    >>> w = Value(0.0)
    >>> def loss_of(batch):                                 # how far w is from the numbers in it
    ...     return sum((w - x) ** 2 for x in batch) / len(batch)
    >>> sgd([w], loss_of, data=[4.0, 8.0, 8.0], size=1, rates=[0.25])     # w: 0 → 2 → 5 → 6.5
    [20.333333333333332]
    >>> w.data                                              # the losses were 16, 36 and 9
    6.5

Check your work with  micrograd-lab check ex08d,  or  check("ex08d")  in a notebook.
"""

from collections.abc import Callable, Sequence
from typing import Any

from micrograd_lab.scalar import Value


def sgd(
    parameters: Sequence[Value],
    loss_of: Callable[[Sequence[Any]], Value],
    data: Sequence[Any],
    size: int,
    rates: Sequence[float],
) -> list[float]:
    """Train for len(rates) epochs, in batches of `size`; every epoch's mean loss comes back."""
    ### BEGIN SOLUTION: for every rate an epoch, for every batch a step
    means = []
    for rate in rates:
        losses = []
        for start in range(0, len(data), size):
            loss = loss_of(data[start : start + size])
            for p in parameters:
                p.grad = 0.0
            loss.backward()
            for p in parameters:
                p.data -= rate * p.grad
            losses.append(loss.data)
        means.append(sum(losses) / len(losses))
    return means
    ### END SOLUTION
