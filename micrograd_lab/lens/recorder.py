"""A Recorder: what gradients, updates and activations do during training, seen through hooks."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_lab.errors import OptionError
from micrograd_lab.lens.history import Histogram, History
from micrograd_lab.lens.measures import binned, moments, norm
from micrograd_lab.lens.plots.untouched import home_of, number_of
from micrograd_lab.lens.weights import as_array, weights_of

Array = NDArray[Any]

SILENT = ("Flatten", "Identity", "Unflatten")  # and those that drop: nothing new to see behind them
# Flat is where the slope is less than a twentieth of the steepest: 1 - y² for tanh, 4y(1 - y).
FLAT_TANH = math.sqrt(1 - 1 / 20)
DENSE = 100  # steps from the first on that are all recorded, unless told otherwise
GRADIENTS = np.linspace(-14, 6, 101)  # of log10 |g|


class Recorder:
    """Watches a model being trained, and writes down what plots need.

        with Recorder(net, optimizer) as seen:
            for x, y in batches:
                loss = loss_fn(net(x), y)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()             # here it looks
                seen.note(loss=loss.item())  # if the loss is to be in the history
        plots.gradient_norms(seen.history)

    or as a callback: fit(..., callbacks=[Recorder(net)]).  Where no optimiser makes the steps (an
    MLP of Values, a loop that updates by hand) call seen.step(loss=...) once an update, before
    the gradients are zeroed.

    model: a Module, ours or PyTorch's; or one with parameters() that are Values.
    every: look at one step in so many, the first included; by default at the first hundred, where
    most happens, then at one in ten.  histograms_every: the same for histograms, 0 for none; by
    default they are made at steps 1, 2, 4, 8, ...  A step that has them is recorded as a whole.

    It sees the layers that are modules, of each the last call of a step in training mode, and
    changes nothing: with or without it, training makes the same numbers.  It keeps numbers, never
    a tensor, so no graph lives longer; and one copy of the weights.

    A recorded step costs two passes over the outputs and five over the weights: a fifth of a step
    of the digits MLP (85,002 weights, batch 64), so under a tenth of its first 500 steps, and less
    later.  `python -m benchmarks.recorder` measures it.
    """

    def __init__(
        self,
        model: Any,
        optimizer: Any = None,
        *,
        every: int | None = None,
        histograms_every: int | None = None,
    ) -> None:
        if every is not None and every < 1:
            raise OptionError(f"Recorder: every={every}: one step in so many, at least 1.")
        if histograms_every is not None and histograms_every < 0:
            raise OptionError(
                f"Recorder: histograms_every={histograms_every}: 0 for none, or more."
            )
        self.model, self.optimizer = model, optimizer
        self.every, self.histograms_every = every, histograms_every
        self.history = History()
        self.steps = 0  # that were made, recorded or not
        self._handles: list[Any] = []  # of the optimiser's hook
        self._looking: list[Any] = []  # of the layers' hooks, only while a step is to be recorded
        self._weights: list[Any] = []
        self._before: list[Any] = []  # their numbers before the step
        self._seen: dict[tuple[str, str], float] = {}  # by quantity and layer, in this step
        self._binned: dict[tuple[str, str], Histogram] = {}  # by what it is of, and layer
        self._due = self._histograms_due = False
        self._open = False  # whether the last step was recorded, so that notes belong to it
        self._recording: Any = lambda: True

    # --- on and off -----------------------------------------------------------------------

    def __enter__(self) -> "Recorder":
        self.__exit__()  # or it would look twice
        self._weights = weights_of(self.model, "Recorder")
        self.history.shapes = {w.name: w.shape for w in self._weights}
        if self.optimizer is not None:
            made = self.optimizer.register_step_post_hook(lambda *_: self.step())
            self._handles.append(made)
        if hasattr(self.model, "named_modules"):
            self._recording = home_of(self.model).is_grad_enabled
        self._prepare()
        return self

    def __exit__(self, *exc: object) -> None:
        for handle in self._handles + self._looking:
            handle.remove()
        self._handles, self._looking, self._before = [], [], []

    # --- a step ---------------------------------------------------------------------------

    def step(self, **numbers: Any) -> None:
        """An update was made and the gradients are still there: look, if this step is to be recorded.

        The optimiser's hook calls it; call it yourself where there is none.  numbers: as in note().
        """
        self.steps += 1
        self._open = self._due
        if self._due:
            for w, before in zip(self._weights, self._before, strict=True):
                if w.trainable:
                    self._look_at(w, before)
            self.history.add_step(self.steps, self._seen)
            for (what, layer), found in self._binned.items():
                self.history.add_histogram(what, layer, self.steps, found)
        self._prepare()
        self.note(**numbers)

    def note(self, **numbers: Any) -> None:
        """Numbers of the step that was just made: note(loss=loss.item(), accuracy=0.9)."""
        for name, value in numbers.items():
            if self._open:
                self.history.note(name, number_of(value, f"note({name}=...)"))

    def _look_at(self, w: Any, before: Array) -> None:
        seen, name = self._seen, w.name
        gradient = w.gradient()
        seen["gradient_norm", name] = math.nan if gradient is None else norm(gradient)
        seen["weight_norm", name] = size = norm(before)
        np.subtract(w.numbers(), before, out=before)
        seen["update_norm", name] = moved = norm(before)
        seen["update_ratio", name] = moved / size if size else math.nan

    def _prepare(self) -> None:
        """For the step to come: hooks and a copy of the weights, if it is to be recorded."""
        self._seen, self._binned = {}, {}
        done, every, histograms = self.steps, self.every, self.histograms_every
        every = (1 if done < DENSE else 10) if every is None else every
        power = done & (done + 1) == 0  # the step to come, done + 1, is a power of two
        self._histograms_due = power if histograms is None else histograms > 0 == done % histograms
        self._due = self._histograms_due or done % every == 0
        if not self._due:
            for handle in self._looking:  # without hooks the layers run as if nobody ever looked
                handle.remove()
            self._looking = []
            return
        older = self._before or [None] * len(self._weights)
        self._before = [_copied(w, old) for w, old in zip(self._weights, older, strict=True)]
        if not self._looking and hasattr(self.model, "named_modules"):
            for name, module in self.model.named_modules():
                kind = type(module).__name__
                if any(True for _ in module.children()) or kind in SILENT or "Dropout" in kind:
                    continue
                self.history.kinds[name] = kind
                self._looking.append(module.register_forward_hook(self._hook(name, kind)))

    # --- a layer --------------------------------------------------------------------------

    def _hook(self, layer: str, kind: str) -> Any:
        def look(module: Any, _inputs: Any, output: Any) -> None:
            y = output[0] if isinstance(output, tuple) and output else output
            if hasattr(y, "detach") and module.training and self._recording():
                array = as_array(y)
                if array.dtype.kind == "f" and array.size:
                    self._see(layer, kind, y, array)

        return look

    def _see(self, layer: str, kind: str, y: Any, array: Array) -> None:
        seen = self._seen
        seen["mean", layer], seen["std", layer] = moments(array)
        if kind in ("ReLU", "ReLU6") and array.ndim > 1:
            units = 1 if array.ndim == 4 else array.ndim - 1  # channels, or the last axis
            examples = tuple(axis for axis in range(array.ndim) if axis != units)
            seen["dead", layer] = 1 - float(array.any(axis=examples).mean())
        elif kind in ("Tanh", "Sigmoid"):
            flat = np.abs(array if kind == "Tanh" else 2 * array - 1) > FLAT_TANH
            seen["saturated", layer] = np.count_nonzero(flat) / flat.size
        if self._histograms_due:
            self._binned["activations", layer] = binned(array)
            if y.requires_grad:  # the hook keeps a name, nothing of the graph
                y.register_hook(lambda g: self._see_gradient(layer, g))

    def _see_gradient(self, layer: str, g: Any) -> None:
        with np.errstate(divide="ignore"):  # zeros become -inf, and are left out
            logs = np.log(np.abs(as_array(g)).astype(np.float32)) * np.float32(1 / math.log(10))
        self._binned["gradients", layer] = binned(logs, GRADIENTS)

    # --- as a callback of fit() -----------------------------------------------------------

    def on_start(self, run: Any) -> None:
        """fit() begins: look at its optimiser."""
        if not self._handles:
            self.optimizer = self.optimizer or run.optimizer
            self.steps = max(self.steps, run.step)
            self.__enter__()

    def on_step(self, run: Any) -> None:
        """Note the loss."""
        self.note(loss=run.loss)

    def on_end(self, run: Any) -> None:
        """fit() is over."""
        self.__exit__()

    def state_dict(self) -> dict[str, Any]:
        """The history, for fit()'s checkpoint."""
        return self.history.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on with the history of a checkpoint."""
        self.history.load_state_dict(state)


def _copied(w: Any, old: Array | None) -> Array:
    """A copy of the weights, in the memory of an older copy if there is one."""
    now = w.numbers()
    if old is None or old.shape != now.shape or old.dtype != now.dtype:
        return np.array(now, copy=True)
    np.copyto(old, now)
    return old
