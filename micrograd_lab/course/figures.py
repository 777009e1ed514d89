"""The curves of the lessons; each function draws one idea and returns its Axes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from micrograd_lab.lens.theme import LIGHT

Curve = Callable[[float], float]


def _axes(ax: Any, width: float = 6.4, height: float = 3.8) -> Any:
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(width, height), layout="constrained")[1]


def secants(
    f: Curve, x: float, steps: Sequence[float], names: Sequence[str] = ("x", "f(x)"), ax: Any = None
) -> Any:
    """The curve f near x, and the line through x and x + h for each h: it settles on the tangent."""
    ax = _axes(ax)
    reach = 1.25 * max(steps)
    grid = np.linspace(x - 1.7 * reach, x + reach, 200)
    ax.plot(grid, [f(t) for t in grid], color="black", lw=2.5, zorder=3)
    for i, h in enumerate(steps):
        slope = (f(x + h) - f(x)) / h
        ends = np.array([x - 0.45 * reach, x + reach])
        ax.plot(ends, f(x) + slope * (ends - x), color=f"C{i}", lw=1.6)
        ax.plot(x + h, f(x + h), "o", color=f"C{i}", ms=7, zorder=4)
        ax.annotate(
            f"h = {h:g}\nslope {slope:.4g}",
            (x + h, f(x + h)),
            xytext=(10, -6),
            textcoords="offset points",
            color=f"C{i}",
            va="top",
            bbox={"fc": "white", "ec": "none", "alpha": 0.8, "pad": 1},
        )
    ax.plot(x, f(x), "o", color="black", ms=8, zorder=5)
    ax.margins(x=0.12)
    ax.set(xlabel=names[0], ylabel=names[1])
    return ax


def error_against_step(f: Curve, x: float, exact: float, ax: Any = None) -> Any:
    """How far the forward and the central difference are from the exact slope, for h from 1 to 1e-15.

    Both axes are logarithmic, so an error that shrinks with h or with h² is a straight line.
    """
    ax = _axes(ax)
    hs = 10.0 ** np.arange(0, -15.25, -0.25)
    rows: tuple[tuple[str, Curve, str], ...] = (
        ("forward", lambda h: (f(x + h) - f(x)) / h, "o"),
        ("central", lambda h: (f(x + h) - f(x - h)) / (2 * h), "s"),
    )
    for i, (name, estimate, marker) in enumerate(rows):
        errors = np.array([abs(estimate(h) - exact) for h in hs])
        errors = np.maximum(errors, 1e-16 * abs(exact))  # exact by luck: still a point to draw
        ax.loglog(hs, errors, marker=marker, ms=4, lw=1.2, color=f"C{i}", label=name)
        best = int(np.argmin(errors))
        ax.plot(hs[best], errors[best], marker, ms=11, mfc="none", mew=2, color=f"C{i}")
    ax.set(xlabel="step h   (smaller to the right)", ylabel="error of the estimated slope")
    ax.invert_xaxis()
    ax.text(0.03, 0.06, "the curve bends:\nerror ~ h or h²", transform=ax.transAxes)
    ax.text(0.97, 0.06, "the computer rounds:\nerror ~ 1/h", transform=ax.transAxes, ha="right")
    ax.legend(loc="upper center")
    return ax


def blame(names: Sequence[str], gradients: Sequence[float], ax: Any = None) -> Any:
    """One bar per parameter: how fast the loss moves when that parameter moves."""
    ax = _axes(ax, height=1.0 + 0.45 * len(names))
    places = np.arange(len(names))[::-1]
    ax.barh(places, gradients, color=[f"C{i}" for i in range(len(names))], height=0.6)
    ax.set_yticks(places, names)
    ax.axvline(0, color="black", lw=1)
    for place, gradient in zip(places, gradients, strict=True):
        ax.annotate(
            f"{gradient:g}",
            (gradient, place),
            xytext=(6 if gradient >= 0 else -6, 0),
            textcoords="offset points",
            va="center",
            ha="left" if gradient >= 0 else "right",
        )
    ax.margins(x=0.12)
    ax.set_xlabel("∂loss / ∂parameter")
    return ax


def gates(
    functions: Sequence[tuple[str, Curve, Curve]], at: Sequence[float], axes: Any = None
) -> Any:
    """Each function with its slope below it; dots mark the same inputs in both."""
    import matplotlib.pyplot as plt

    if axes is None:
        axes = plt.subplots(
            2, len(functions), figsize=(7.6, 4.0), sharex=True, sharey="row", layout="constrained"
        )[1]
    grid = np.linspace(-4, 4, 321)
    for column, (name, f, slope) in enumerate(functions):
        for row, curve in enumerate((f, slope)):
            ax = axes[row][column]
            ax.plot(grid, [curve(t) for t in grid], color=f"C{column}", lw=2)
            ax.plot(at, [curve(t) for t in at], "o", color="black", ms=4)
            ax.axhline(0, color="grey", lw=0.6)
        axes[0][column].set_title(name)
    axes[0][0].set(ylabel="output", ylim=(-1.25, 3.3))
    axes[1][0].set(ylabel="local gradient", ylim=(-0.1, 1.15))
    for ax in axes[1]:
        ax.set_xlabel("input")
    return axes


def jacobian(table: Any, upstream: Any, names: Sequence[str] = ("output", "input")) -> Any:
    """A Jacobian as a heat-map; the upstream gradient to its left, and what it becomes below.

    table: (outputs, inputs).  upstream: (outputs,).  Returns the Axes of table, u and u @ table.
    """
    import matplotlib.pyplot as plt

    from micrograd_lab.lens.plots.look import signed

    rows, columns = table.shape
    _, grid = plt.subplots(
        2,
        2,
        figsize=(6.6, 6.6 * (rows + 2) / (columns + 2) * 0.92),
        width_ratios=(1, columns),
        height_ratios=(rows, 1),
        layout="constrained",
    )
    (u_ax, main), (corner, below) = grid
    corner.remove()
    parts = {main: table, u_ax: np.reshape(upstream, (-1, 1)), below: (upstream @ table)[None]}
    for ax, part in parts.items():
        most = float(np.abs(part).max()) or 1.0
        ax.imshow(part, cmap=signed(), vmin=-most, vmax=most, aspect="auto")
        ax.set_xticks(np.arange(-0.5, part.shape[1]), minor=True)
        ax.set_yticks(np.arange(-0.5, part.shape[0]), minor=True)
        ax.grid(visible=False)
        ax.grid(which="minor", color="#e3e7eb", lw=0.6)
        ax.tick_params(which="both", length=0)
        ax.set(xticks=[], yticks=[])
        ax.spines[["top", "right"]].set_visible(True)
    main.set_title(f"J: one row per {names[0]}, one column per {names[1]}")
    u_ax.set_title("u", color="C1")
    below.set_xlabel(f"u @ J: the gradient of every {names[1]}", color="C1")
    return [main, u_ax, below]


def stretched(small: Any, shape: tuple[int, int], gradient: Any = None, name: str = "b") -> Any:
    """An array stretched to a table: its own cells full, the copies as ghosts.

    With a gradient of that shape, a second panel shows how the copies' gradients are summed back.
    """
    import matplotlib.pyplot as plt

    own = (1,) * (2 - np.ndim(small)) + np.shape(small)
    forward = np.broadcast_to(np.reshape(small, own), shape)
    gone = tuple(axis for axis in (0, 1) if own[axis] == 1)
    panels = 1 if gradient is None else 2
    tall, wide = (n + (1.7 if panels == 2 and k in gone else 0.1) for k, n in enumerate(shape))
    size = (3.7 * panels, 0.5 + 0.52 * tall)
    axes = np.atleast_1d(plt.subplots(1, panels, figsize=size, layout="constrained")[1])
    for i, j in np.ndindex(*shape):
        ghost = (own[0] == 1 and i > 0) or (own[1] == 1 and j > 0)
        _cell(axes[0], i, j, forward[i, j], "ghost" if ghost else "own")
    axes[0].set_title(f"forward: {name} {np.shape(small)} as {shape}")
    if gradient is not None:
        for i, j in np.ndindex(*shape):
            _cell(axes[1], i, j, gradient[i, j], "arriving")
        back = gradient.sum(axis=gone, keepdims=True)
        for i, j in np.ndindex(*back.shape):
            down = shape[0] + 0.6 if 0 in gone else i
            across = shape[1] + 0.6 if 1 in gone else j
            _cell(axes[1], down, across, back[i, j], "own gradient")
        if 0 in gone:
            axes[1].text(shape[1] / 2, shape[0] + 0.3, "↓ sum ↓", ha="center", va="center")
        if 1 in gone:
            axes[1].text(shape[1] + 0.3, shape[0] / 2, "→\nsum\n→", ha="center", va="center")
        axes[1].set_title(f"backward: {shape} to {np.shape(small)}")
    for ax in axes:
        ax.set(xlim=(-0.1, wide), ylim=(tall, -0.1), aspect="equal", anchor="NW")
        ax.axis("off")
    return axes if panels == 2 else axes[0]


def _cell(ax: Any, row: float, column: float, number: Any, kind: str) -> None:
    """One entry as a box: `own`, a `ghost` of it, a gradient `arriving`, or the entry's own one."""
    from matplotlib.patches import FancyBboxPatch

    from micrograd_lab.lens.theme import LIGHT

    fill, edge, ink, line = {
        "own": (LIGHT.leaf, LIGHT.leaf_edge, LIGHT.data, "-"),
        "ghost": ("none", LIGHT.ghost, LIGHT.faint, (0, (3, 2))),
        "arriving": (LIGHT.pill, "none", LIGHT.grad, "-"),
        "own gradient": (LIGHT.pill, LIGHT.grad, LIGHT.grad, "-"),
    }[kind]
    style = "round,pad=0,rounding_size=0.12"
    box: dict[str, Any] = {"fc": fill, "ec": edge, "linestyle": line, "lw": 1.4}
    ax.add_patch(FancyBboxPatch((column + 0.05, row + 0.07), 0.9, 0.86, boxstyle=style, **box))
    heavy = "bold" if kind.startswith("own") else "normal"
    ax.text(
        column + 0.5, row + 0.5, f"{number:g}", ha="center", va="center", color=ink, weight=heavy
    )


def growing_square(x: float, h: float, ax: Any = None) -> Any:
    """x · x as an area: a nudge of either side adds a strip, of both sides two strips and a corner."""
    from matplotlib.patches import Rectangle

    ax = _axes(ax, 4.6, 4.0)
    parts = (
        ((0, 0), x, x, "black", 0.06, "x · x"),
        ((x, 0), h, x, "C0", 0.75, "first x\nnudged:\nx · h"),
        ((0, x), x, h, "C1", 0.75, "second x nudged: x · h"),
        ((x, x), h, h, "C3", 0.9, "h · h"),
    )
    for corner, width, height, colour, alpha, text in parts:
        ax.add_patch(Rectangle(corner, width, height, fc=colour, alpha=alpha, ec="white", lw=2))
        middle = (corner[0] + width / 2, corner[1] + height / 2)
        dark = colour != "black"
        ax.annotate(
            text, middle, ha="center", va="center", color="white" if dark else "black", fontsize=9.5
        )
    ax.set(xlim=(0, x + h), ylim=(0, x + h), aspect="equal", xticks=[0, x, x + h])
    ax.set(yticks=[0, x, x + h], xticklabels=["0", "x", "x+h"], yticklabels=["0", "x", "x+h"])
    ax.grid(visible=False)
    return ax


def paths_and_arrows(most: int, ax: Any = None) -> Any:
    """x + x, again and again: how many arrows the graph has, and how many paths lead through it."""
    ax = _axes(ax)
    times = np.arange(1, most + 1)
    for i, (label, counts, marker) in enumerate(
        [("arrows", 2 * times, "o"), ("paths", 2.0**times, "s")]
    ):
        ax.semilogy(times, counts, marker=marker, ms=3.5, lw=1.6, color=f"C{i}")
        ax.annotate(
            f"{counts[-1]:,.0f} {label}",
            (times[-1], counts[-1]),
            xytext=(-6, 10 if i == 0 else -4),
            textcoords="offset points",
            ha="right",
            color=f"C{i}",
        )
    ax.set(xlabel="how often the number was doubled", ylabel="how many")
    return ax


def turns(orders: Mapping[str, Sequence[Any]], at: Mapping[str, tuple[float, float]]) -> Any:
    """The backward pass in several orders, one picture each: above a node its turn, below what it holds.

    Red: it passed its gradient on before all of it had arrived, or it ends with a wrong one.
    orders: a title and the nodes (parents, local_grads, a label) in that order.  at: where each
    label stands.  Gives the Axes.
    """
    import matplotlib.pyplot as plt

    size, many = (8.4, 3.1), len(orders)
    axes = plt.subplots(1, many, figsize=size, layout="constrained", squeeze=False)[1][0]
    across, up = zip(*at.values(), strict=True)
    for ax, (title, order) in zip(axes, orders.items(), strict=True):
        ax.set(xlim=(min(across) - 0.5, max(across) + 0.5), ylim=(min(up) - 1.1, max(up) + 0.8))
        ax.set_title(title, fontsize=11)
        ax.axis("off")
        for turn, node in enumerate(order, start=1):
            _turn(ax, turn, node, order, at)
    return axes


def _turn(ax: Any, turn: int, node: Any, order: Sequence[Any], at: Mapping[str, Any]) -> None:
    """One node of `turns`, and its arrows."""
    passed, final = play(order)
    right = play(_backwards(order))[1]
    name = node.label
    stale = bool(node.parents) and passed[name] != right[name]
    wrong = stale or final[name] != right[name]
    for parent in node.parents:
        arrow = {"arrowstyle": "-|>", "color": "0.6", "shrinkA": 13, "shrinkB": 13}
        ax.annotate("", at[parent.label], at[name], arrowprops=arrow)
    x, y = at[name]
    fill, edge = (LIGHT.bad, LIGHT.bad) if wrong else (LIGHT.leaf, LIGHT.leaf_edge)
    ax.plot(x, y, "o", ms=24, mfc=fill, mec=edge, mew=1.5)
    middle: dict[str, Any] = {"ha": "center", "va": "center"}
    ink = LIGHT.op_ink if wrong else LIGHT.ink
    ax.text(x, y, name, color=ink, fontweight="bold", **middle)
    ax.text(x, y + 0.52, f"{turn}.", color=LIGHT.faint, fontsize=9, **middle)
    shown = f"{passed[name] if stale else final[name]:g}".replace("-", "−")
    if wrong:
        shown = f"{'gave ' if stale else ''}{shown},\nnot {right[name]:g}".replace("-", "−")
    colour = LIGHT.bad if wrong else LIGHT.grad
    ax.text(x, y - 0.45, shown, color=colour, fontsize=9, ha="center", va="top")


def play(order: Sequence[Any]) -> tuple[dict[str, float], dict[str, float]]:
    """The chain rule node by node in this order: what each passed on, and with what each ended."""
    gradient = {node.label: 0.0 for node in order}
    passed = dict(gradient)
    used = {id(parent) for node in order for parent in node.parents}
    gradient[next(node.label for node in order if id(node) not in used)] = 1.0
    for node in order:
        passed[node.label] = gradient[node.label]
        for parent, local in zip(node.parents, node.local_grads, strict=True):
            gradient[parent.label] += local * gradient[node.label]
    return passed, gradient


def _backwards(nodes: Sequence[Any]) -> list[Any]:
    from micrograd_lab.graph import topological_order

    used = {id(parent) for node in nodes for parent in node.parents}
    root: Any = next(node for node in nodes if id(node) not in used)
    return topological_order(root)[::-1]


def lines(x: Any, y: Any, fits: dict[str, tuple[float, float]], ax: Any = None) -> Any:
    """Points, and straight lines (slope, height at 0) that somebody fitted to them."""
    ax = _axes(ax)
    across, up = (np.asarray(t, dtype=float).ravel() for t in (x, y))
    for i, (name, (slope, height)) in enumerate(fits.items()):
        style = ("-", "--", "-.", ":")[i % 4]
        ax.plot(across, slope * across + height, style, color=f"C{i}", label=name)
    ax.plot(across, up, "o", color="black", ms=7, label="what it should be")
    ax.set(xlabel="x", ylabel="answer")
    ax.legend()
    return ax
