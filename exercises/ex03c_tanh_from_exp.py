"""Exercise 03c · tanh, taken apart                                 difficulty 2 of 3 · 8 minutes

An op may be one node with a rule of its own, or a handful of smaller nodes; the gradient is the
same.  Build tanh from exp and arithmetic:

    tanh(x)  =  (e²ˣ − 1) / (e²ˣ + 1)

    x ── 2·x ── exp ──┬── − 1 ──┐
                      │         ├── /          e²ˣ is used twice:
                      └── + 1 ──┘              two paths, two contributions

You write no derivative at all: every small op knows its own.

    >>> from micrograd_lab.scalar import Value
    >>> x = Value(0.5)
    >>> y = tanh(x)
    >>> round(y.data, 6)
    0.462117
    >>> y.backward()
    >>> round(x.grad, 6)               # 1 - tanh(0.5)², without anybody having said so
    0.786448

Check your work with  micrograd-lab check ex03c,  or  check("ex03c")  in a notebook.
"""

from micrograd_lab.scalar import Value


def tanh(x: Value) -> Value:
    """tanh(x) from x.exp() and + - * / alone."""
    raise NotImplementedError("your turn: from exp and arithmetic")
