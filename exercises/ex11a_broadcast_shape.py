"""Exercise 11a · Which shape together?                            difficulty 1 of 3 · 12 minutes

Arrays of different shapes are combined entry by entry after stretching.  Lay the shapes against
each other at their right ends; an axis that is missing in front counts as 1.  Then, per axis:

    equal sizes          stay as they are
    1 and n              become n: the one entry is used n times (n may be 0)
    anything else        do not go together: ValueError

      (2, 1, 4)            (5, 3)             (2, 3)
         (3, 1)               (3,)                (2,)
    = (2, 3, 4)          = (5, 3)             3 and 2: ValueError

    >>> broadcast_shape((2, 1, 4), (3, 1))
    (2, 3, 4)
    >>> broadcast_shape((3,), (5, 3))
    (5, 3)
    >>> broadcast_shape((), (7,))            # a scalar has no axes
    (7,)

Work with the tuples alone; NumPy, which knows the answer, is closed while this is checked.

Check your work with  micrograd-lab check ex11a,  or  check("ex11a")  in a notebook.
"""


def broadcast_shape(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of x + y for x of shape a and y of shape b.  ValueError if there is none."""
    raise NotImplementedError("your turn: missing axes count as 1; then axis by axis")
