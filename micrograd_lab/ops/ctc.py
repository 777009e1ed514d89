"""Connectionist temporal classification: the loss of a text whose letters may come at any time.

A path names one class per time step; leaving out repeats and then blanks, it reads as a text.  The
loss is -log of the probability of all the paths that read as the target, added up step by step:
after each step, alpha[s] is the log-probability of having come to letter s of the target with a
blank before, between and after all letters.

(Graves, Fernández, Gomez and Schmidhuber, Connectionist temporal classification, 2006.)
"""

from typing import Any

import numpy as np

from micrograd_lab.errors import DtypeError, ShapeError
from micrograd_lab.ops import elementwise as ew
from micrograd_lab.ops import reductions
from micrograd_lab.ops.indexing import pick_op, slice_op
from micrograd_lab.ops.joining import cat
from micrograd_lab.ops.losses import reduced
from micrograd_lab.ops.op import Array, reshape
from micrograd_lab.ops.plain import plain
from micrograd_lab.ops.softmax import logsumexp

NEVER = -1e30  # log of 0: with -inf the gradient of inf - inf would be nan


def ctc_loss(
    log_probs: Any,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Any:
    """-log p(target), added over all the ways to place its letters in time.  (T, N, C), (N, S) -> (N)

    log_probs: log_softmax over the C classes, one of them the blank; (T, C) for one sequence alone.
    targets: (N, S), or all of them in one row.  "mean" divides by the targets' lengths first.
    zero_infinity: a target that is too long for its input counts as 0, not as inf.
    """
    alone = log_probs.ndim == 2
    if log_probs.ndim not in (2, 3):
        raise ShapeError(
            f"ctc_loss: log_probs of shape {tuple(log_probs.shape)}: (T, N, C) or (T, C)."
        )
    x = (
        reshape(log_probs, shape=(log_probs.shape[0], 1, log_probs.shape[1]))
        if alone
        else log_probs
    )
    steps, count, classes = x.shape
    if x.dtype.kind != "f":
        raise DtypeError(f"ctc_loss: log_probs hold {x.dtype}; floating numbers are needed.")
    if not 0 <= blank < classes:
        raise ShapeError(f"ctc_loss: blank={blank} is none of the {classes} classes.")
    times, lengths = (
        np.asarray(plain(n), np.int64).reshape(-1) for n in (input_lengths, target_lengths)
    )
    if times.shape != (count,) or lengths.shape != (count,):
        raise ShapeError(
            f"ctc_loss: {count} sequences, {times.size} input and {lengths.size} target lengths."
        )
    if times.max(initial=0) > steps:
        raise ShapeError(
            f"ctc_loss: an input length is {times.max()}, but there are {steps} steps."
        )
    letters = _with_blanks(plain(targets), lengths, blank)
    surprise = -_log_probability(x, letters, times, lengths)
    hopeless = plain(surprise) > -NEVER / 2
    surprise = ew.where(hopeless, 0.0 if zero_infinity else np.inf, surprise)
    if reduction == "mean":
        return reductions.mean(surprise / np.maximum(lengths, 1).astype(x.dtype))
    return reduced(reshape(surprise, shape=()) if alone else surprise, reduction)


def _with_blanks(targets: Array, lengths: Array, blank: int) -> Array:
    """(N, 2 S + 1): blank, letter, blank, letter, ..., blank."""
    longest = int(lengths.max(initial=0))
    padded = np.full((len(lengths), longest), blank, np.int64)
    if targets.ndim == 1 and (len(lengths) != 1 or targets.size == lengths.sum()):
        if targets.size != lengths.sum():
            raise ShapeError(
                f"ctc_loss: {targets.size} targets in a row, but lengths of {lengths.sum()} in all."
            )
        rows = np.split(targets, np.cumsum(lengths)[:-1])
    else:
        rows = [row[:n] for row, n in zip(np.atleast_2d(targets), lengths, strict=True)]
        if any(len(row) < n for row, n in zip(rows, lengths, strict=True)):
            raise ShapeError(f"ctc_loss: a target length is {longest}, targets {targets.shape}.")
    for to, row in zip(padded, rows, strict=True):
        to[: len(row)] = row
    letters = np.full((len(lengths), 2 * longest + 1), blank, np.int64)
    letters[:, 1::2] = padded
    return letters


def _log_probability(x: Any, letters: Array, times: Array, lengths: Array) -> Any:
    steps, count, _ = x.shape
    width = letters.shape[1]
    rows = np.arange(count)[:, None]
    seen = pick_op(x, index=(np.arange(steps)[:, None, None], rows[None], letters[None]))
    may_skip = np.zeros((count, width), bool)  # a blank between two different letters
    may_skip[:, 2:] = (letters[:, 2:] != letters[:, :-2]) & (np.arange(2, width) % 2 == 1)
    never = np.full((count, 2), NEVER, x.dtype)
    if not steps:
        alpha: Any = np.where(np.arange(width) == 0, 0.0, NEVER).astype(x.dtype) + never[:, :1] * 0
    else:
        alpha = ew.where(np.arange(width) < 2, slice_op(seen, index=(0, ...)), NEVER)
    for t in range(1, steps):
        wide = cat([never, alpha], 1)
        one, two = (slice_op(wide, index=(..., slice(k, k + width))) for k in (1, 0))
        ways = cat(
            [
                reshape(way, shape=(1, count, width))
                for way in (alpha, one, ew.where(may_skip, two, NEVER))
            ]
        )
        come = logsumexp(ways, 0) + slice_op(seen, index=(t, ...))
        come = ew.where(plain(come) < NEVER / 2, NEVER, come)
        alpha = ew.where((t < times)[:, None], come, alpha)
    ends = np.stack([2 * lengths, np.maximum(2 * lengths - 1, 0)], 1)
    last = pick_op(alpha, index=(rows, ends))
    last = ew.where(np.stack([lengths >= 0, lengths > 0], 1), last, NEVER)
    return logsumexp(last, 1)


FUNCTIONS = ("ctc_loss",)
METHODS: tuple[str, ...] = ()
IN_PLACE: tuple[str, ...] = ()
