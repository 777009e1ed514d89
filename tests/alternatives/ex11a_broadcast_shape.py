"""Right answers to exercise 11a that are not the solution's."""

SOLUTIONS = {
    "from the last axis to the first": """
from itertools import zip_longest

def broadcast_shape(a, b):
    result = ()
    for m, n in zip_longest(reversed(a), reversed(b), fillvalue=1):
        if m == 1:
            result = (n,) + result
        elif n == 1 or m == n:
            result = (m,) + result
        else:
            raise ValueError("no")
    return result
""",
    "sets of sizes": """
from itertools import zip_longest

def broadcast_shape(a, b):
    result = []
    for column in zip_longest(a[::-1], b[::-1], fillvalue=1):
        sizes = set(column) - {1}
        if len(sizes) > 1:
            raise ValueError(f"{a} and {b} do not go together")
        result.insert(0, sizes.pop() if sizes else 1)
    return result
""",
    "recursion from the end": """
def broadcast_shape(a, b):
    if not a or not b:
        return tuple(a or b)
    *a, m = a
    *b, n = b
    if m != n and 1 not in (m, n):
        raise ValueError
    return (*broadcast_shape(a, b), m if n == 1 else n)
""",
}
