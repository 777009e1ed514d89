"""Exercise 13c · A step off the record                             difficulty 2 of 3 · 10 minutes

One step of gradient descent, in place:  p becomes p − learning_rate · p.grad,  for each parameter.

    it is off the record      the step is about the loss, and no part of it; what follows is
                              recorded as before
    it changes p itself       the model, and whoever else shares p's memory, sees the new numbers;
                              p stays a leaf that requires a gradient
    it does not hide          p's version counts up, so that an older graph which saved p's numbers
                              refuses backward() instead of computing with the new ones
    it skips                  a parameter whose grad is None stays as it is

    >>> w = ml.tensor([1.0, 2.0], requires_grad=True)
    >>> unused = ml.tensor([7.0], requires_grad=True)
    >>> (w * w).sum().backward()
    >>> w.grad
    tensor([2., 4.])
    >>> update([w, unused], learning_rate=0.25)
    >>> w, unused
    (tensor([0.5000, 1.0000], requires_grad=True), tensor([7.], requires_grad=True))

The gradients themselves stay as they are: clearing them is another's job.

Check your work with  micrograd-lab check ex13c,  or  check("ex13c")  in a notebook.
"""

from __future__ import annotations

import micrograd_lab as ml


def update(params: list[ml.Tensor], learning_rate: float) -> None:
    """One step downhill for every parameter that has a gradient."""
    raise NotImplementedError("your turn: in place, and unrecorded")
