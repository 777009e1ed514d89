"""Real handwritten digits, small enough to learn in seconds: scikit-learn's 1,797 images of 8×8."""

from functools import cache
from typing import Any

import numpy as np

from micrograd_lab.errors import FolderError, OptionError
from micrograd_lab.ops.op import Array
from micrograd_lab.tensor import wrap
from micrograd_lab.utils.data import TensorDataset

SPLITS = ("train", "test")


def digits(split: str = "train") -> TensorDataset:
    """images (N, 1, 8, 8), float32, ink from 0 to 1, and labels (N,), int64, as a TensorDataset.

    A quarter of each digit's images is held out as "test": the same 445 every time, none of them in
    "train" (1,352).  `images, labels = digits("train").tensors` gives all of them at once.
    FolderError if scikit-learn, which brings the images, is not installed.
    """
    if split not in SPLITS:
        raise OptionError(f"digits({split!r}): the parts are {' and '.join(map(repr, SPLITS))}.")
    images, labels = _load()
    chosen = parts(labels)[SPLITS.index(split)]
    ink = (images[chosen] / 16).astype(np.float32)
    return TensorDataset(wrap(ink[:, None]), wrap(labels[chosen]))


def parts(labels: Array) -> tuple[Array, Array]:
    """Numbers of the examples to learn from, and of those held out: a quarter of each class."""
    order = np.random.default_rng(0).permutation(len(labels))
    held_out = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        of_this_class = order[labels[order] == label]
        held_out[of_this_class[: len(of_this_class) // 4]] = True
    return order[~held_out[order]], order[held_out[order]]


@cache
def _load() -> tuple[Array, Array]:
    try:
        from sklearn.datasets import load_digits
    except ModuleNotFoundError:
        raise FolderError(
            "digits: the images come with scikit-learn, which is not installed: "
            "pip install scikit-learn"
        ) from None
    data: Any = load_digits()
    return data.images, data.target.astype(np.int64)
