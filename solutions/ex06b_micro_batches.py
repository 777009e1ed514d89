"""Exercise 06b · A large batch in small parts                      difficulty 2 of 3 · 12 minutes

A batch may be too large for memory, but gradients add, so it can be worked off in parts:

    mean over all n examples   =   the sum over the parts of   (size of the part / n) · (its mean)

    d/dp of that               =   the sum of what each part's backward() adds to p.grad

Set every parameter's `grad` to the gradient of the mean loss over ALL examples in `batches`, one part
after the other: call backward() for one before you ask for the next, so that only one graph is in
memory.  The parts may differ in size.  mean_loss(batch) builds the mean loss of one part, a Value.
When you are called, parameters may hold gradients of something else; their data stays as it is.
Return the mean loss over all examples as a plain number.

    >>> from micrograd_lab.scalar import Value
    >>> w = Value(1.0)
    >>> def mean_loss(batch):                       # of w·x: the slope is the mean of the xs
    ...     return sum(w * x for x in batch) / len(batch)
    >>> accumulate([w], [[1.0, 2.0, 3.0], [10.0]], mean_loss)
    4.0
    >>> w.grad                                      # (1 + 2 + 3 + 10) / 4
    4.0

Check your work with  micrograd-lab check ex06b,  or  check("ex06b")  in a notebook.
"""

from collections.abc import Callable, Sequence
from typing import Any

from micrograd_lab.scalar import Value


def accumulate(
    parameters: Sequence[Value],
    batches: Sequence[Sequence[Any]],
    mean_loss: Callable[[Sequence[Any]], Value],
) -> float:
    """The gradient of the mean loss over all batches, into grad; the loss itself comes back."""
    ### BEGIN SOLUTION: zero once, then one weighted backward per part
    n = sum(len(batch) for batch in batches)
    for p in parameters:
        p.grad = 0.0
    total = 0.0
    for batch in batches:
        loss = mean_loss(batch) * (len(batch) / n)
        loss.backward()
        total += loss.data
    return total
    ### END SOLUTION
