"""Einstein's sums: any product of tensors whose axes are matched by name, in the notation's letters."""

import functools
import itertools
from typing import Any

from micrograd_lab.dtypes import result_type
from micrograd_lab.errors import DtypeError, ShapeError
from micrograd_lab.ops.halves import lowered
from micrograd_lab.ops.labels import Labels, contract_all
from micrograd_lab.ops.op import reshape


@lowered
def einsum(*args: Any) -> Any:
    """einsum("bij,bjk->bik", a, b): products of entries, summed over labels not in the result.

    Without "->" the result has, in alphabetical order, the labels that occur once.  "..." stands
    for any further axes, which broadcast.  A label twice in one tensor means its diagonal.  Also
    einsum(a, [0, 1], b, [1, 2], [0, 2]) with numbers for labels.
    """
    if not isinstance(args[0], str):
        equation, operands = _from_lists(args)
    else:
        equation, *operands = args
        if len(operands) == 1 and isinstance(operands[0], (tuple, list)):
            operands = list(operands[0])
    if not operands:
        raise ShapeError("einsum: expected at least one tensor after the equation.")
    inputs, out = _labels(equation, tuple(len(x.shape) for x in operands))
    dtypes = {x.dtype for x in operands}
    if len(dtypes) > 1:
        if any(
            sum(k in labels for labels in inputs) > 1 for k in {*itertools.chain(*inputs)} - {*out}
        ):
            raise DtypeError(
                f"einsum: the tensors hold {' and '.join(sorted(map(str, dtypes)))}; a sum of "
                "products needs one dtype. Convert them first."
            )
        dtype = result_type(*operands)  # products without a sum are x * y
        operands = [x if x.dtype == dtype else x.astype(dtype) for x in operands]
    size: dict[Any, int] = {}
    for x, labels in zip(operands, inputs, strict=True):
        own = dict(zip(labels, x.shape, strict=True))
        for k, n in zip(labels, x.shape, strict=True):
            if own[k] != n:
                raise ShapeError(
                    f"einsum {equation!r}: label {k!r} twice is a diagonal, but shape "
                    f"{tuple(x.shape)} is not square there."
                )
            if size.setdefault(k, n) != n and n != 1:
                if size[k] != 1:
                    name = k if isinstance(k, str) else "..."
                    raise ShapeError(
                        f"einsum {equation!r}: label {name!r} has size {size[k]} in one tensor and "
                        f"{n} in another (shape {tuple(x.shape)})."
                    )
                size[k] = n
    return contract_all(
        [_narrowed(x, labels, size) for x, labels in zip(operands, inputs, strict=True)], out
    )


def _narrowed(x: Any, labels: Labels, size: dict[Any, int]) -> tuple[Any, Labels]:
    """Axes of size 1 that broadcast against a longer one of their label are left out."""
    if all(n == size[k] for k, n in zip(labels, x.shape, strict=True)):
        return x, labels
    wide = [j for j, (k, n) in enumerate(zip(labels, x.shape, strict=True)) if n == size[k]]
    shape, kept = tuple(x.shape[j] for j in wide), tuple(labels[j] for j in wide)
    return reshape(x, shape=shape), kept


def _from_lists(args: Any) -> tuple[str, list[Any]]:
    """The form with lists of numbers, in letters."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

    def word(labels: Any) -> str:
        return "".join("..." if k is Ellipsis else letters[k] for k in labels)

    try:
        equation = ",".join(word(labels) for labels in args[1::2])
        if len(args) % 2:
            equation = ",".join(word(labels) for labels in args[1:-1:2]) + "->" + word(args[-1])
    except (TypeError, IndexError):
        raise ShapeError(
            "einsum: expected an equation and tensors, or tensors each followed by a list of labels "
            "from 0 to 51."
        ) from None
    return equation, list(args[0 : len(args) - len(args) % 2 : 2])


@functools.lru_cache(256)
def _labels(equation: str, ndims: tuple[int, ...]) -> tuple[tuple[Labels, ...], Labels]:
    """The labels of each tensor's axes and of the result's; those of "..." are -1, -2, ... from the right."""
    asked = f"einsum {equation!r}"
    left, arrow, right = equation.replace(" ", "").partition("->")
    words = left.split(",")
    if len(words) != len(ndims):
        raise ShapeError(
            f"{asked}: the equation is for {len(words)} tensors, {len(ndims)} were given."
        )
    inputs = []
    dots = 0
    for word, ndim in zip(words, ndims, strict=True):
        letters = _letters(asked, word)
        free = ndim - len(letters)
        if free < 0 or (free > 0 and "..." not in word):
            raise ShapeError(
                f"{asked}: {word!r} names {len(letters)} axes of a tensor with {ndim}."
            )
        dots = max(dots, free)
        before, _, after = word.partition("...")
        inputs.append((*before, *range(-free, 0), *after))
    every = [k for labels in inputs for k in labels if isinstance(k, str)]
    if arrow:
        out = _letters(asked, right)
        if len(set(out)) < len(out) or not set(out) <= set(every):
            raise ShapeError(
                f"{asked}: each label of the result occurs there once, and in some tensor."
            )
        before, ellipsis, after = right.partition("...")
        return tuple(inputs), (*before, *(range(-dots, 0) if ellipsis else ()), *after)
    once = sorted(k for k in set(every) if every.count(k) == 1)
    return tuple(inputs), (*range(-dots, 0), *once)


def _letters(asked: str, word: str) -> str:
    letters = word.replace("...", "", 1)
    if not (letters == "" or (letters.isascii() and letters.isalpha())):
        raise ShapeError(f"{asked}: {word!r}: labels are letters, and '...' once.")
    return letters


FUNCTIONS = ("einsum",)
METHODS: tuple[str, ...] = ()
IN_PLACE: tuple[str, ...] = ()
