"""A model and its gradients as a table in the terminal: what is in it, and what arrived where."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from micrograd_lab.errors import OptionError
from micrograd_lab.lens.plots.untouched import home_of, inputs, is_scalar, untouched
from micrograd_lab.lens.weights import groups_of, layers_of

WIDTH = 88
BAR = 24  # characters of the longest bar
FLOOR = 1e-8  # of the largest norm: a bar of this length is empty


@dataclass(frozen=True)
class Row:
    """A module of a model: where it is, what it is, and what it has."""

    name: str
    kind: str
    depth: int
    output: str  # its shape; "" where nothing ran
    own: int  # numbers in its own parameters, without those of its parts
    trainable: int


@dataclass(frozen=True)
class Shown:
    """A table: in colour where rich prints it, plain text for str() and in a notebook."""

    rows: list[Any]
    table: Callable[[], Any]

    def __rich__(self) -> Any:
        return self.table()

    def __str__(self) -> str:
        from rich.console import Console

        paper = io.StringIO()
        # without force_jupyter=False, rich writes into the notebook, not on the paper
        plain: dict[str, Any] = {
            "color_system": None,
            "force_terminal": False,
            "force_jupyter": False,
        }
        Console(file=paper, width=WIDTH, legacy_windows=False, **plain).print(self.table())
        lines = (line.rstrip() for line in paper.getvalue().splitlines())
        return "\n".join(line for line in lines if line)

    __repr__ = __str__


# --- what is in a model -------------------------------------------------------------------------


def summary(model: Any, x: Any = None) -> Shown:
    """Its modules with the shapes of their outputs, their parameters, and what training changes.

    model: a Module, ours or PyTorch's, or an MLP of Values.  x: a batch; the model is called with it
    once, in eval mode and without a trace, to see the shapes.  A parameter that is used in two
    places is counted where it is first.

    OptionError for a lazy module that has seen no input yet: it has no shapes to count.
    """
    rows = _scalar_rows(model) if is_scalar(model) else _rows(model, _shapes(model, x))
    total, trainable = sum(r.own for r in rows), sum(r.trainable for r in rows)
    size = _bytes(model)
    notes = [
        f"{total:,} parameters, {trainable:,} trainable, {total - trainable:,} frozen; "
        + (f"{_memory(size)} of weights" if size else "each is a Value"),
    ]
    if size and trainable:
        notes.append(f"training: {_memory(size * trainable // total)} more for their gradients")

    def table() -> Any:
        made = _table("layer", "kind", "output", "parameters", "")
        for row in rows:
            indent = "  " * row.depth
            state = "" if not row.own or row.trainable == row.own else "frozen"
            state = "part frozen" if state and row.trainable else state
            count = f"{row.own:,}" if row.own else ""
            cells = (f"{indent}{row.name}", row.kind, row.output, count, state)
            made.add_row(*cells, style="dim" if state == "frozen" else "")
        return _above(made, *notes)

    return Shown(rows, table)


def _rows(model: Any, shapes: dict[str, str]) -> list[Row]:
    if not hasattr(model, "named_modules"):
        raise OptionError(f"summary: found {type(model).__name__}, which is no Module.")
    rows, counted = [], set()
    for name, module in model.named_modules():
        own = trainable = 0
        for p in module.parameters(recurse=False):
            if "Uninitialized" in type(p).__name__:
                raise OptionError(
                    f"summary: {name or 'the model'} is a {type(module).__name__} that has seen no "
                    "input, and so has no shape. Call the model once: model(x)."
                )
            if id(p) not in counted:
                counted.add(id(p))
                size = int(p.numel())
                own, trainable = own + size, trainable + size * bool(p.requires_grad)
        short = name.rpartition(".")[2] or "(model)"
        depth = name.count(".") + 1 if name else 0
        output = shapes.get(name, "")
        rows.append(Row(short, type(module).__name__, depth, output, own, trainable))
    return rows


def _scalar_rows(model: Any) -> list[Row]:
    kind = type(model).__name__
    rows = [Row("(model)", kind, 0, "", 0, 0)]
    layers = getattr(model, "layers", [])
    for name, parts in groups_of(model).items():
        place = name.rpartition(".")[2]
        layer = layers[int(place)] if place.isdecimal() else model
        neurons = getattr(layer, "neurons", None)
        output = f"{len(neurons)}" if neurons else ""
        rows.append(Row(place, type(layer).__name__, 1, output, len(parts), len(parts)))
    return rows


def _shapes(model: Any, x: Any) -> dict[str, str]:
    """The shapes of all outputs by the module's name, when the model is called with x."""
    if x is None or not hasattr(model, "named_modules"):
        return {}
    _rows(model, {})  # a lazy module would take its shape from this call, and keep it
    shapes: dict[str, str] = {}

    def hook(name: str) -> Any:
        def look(_module: Any, _inputs: Any, y: Any) -> None:
            shapes[name] = _shape(y)

        return look

    handles = [m.register_forward_hook(hook(name)) for name, m in model.named_modules()]
    try:
        with untouched(model), home_of(model).no_grad():
            model(*x) if isinstance(x, tuple) else model(inputs(model, x))
    finally:
        for handle in handles:
            handle.remove()
    return shapes


def _shape(y: Any) -> str:
    if isinstance(y, tuple | list):
        return ", ".join(filter(None, map(_shape, y)))
    return "(" + ", ".join(map(str, y.shape)) + ")" if hasattr(y, "shape") else ""


def _bytes(model: Any) -> int:
    if is_scalar(model):
        return 0
    return sum(int(p.numel()) * int(p.dtype.itemsize) for p in model.parameters())


def _memory(size: int) -> str:
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size = size / 1000  # type: ignore[assignment]
    return f"{size:.3g} GB"


# --- what arrived -------------------------------------------------------------------------------


def show_gradients(model: Any) -> Shown:
    """The length of each layer's gradient as a bar, and a word where something is wrong with it.

    model: after backward(); a Module, ours or PyTorch's, or an MLP of Values.  Bars are logarithmic:
    full is the largest, empty a hundred-millionth of that.  Words: no gradient (None: nothing
    arrived), frozen, zero, nan, inf, and tiny for less than a thousandth of the largest.
    """
    import math

    layers = layers_of(model, "show_gradients")
    norms = [layer.gradient_norm for layer in layers]
    top = max((x for x in norms if x is not None and math.isfinite(x)), default=0.0)
    rows = [
        (f"{layer.name} {layer.kind}".strip(), x, layer.trouble(top))
        for layer, x in zip(layers, norms, strict=True)
    ]

    def table() -> Any:
        from rich.text import Text

        made = _table("layer", "gradient norm", "", "")
        made.columns[1].justify = "right"
        for name, x, trouble in rows:
            share = 1 + math.log(x / top) / -math.log(FLOOR) if x and 0 < x <= top else 0.0
            line = Text("█" * round(BAR * max(share, 0.0)), style="dark_orange3")
            made.add_row(name, "" if x is None else f"{x:.3g}", line, Text(trouble, style="red"))
        nothing = "No gradient at all: call loss.backward() first."
        return _above(made, *[nothing] * all(x is None for x in norms))

    return Shown(rows, table)


def _table(*headings: str) -> Any:
    from rich import box
    from rich.table import Table

    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for heading in headings:
        made.add_column(heading, justify="right" if heading == "parameters" else "left")
    return made


def _above(table: Any, *notes: str) -> Any:
    from rich.console import Group
    from rich.text import Text

    return Group(table, *map(Text, notes))
