"""A softmax over very many classes: the frequent ones at once, the rare ones in clusters that may wait.

Grave et al., Efficient softmax approximation for GPUs, 2017.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from micrograd_lab.errors import OptionError, ShapeError
from micrograd_lab.nn.containers import ModuleList, Sequential
from micrograd_lab.nn.linear import Linear
from micrograd_lab.nn.module import Module
from micrograd_lab.ops.joining import cat
from micrograd_lab.tensor import Tensor

__all__ = ["AdaptiveLogSoftmaxWithLoss"]


class Answer(NamedTuple):
    """log p(target) of each example, and the mean of what that lacks to 0."""

    output: Any
    loss: Any


class AdaptiveLogSoftmaxWithLoss(Module):
    """(N, in_features), (N) classes -> (output (N), loss).  Classes are numbered by frequency.

    cutoffs: [a, b] makes a shortlist of classes 0..a-1, and clusters a..b-1 and b..n_classes-1.
    The head gives p of each of the shortlist and of each cluster; p of a class in cluster k is that
    of the cluster times p within it, from in_features / div_value^(k+1) features.
    """

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        ends = [*cutoffs, n_classes]
        rising = all(a < b for a, b in pairwise(ends))
        if not cutoffs or ends[0] < 1 or not rising or any(int(c) != c for c in ends):
            raise OptionError(
                f"AdaptiveLogSoftmaxWithLoss: cutoffs={list(cutoffs)}: one or more whole numbers "
                f"that rise, the first at least 1 and the last less than n_classes={n_classes}."
            )
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = ends
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = ends[0]
        self.n_clusters = len(ends) - 1
        self.head_size = self.shortlist_size + self.n_clusters
        self.head = Linear(in_features, self.head_size, head_bias, device, dtype)
        self.tail = ModuleList()
        for k, (start, end) in enumerate(self._clusters()):
            narrow = int(in_features // div_value ** (k + 1))
            down = Linear(in_features, narrow, False, device, dtype)
            self.tail.append(Sequential(down, Linear(narrow, end - start, False, device, dtype)))

    def _clusters(self) -> list[tuple[int, int]]:
        return list(pairwise(self.cutoffs))

    def reset_parameters(self) -> None:
        """Draw first weights anew."""
        for module in self.modules():
            if isinstance(module, Linear):
                module.reset_parameters()

    def forward(self, input_: Tensor, target_: Tensor) -> Answer:
        x, target = self._batch(input_, target_)
        head = self.head(x).log_softmax(1)
        column = target.clamp(max=self.shortlist_size - 1)
        output = None
        for k, (start, end) in enumerate(self._clusters()):
            (rows,) = ((target >= start) & (target < end)).nonzero(as_tuple=True)
            if not len(rows):
                continue
            column = column.index_fill(0, rows, self.shortlist_size + k)
            within = self.tail[k](x[rows]).log_softmax(1)
            found = within.gather(1, (target[rows] - start).unsqueeze(1)).squeeze(1)
            output = (head.new_zeros(len(x)) if output is None else output).index_add(
                0, rows, found
            )
        first = head.gather(1, column.unsqueeze(1)).squeeze(1)
        output = first if output is None else first + output
        return Answer(output.squeeze(0) if target_.ndim == 0 else output, -output.mean())

    def _batch(self, input: Any, target: Any) -> tuple[Any, Any]:
        """Both with an axis for the examples."""
        shapes = f"an input of shape {tuple(input.shape)}, a target of shape {tuple(target.shape)}"
        if target.ndim > 1 or input.shape[:-1] != target.shape:
            raise ShapeError(
                f"AdaptiveLogSoftmaxWithLoss: expected (N, {self.in_features}) and (N), or "
                f"({self.in_features}) and (); found {shapes}."
            )
        if not target.ndim:
            input, target = input.unsqueeze(0), target.unsqueeze(0)
        low, high = int(target.min()), int(target.max())
        if low < 0 or high >= self.n_classes:
            raise OptionError(
                f"AdaptiveLogSoftmaxWithLoss: classes are 0 to {self.n_classes - 1}; the target has "
                f"{low} to {high}."
            )
        return input, target

    def log_prob(self, input: Tensor) -> Any:
        """log p of every class.  (N, in_features) -> (N, n_classes)"""
        return self._all(input, self.head(input).log_softmax(1))

    def _all(self, input: Any, head: Any) -> Any:
        n = self.shortlist_size
        tails = [
            tail(input).log_softmax(1) + head[:, n + k : n + k + 1]
            for k, tail in enumerate(self.tail)
        ]
        return cat([head[:, :n], *tails], 1)

    def predict(self, input: Tensor) -> Any:
        """The most probable class of each.  (N, in_features) -> (N)"""
        return self.log_prob(input).argmax(1)
