"""Exercise 06a · Steps downhill                                    difficulty 1 of 3 · 10 minutes

Training is one step, again and again:

    loss        build the graph from the parameters as they are now
    zero        p.grad = 0.0, because backward() ADDS to what is there
    backward    p.grad becomes d(loss)/dp
    step        p.data  ←  p.data − rate · p.grad

`parameters` is a list of Values, and loss_of() builds the loss from them, a new graph on each call.
When you are called, the parameters may still hold gradients of something else.  Return the losses as
plain numbers, one per step, each as it was before its step.

    >>> from micrograd_lab.scalar import Value
    >>> w = Value(0.0)
    >>> train([w], lambda: (w - 4) ** 2, rate=0.25, steps=3)      # slope 2(w − 4): w halves the way
    [16.0, 4.0, 1.0]
    >>> w.data
    3.5

Check your work with  micrograd-lab check ex06a,  or  check("ex06a")  in a notebook.
"""

from collections.abc import Callable, Sequence

from micrograd_lab.scalar import Value


def train(
    parameters: Sequence[Value], loss_of: Callable[[], Value], rate: float, steps: int
) -> list[float]:
    """Take `steps` steps downhill; the loss before each of them comes back."""
    raise NotImplementedError("your turn: loss, zero, backward, step, in a loop")
