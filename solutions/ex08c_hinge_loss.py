"""Exercise 08c · Right by a margin                                 difficulty 1 of 3 · 12 minutes

A score says which side an example is on by its sign, a label is 1 or −1.  Their product is above 0
where the answer is right.  The hinge loss asks for a little more, a margin of 1, and then lets go:

    loss   =   1/N · Σ relu( 1 − label · score )    +    alpha · Σ p²
               over the N examples                       over the parameters

The second part keeps the parameters small: each is pulled towards 0, the larger the harder.

    label   score    1 − label · score    relu
      1      3.0           −2               0      right by far: no loss, no gradient
      1      0.5            0.5             0.5    right, but not by the margin
     −1      0.5            1.5             1.5    wrong

    >>> from micrograd_lab.scalar import Value
    >>> scores = [Value(3.0), Value(0.5), Value(0.5)]
    >>> w = Value(2.0)
    >>> loss = hinge_loss(scores, [1, 1, -1], [w], alpha=0.25)
    >>> round(loss.data, 4)                               # (0 + 0.5 + 1.5)/3 + 0.25 · 4
    1.6667
    >>> loss.backward()
    >>> [round(s.grad, 4) for s in scores], w.grad
    ([0.0, -0.3333, 0.3333], 1.0)

Check your work with  micrograd-lab check ex08c,  or  check("ex08c")  in a notebook.
"""

from collections.abc import Sequence

from micrograd_lab.scalar import Value


def hinge_loss(
    scores: Sequence[Value], labels: Sequence[int], parameters: Sequence[Value], alpha: float
) -> Value:
    """The mean hinge loss of the scores, plus alpha times the sum of the parameters' squares."""
    ### BEGIN SOLUTION: the mean of the hinges, and the penalty
    hinges = [(1 - label * score).relu() for score, label in zip(scores, labels, strict=True)]
    return sum(hinges) / len(hinges) + alpha * sum(p * p for p in parameters)
    ### END SOLUTION
