"""A second model, made of the mean of a model's weights during training; it often does better.

    averaged = AveragedModel(model)                # or (model, multi_avg_fn=get_ema_multi_avg_fn())
    for batch in loader:
        ...; optimizer.step()
        averaged.update_parameters(model)
    update_bn(loader, averaged)                    # if there is a BatchNorm

The plain mean is SWA (Izmailov et al., Averaging weights leads to wider optima, 2018).
"""

from collections.abc import Callable, Iterable
from copy import deepcopy
from itertools import chain
from typing import Any

import numpy as np

from micrograd_lab.attributes import check_device
from micrograd_lab.autograd import no_grad
from micrograd_lab.dtypes import int64
from micrograd_lab.errors import OptionError
from micrograd_lab.nn.module import Module
from micrograd_lab.nn.normalisation import _BatchNorm
from micrograd_lab.patterns import zeros
from micrograd_lab.tensor import Tensor, counter_of

Average = Callable[[Any, Any, Any], Any]  # (average so far, new, how many it is of) -> average
Averages = Callable[[Any, Any, Any], None]  # the same for lists of tensors, in place


def get_swa_avg_fn() -> Average:
    """The plain mean of all."""
    return lambda average, new, count: average + (new - average) / (float(count) + 1)


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """decay · average + (1 - decay) · new: what is long ago counts ever less."""
    _check(decay)
    return lambda average, new, count: decay * average + (1 - decay) * new


def get_swa_multi_avg_fn() -> Averages:
    """get_swa_avg_fn() for lists, in place."""
    return _each(get_swa_avg_fn())


def get_ema_multi_avg_fn(decay: float = 0.999) -> Averages:
    """get_ema_avg_fn(decay) for lists, in place."""
    return _each(get_ema_avg_fn(decay))


def _check(decay: float) -> None:
    if not 0 <= decay <= 1:
        raise OptionError(f"decay={decay}: the share that stays is between 0 and 1.")


def _each(average: Average) -> Averages:
    @no_grad()
    def averages(old: Iterable[Any], new: Iterable[Any], count: Any) -> None:
        for x, y in zip(old, new, strict=True):
            _write(x, average(x.detach(), y.detach(), count))

    return averages  # type: ignore[no-any-return]


class AveragedModel(Module):
    """A copy of the model, in .module, whose parameters follow the mean of the model's.

    avg_fn: how a parameter is averaged, get_swa_avg_fn() unless given; multi_avg_fn: the same for
    all of them at once, in place.  use_buffers: average the buffers too, instead of copying them.
    """

    n_averaged: Any

    def __init__(
        self,
        model: Module,
        device: Any = None,
        avg_fn: Average | None = None,
        multi_avg_fn: Averages | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        check_device(device)
        if avg_fn is not None and multi_avg_fn is not None:
            raise OptionError("AveragedModel: give avg_fn or multi_avg_fn, not both.")
        self.module = deepcopy(model)
        self.register_buffer("n_averaged", zeros((), dtype=int64))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.module(*args, **kwargs)

    @no_grad()
    def update_parameters(self, model: Module) -> None:
        """One more to the mean; the first time, a copy."""
        old, new = self._averaged(self.module), self._averaged(model)
        if not int(self.n_averaged):
            for x, y in zip(old, new, strict=True):
                _write(x, y)
        elif self.multi_avg_fn is not None:
            self.multi_avg_fn(old, new, self.n_averaged)
        else:
            average = self.avg_fn or get_swa_avg_fn()
            for x, y in zip(old, new, strict=True):
                _write(x, average(x.detach(), y.detach(), self.n_averaged))
        if not self.use_buffers:
            for x, y in zip(self.module.buffers(), model.buffers(), strict=True):
                _write(x, y)
        self.n_averaged += 1

    def _averaged(self, model: Module) -> list[Any]:
        """The tensors that are averaged."""
        return list(chain(model.parameters(), model.buffers() if self.use_buffers else ()))


def _write(x: Tensor, value: Any) -> None:
    np.copyto(x.array, value.array, casting="unsafe")
    counter_of(x)[0] += 1


@no_grad()
def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Let the BatchNorms of an averaged model learn their means and variances anew from the data.

    loader: batches of inputs, or lists and tuples that begin with them.
    """
    check_device(device)
    norms = [m for m in model.modules() if isinstance(m, _BatchNorm)]
    if not norms:
        return
    momenta, was_training = [m.momentum for m in norms], model.training
    for m in norms:
        m.reset_running_stats()
        m.momentum = None  # the plain mean over all batches
    model.train()
    for batch in loader:
        model(batch[0] if isinstance(batch, list | tuple) else batch)
    for m, momentum in zip(norms, momenta, strict=True):
        m.momentum = momentum
    model.train(was_training)
