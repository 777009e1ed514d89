"""A dataset cut at random into parts that share no example."""

import math
import warnings
from collections.abc import Sequence
from typing import Any

from micrograd_lab.errors import OptionError
from micrograd_lab.random import Generator, numpy_of
from micrograd_lab.utils.data.datasets import Dataset, Subset, size_of


def random_split(
    dataset: Dataset[Any], lengths: Sequence[float], generator: Generator | None = None
) -> list[Subset[Any]]:
    """Parts of these lengths, or of these fractions of the whole, drawn by the generator.

    Fractions sum to 1; what rounding down leaves over goes to the parts in turn, one example each.
    OptionError if the lengths do not add up to the dataset's.
    """
    total = size_of(dataset)
    sizes = [int(n) for n in lengths]
    if any(n < 0 for n in lengths):
        raise OptionError(f"random_split: lengths {list(lengths)}: none can be negative.")
    if math.isclose(sum(lengths), 1):
        sizes = [math.floor(total * fraction) for fraction in lengths]
        for i in range(total - sum(sizes)):
            sizes[i % len(sizes)] += 1
        if not all(sizes):
            warnings.warn(f"random_split: parts of {sizes} examples: one is empty.", stacklevel=2)
    elif sizes != list(lengths) or sum(sizes) != total:
        raise OptionError(
            f"random_split: lengths {list(lengths)} sum to {sum(lengths)}; give numbers that sum to "
            f"{total}, the length of the dataset, or fractions that sum to 1."
        )
    order = numpy_of(generator).permutation(total).tolist()
    parts = []
    for size in sizes:
        parts.append(Subset(dataset, order[:size]))
        order = order[size:]
    return parts
