"""Arrays in a question and in its answer: made of lists, and told as shape and entries.

The first three travel with a question to the far side, as its helpers.
"""

from random import Random
from typing import Any


def array(entries: Any, kind: type = float) -> Any:
    """Lists of numbers as an array."""
    import numpy

    return numpy.array(entries, kind)


def plain(x: Any) -> Any:
    """An array as its shape in words and its entries; a number is one with no axes."""
    if hasattr(x, "shape") and hasattr(x, "tolist"):
        return [f"shape {tuple(x.shape)}", x.tolist()]
    if isinstance(x, (int, float)):
        return ["shape ()", x]
    return x if x is None else [f"a {type(x).__name__}, where an array was expected", x]


def worded(x: Any) -> Any:
    """x, with "nan" in words wherever it is not a number: two of those compare as the same."""
    if isinstance(x, (list, tuple)):
        return [worded(item) for item in x]
    return "nan" if isinstance(x, float) and x != x else x


def part(answer: Any, i: int, count: int) -> Any:
    """The i-th of the `count` arrays that were asked for; what came instead, if it is not so."""
    if answer is None:
        return None
    if not isinstance(answer, (tuple, list)):
        return [
            f"one {type(answer).__name__}, where a tuple of {count} was expected",
            plain(answer),
        ]
    if len(answer) != count:
        return [
            f"a tuple of {len(answer)}, where {count} were expected",
            [plain(x) for x in answer],
        ]
    return plain(answer[i])


def table(rng: Random, *shape: int, low: int = 1) -> Any:
    """Lists of whole numbers of either sign, from low to 9: short enough to read in a message."""
    if shape:
        return [table(rng, *shape[1:], low=low) for _ in range(shape[0])]
    return rng.choice((-1, 1)) * rng.randint(low, 9)


def fractions(rng: Random, *shape: int) -> Any:
    """Lists of numbers between 0.1 and 0.9 of either sign, with one decimal."""
    if shape:
        return [fractions(rng, *shape[1:]) for _ in range(shape[0])]
    return rng.choice((-1, 1)) * rng.randint(1, 9) / 10


def sizes(rng: Random, *choices: int) -> list[int]:
    """The sizes given, all different, in any order: nothing fits by accident."""
    return rng.sample(choices, len(choices))
