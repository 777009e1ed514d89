"""Whose turn it is: the backward pass in one order or another, and what goes wrong."""

from collections.abc import Mapping, Sequence
from typing import Any

from micrograd_lab.course.figures.canvas import digits, row
from micrograd_lab.graph import topological_order
from micrograd_lab.lens.theme import LIGHT

Gradients = dict[str, float]


def turns(orders: Mapping[str, Sequence[Any]], at: Mapping[str, tuple[float, float]]) -> Any:
    """The backward pass in several orders, one picture each: above a node its turn, below what it holds.

    See: a node turns red when it passes its gradient on before all of it has arrived, or ends with
    a wrong one; everything it feeds is then wrong too.
    orders: a title and the nodes (parents, local_grads, a label) in that order.  at: where each
    label stands.  Gives the Axes.
    """
    axes = row(orders, 8.4, 3.1)
    across, up = zip(*at.values(), strict=True)
    for ax, order in zip(axes, orders.values(), strict=True):
        ax.set(xlim=(min(across) - 0.5, max(across) + 0.5), ylim=(min(up) - 1.1, max(up) + 0.8))
        ax.axis("off")
        passed, final = play(order)
        right = play(topological_order(_root(order))[::-1])[1]
        for turn, node in enumerate(order, start=1):
            name = node.label
            for parent in node.parents:
                arrow = {"arrowstyle": "-|>", "color": "0.6", "shrinkA": 13, "shrinkB": 13}
                ax.annotate("", at[parent.label], at[name], arrowprops=arrow)
            stale = bool(node.parents) and passed[name] != right[name]
            shown = digits(passed[name] if stale else final[name])
            if wrong := stale or final[name] != right[name]:
                shown = f"{'gave ' if stale else ''}{shown},\nnot {digits(right[name])}"
            _node(ax, at[name], name, turn, shown, wrong)
    return axes


def play(order: Sequence[Any]) -> tuple[Gradients, Gradients]:
    """The chain rule node by node in this order: what each passed on, and with what each ended."""
    gradient = {node.label: 0.0 for node in order}
    passed = dict(gradient)
    gradient[_root(order).label] = 1.0
    for node in order:
        passed[node.label] = gradient[node.label]
        for parent, local in zip(node.parents, node.local_grads, strict=True):
            gradient[parent.label] += local * gradient[node.label]
    return passed, gradient


def _root(nodes: Sequence[Any]) -> Any:
    """The node that no other uses."""
    used = {id(parent) for node in nodes for parent in node.parents}
    return next(node for node in nodes if id(node) not in used)


def _node(ax: Any, at: tuple[float, float], name: str, turn: int, shown: str, wrong: bool) -> None:
    """One node: its turn above it, what it holds below it."""
    fill, edge, ink = LIGHT.leaf, LIGHT.leaf_edge, LIGHT.ink
    if wrong:
        fill, edge, ink = LIGHT.bad, LIGHT.bad, LIGHT.op_ink
    x, y = at
    ax.plot(x, y, "o", ms=24, mfc=fill, mec=edge, mew=1.5)
    middle: dict[str, Any] = {"ha": "center", "va": "center"}
    ax.text(x, y, name, color=ink, fontweight="bold", **middle)
    ax.text(x, y + 0.52, f"{turn}.", color=LIGHT.faint, fontsize=9, **middle)
    colour = LIGHT.bad if wrong else LIGHT.grad
    ax.text(x, y - 0.45, shown, color=colour, fontsize=9, ha="center", va="top")
