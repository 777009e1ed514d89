"""Exercise 13a · Who is to move?                                   difficulty 1 of 3 · 8 minutes

A student is to follow a teacher, and the teacher comes to meet the student, but more slowly:

    loss  =  Σ (student − teacher)²  +  beta · Σ (student − teacher)²
                   moves the student           moves the teacher

As numbers the two sums are the same.  They differ in who gets a gradient:  in the first the teacher
stands still, in the second the student does.  x.detach() is a tensor with the numbers of x that
gradients do not pass.

    >>> student = ml.tensor([3.0, 5.0], requires_grad=True)
    >>> teacher = ml.tensor([1.0, 1.0], requires_grad=True)
    >>> loss = follow(student, teacher, beta=0.5)
    >>> loss.item()                       # 1.5 · (2² + 4²)
    30.0
    >>> loss.backward()
    >>> student.grad, teacher.grad        # 2·(student − teacher),  2·0.5·(teacher − student)
    (tensor([4., 8.]), tensor([-2., -4.]))

The two may be results of other ops, or made of the same weights.  They belong to the caller and may
be used again.

Check your work with  micrograd-lab check ex13a,  or  check("ex13a")  in a notebook.
"""

from __future__ import annotations

import micrograd_lab as ml


def follow(student: ml.Tensor, teacher: ml.Tensor, beta: float) -> ml.Tensor:
    """The loss, one number: its first term moves the student only, its second the teacher only."""
    raise NotImplementedError("your turn: two terms, each with one side detached")
