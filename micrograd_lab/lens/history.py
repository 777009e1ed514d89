"""What a Recorder saw: plain arrays by name, one number a recorded step, and histograms now and then."""

import math
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_lab.errors import FileError, OptionError
from micrograd_lab.lens.weights import layer_of
from micrograd_lab.serialization import load, save
from micrograd_lab.tensor import Tensor

Array = NDArray[Any]
Histogram = tuple[Array, Array]  # counts (n,) and edges (n + 1,)

# What is recorded, by name; those of parameters have their names, those of layers the layers'.
QUANTITIES = {
    "gradient_norm": "of a parameter: the length of its gradient, as the optimiser got it",
    "weight_norm": "of a parameter: its length before the step",
    "update_norm": "of a parameter: how far the step moved it",
    "update_ratio": "of a parameter: update_norm / weight_norm",
    "mean": "of a layer: the mean of its outputs",
    "std": "of a layer: their standard deviation",
    "dead": "of a ReLU: the fraction of units that are zero for every example of the batch",
    "saturated": "of a tanh or sigmoid: the fraction of outputs on the flat parts of the curve",
}
FORMAT = "micrograd_lab.lens.History 1"


class History:
    """Numbers from a training run.

        history.steps                                # the recorded steps, from 1
        history["loss"]                              # what was noted: an array, an entry a step
        history["gradient_norm"]["0.weight"]         # what was seen: an array for each name
        history.histogram("activations", "1")        # (counts, edges) of the last one

    nan stands where there was nothing: a parameter without a gradient, a layer that did not run.
    """

    def __init__(self) -> None:
        self._steps: list[int] = []
        self._columns: dict[tuple[str, str], list[float]] = {}  # (quantity, name); (note, "")
        self._histograms: dict[str, dict[str, dict[int, Histogram]]] = {}  # what, layer, step
        self.shapes: dict[str, tuple[int, ...]] = {}  # of the parameters
        self.kinds: dict[str, str] = {}  # of the layers: Linear, ReLU

    # --- what is in it --------------------------------------------------------------------

    @property
    def steps(self) -> Array:
        """Which steps were recorded."""
        return np.array(self._steps, int)

    def __len__(self) -> int:
        return len(self._steps)

    def __getitem__(self, quantity: str) -> Any:
        """A quantity: arrays by name; or something noted, such as the loss: an array."""
        if quantity in QUANTITIES:
            return {
                name: self._column(x) for (q, name), x in self._columns.items() if q == quantity
            }
        if quantity not in self.notes:
            raise OptionError(
                f"history[{quantity!r}]: not recorded. There are {', '.join(QUANTITIES)}; "
                f"and noted: {', '.join(self.notes) or 'nothing; call recorder.note(loss=...)'}."
            )
        return self._column(self._columns[quantity, ""])

    @property
    def notes(self) -> list[str]:
        """What was noted, by name."""
        return [name for name, _ in self._columns if name not in QUANTITIES]

    def per_layer(self, quantity: str) -> dict[str, Array]:
        """A norm of the parameters, for each layer: the length of all of its parameters together.

        A parameter without a gradient counts as zero, unless no other of its layer has one.
        """
        layers: dict[str, list[Array]] = {}
        for name, values in self[quantity].items():
            layers.setdefault(layer_of(name), []).append(values)
        return {layer: _together(rows) for layer, rows in layers.items()}

    def histogram(self, what: str, layer: str, step: int = -1) -> Histogram:
        """(counts, edges) of a layer's "activations" (their values) or "gradients" (log10 of |g|).

        step: a recorded one, or -1 for the last.  OptionError if there is none.
        """
        found = self._histograms.get(what, {}).get(layer, {})
        step = max(found) if step == -1 and found else step
        if step not in found:
            known = ", ".join(map(str, found)) or "none"
            raise OptionError(
                f"histogram({what!r}, {layer!r}, {step}): not recorded. Steps of it: {known}; "
                f"layers: {', '.join(self._histograms.get(what, {})) or 'none'}."
            )
        return found[step]

    def histogram_steps(self, what: str) -> dict[str, list[int]]:
        """The layers that have histograms of that kind, each with its steps."""
        return {layer: list(found) for layer, found in self._histograms.get(what, {}).items()}

    # --- what the Recorder does -----------------------------------------------------------

    def add_step(self, step: int, seen: dict[tuple[str, str], float]) -> None:
        """What was seen at a step, by quantity and name."""
        self._steps.append(step)
        for key, value in seen.items():
            self._put(key, value)

    def note(self, name: str, value: float) -> None:
        """One more number of the last step; a second one takes the place of the first."""
        if name in QUANTITIES:
            raise OptionError(f"note({name}=...): the Recorder measures that; choose another name.")
        self._put((name, ""), value)

    def _put(self, key: tuple[str, str], value: float) -> None:
        column = self._columns.get(key)
        if column is None:
            column = self._columns[key] = []
        missing = len(self._steps) - 1 - len(column)
        if missing > 0:
            column.extend([math.nan] * missing)
        if missing < 0:
            column[-1] = value
        else:
            column.append(value)

    def add_histogram(self, what: str, layer: str, step: int, found: Histogram) -> None:
        """One more histogram."""
        self._histograms.setdefault(what, {}).setdefault(layer, {})[step] = found

    def _column(self, values: list[float]) -> Array:
        return np.array(values + [math.nan] * (len(self._steps) - len(values)), float)

    # --- to files and back ----------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """All of it, as tensors and plain data."""
        return {
            "format": FORMAT,
            "steps": Tensor(self.steps),
            "columns": [[*key, Tensor(self._column(x))] for key, x in self._columns.items()],
            "histograms": {
                what: {
                    layer: {s: (Tensor(counts), Tensor(edges)) for s, (counts, edges) in of.items()}
                    for layer, of in layers.items()
                }
                for what, layers in self._histograms.items()
            },
            "shapes": dict(self.shapes),
            "kinds": dict(self.kinds),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take back what state_dict() gave."""
        steps = state["steps"].tolist()
        columns = {(quantity, name): x.tolist() for quantity, name, x in state["columns"]}
        histograms = {
            what: {
                layer: {int(s): (c.array, e.array) for s, (c, e) in of.items()}
                for layer, of in layers.items()
            }
            for what, layers in state["histograms"].items()
        }
        shapes = {name: tuple(shape) for name, shape in state["shapes"].items()}
        self._steps, self._columns, self._histograms = steps, columns, histograms
        self.shapes, self.kinds = shapes, dict(state["kinds"])

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it as .npz, in one move."""
        path = Path(path)
        if path.suffix != ".npz":
            raise OptionError(f"save({path.name!r}): a history is saved as .npz.")
        save(self.state_dict(), path)
        return path

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "History":
        """What save() wrote.  FileError if it is damaged or something else."""
        found = load(Path(path))
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise FileError(
                f"{os.fspath(path)!r} holds tensors, but no History; "
                "History.load() reads what history.save() wrote."
            )
        made = cls()
        made.load_state_dict(found)
        return made

    # --- as text --------------------------------------------------------------------------

    def __str__(self) -> str:
        if not self._steps:
            return "History: no step yet"
        head = f"History of {len(self)} recorded steps, {self._steps[0]} to {self._steps[-1]}"
        lines = [head, f"{'':24}{'first':>10}{'last':>10}"]
        rows = {name: self[name] for name in self.notes}
        rows |= {f"{layer} gradient": x for layer, x in self.per_layer("gradient_norm").items()}
        rows |= {f"{name} update ratio": x for name, x in self["update_ratio"].items()}
        for what in ("dead", "saturated"):
            rows |= {f"{layer} {what}": x for layer, x in self[what].items()}
        for name, values in rows.items():
            lines.append(f"{name:<24}{values[0]:>10.3g}{values[-1]:>10.3g}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"History({len(self)} recorded steps)"


def _together(rows: list[Array]) -> Array:
    """The length of several vectors as one, from the length of each; nan only if all are missing."""
    if len(rows) == 1:
        return rows[0]
    stacked = np.array(rows)
    total = np.linalg.norm(np.nan_to_num(stacked, nan=0.0, posinf=np.inf), axis=0)
    return np.where(np.isnan(stacked).all(0), np.nan, total)
