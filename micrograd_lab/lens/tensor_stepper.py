"""steps(loss) for tensors: the same pages, with shapes, vjps and the arrays themselves."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from micrograd_lab.lens.marks import Sight, shape_text, sight_of
from micrograd_lab.lens.naming import graph_of, is_broken, names_of
from micrograd_lab.lens.slim import img
from micrograd_lab.lens.stepper import Steps
from micrograd_lab.lens.tensor_steps import HEADS, TensorStep, brief, kept, seeded, tensor_chain
from micrograd_lab.lens.theme import theme_named


class TensorSteps(Steps):
    """The steps of a tensor's graph, over the records of its ops."""

    heads = HEADS

    def __init__(self, root: Any, limit: int, around: Any, theme: str) -> None:
        start = seeded(root)
        _, order = graph_of([start], "steps(root)")
        around = getattr(around, "grad_fn", None) or around
        names = names_of(order)
        names |= {id(n): f"x{k}" for k, n in enumerate(_nameless(order), start=1)}
        self.sight = _seen(order, root, names)
        found = tensor_chain(start, names, self.sight.results, around)
        super().__init__(order, names, found, limit, around, theme)

    @property
    def note(self) -> str:
        """What was left out and why: where a vjp of one's own got a shape wrong, all that follows."""
        last = self.shown[-1] if self.shown else None
        if not self.more or last is None or last.product.shape == tuple(last.parent.shape):
            return super().note
        name, have, found = last.parent_name, shape_text(last.parent), shape_text(last.product)
        return (
            f"It ends here: {name} is {have or 'one number'}, so its gradient must be, and the vjp of "
            f"{last.op.name} gave {found or 'one number'}"
        )

    def cells(self, index: int) -> str:
        """The arrays of one step as grids of numbers: an SVG."""
        step: TensorStep = self.shown[index]
        return step.cells(theme_named(self.theme))

    def _shown(self, gradient: Any) -> Any:
        """Shape and norm in one line, so that no box grows; a broken one as NaN or inf."""
        broken = is_broken(gradient)
        return float(gradient.sum()) if broken else brief(gradient)

    def _extras(self, step: Any) -> list[str]:
        return [img(step.cells(theme_named(self.theme)), f"The arrays of: {step.formula}")]


def _seen(order: list[Any], root: Any, names: Mapping[int, str]) -> Sight:
    """What the nodes computed: of an op, as far as some rule keeps it."""
    sight = sight_of(order)
    leaves = {id(node): node.array for node in order if hasattr(node, "array")}
    results = {**sight.results, **leaves, id(order[-1]): root.array}
    held = {key: kept(value) for key, value in results.items()}
    return replace(sight, results=held, called=names)


def _nameless(order: list[Any]) -> list[Any]:
    """Leaves without a label: the number of many entries is no name."""
    return [node for node in order if not node.parents and not node.label]
