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


def held(panels: Mapping[str, tuple[Sequence[float], Sequence[float]]]) -> Any:
    """Step by step: what a parameter's grad holds (bars), and the gradient of that step's loss (dots).

    panels: a title, and the two rows of numbers.  Gives the Axes.
    """
    import matplotlib.pyplot as plt

    size = (8.4, 3.2)
    axes = plt.subplots(
        1, len(panels), figsize=size, sharey=True, layout="constrained", squeeze=False
    )[1][0]
    for ax, (title, (holds, own)) in zip(axes, panels.items(), strict=True):
        steps = np.arange(1, len(holds) + 1)
        ax.bar(steps, holds, color="C1", alpha=0.55, width=0.65, label="what w.grad holds")
        ax.plot(steps, own, "o", color="black", ms=6, label="the gradient of this step's loss")
        ax.axhline(0, color="black", lw=1)
        ax.set_title(title, fontsize=11)
        ax.set(xlabel="step", xticks=steps)
    axes[0].legend(loc="upper left", fontsize=9)
    return axes


def journeys(curves: Mapping[str, Sequence[float]], goal: float, name: str = "w") -> Any:
    """Where a parameter stands after each step, one curve per recipe; the dashed line is the goal."""
    ax = _axes(None, 7.4)
    for i, (label, places) in enumerate(curves.items()):
        ax.plot(places, marker="os^D"[i % 4], ms=4, lw=1.6, color=f"C{i}", label=label)
    ax.axhline(goal, color="black", lw=1, ls="--", zorder=1)
    ax.set(xlabel="step", ylabel=name)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(curves), fontsize=9.5)
    return ax


def end_to_end(rows: Mapping[str, Sequence[float]], goal: float, xlabel: str) -> Any:
    """What each part contributes, laid end to end, one row per recipe; the dashed line is the goal."""
    ax = _axes(None, 7.4, 1.0 + 0.55 * len(rows))
    places = range(len(rows))[::-1]
    for place, parts in zip(places, rows.values(), strict=True):
        begin = 0.0
        for i, part in enumerate(parts):
            ax.barh(place, part, left=begin, height=0.6, color=f"C{i}", ec="white", lw=2)
            ax.text(begin + part / 2, place, f"{part:g}", color="white", ha="center", va="center")
            begin += part
        ax.text(begin, place, f"  {begin:g}", ha="left", va="center", fontweight="bold")
    ax.axvline(goal, color="black", lw=1.4, ls="--")
    ax.set_yticks(list(places), list(rows))
    ax.grid(visible=False, axis="y")
    ax.margins(x=0.08)
    ax.set_xlabel(xlabel)
    return ax


def folds(
    model: Any, moments: Mapping[str, Sequence[float]], points: Any, labels: Sequence[int]
) -> Any:
    """What a network with one hidden layer of relus says of the plane, once for each moment.

    Dashed: where a hidden neuron's relu opens; its arrow, the weights, points to the open side.
    Blue if the neuron raises the score there, orange if it lowers it.  Black: score 0.  Wrong points are ringed.
    model: an MLP(2, [n, 1]) of Values.  moments: a title and the numbers of its parameters().
    """
    import matplotlib.pyplot as plt

    many = len(moments)
    size = (8.4, 3.2) if many > 1 else (4.6, 3.4)
    axes = plt.subplots(1, many, figsize=size, layout="constrained", squeeze=False)[1][0]
    now = [p.data for p in model.parameters()]
    for ax, (title, numbers) in zip(axes, moments.items(), strict=True):
        _set(model, numbers)
        ax.set_title(title, fontsize=11)
        _plane(ax, model, np.asarray(points, dtype=float), np.asarray(labels))
    _set(model, now)
    return axes


def _set(model: Any, numbers: Sequence[float]) -> None:
    for p, number in zip(model.parameters(), numbers, strict=True):
        p.data = number


def _plane(ax: Any, model: Any, points: Any, labels: Any) -> None:
    """One picture of `folds`."""
    low, high = points.min(0) - 0.3, points.max(0) + 0.3
    across, up = (np.linspace(low[i], high[i], 50) for i in (0, 1))
    score = np.array([[model([u, v]).data for u in across.tolist()] for v in up.tolist()])
    ax.contourf(across, up, score, [-1e9, 0, 1e9], colors=["#fbe3d3", "#d9eaf7"], zorder=0)
    if score.min() < 0 < score.max():
        ax.contour(across, up, score, [0], colors="black", linewidths=2, zorder=3)
    says = np.array([model(p).data for p in points.tolist()])
    for label, colour, marker in ((-1, LIGHT.grad, "o"), (1, LIGHT.data, "s")):
        ax.plot(*points[labels == label].T, marker, color=colour, ms=4, mec="white", mew=0.5)
    wrong = says * labels <= 0
    ax.plot(*points[wrong].T, "o", mfc="none", mec=LIGHT.bad, ms=9, mew=1.2)
    centre = points.mean(0)
    for neuron, out in zip(model.layers[0].neurons, model.layers[1].neurons[0].w, strict=True):
        w, b = np.array([v.data for v in neuron.w]), neuron.b.data
        length = float(np.hypot(*w))
        if not length:
            continue
        foot = centre - (w @ centre + b) / length**2 * w  # the point of the fold nearest the middle
        along = np.array([-w[1], w[0]]) / length * 9
        colour = LIGHT.data if out.data > 0 else LIGHT.grad
        ends = np.array([foot - along, foot + along])
        ax.plot(*ends.T, "--", color=colour, alpha=0.55, lw=1, zorder=2)
        arrow = {"arrowstyle": "-|>", "color": colour, "lw": 1.8, "shrinkA": 0, "shrinkB": 0}
        tip = foot + 0.32 * w / length
        ax.annotate("", tip, foot, arrowprops=arrow, annotation_clip=True, zorder=4)
    ax.grid(visible=False)
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), xlabel="x₁", ylabel="x₂")
    ax.label_outer()


def lookup(table: Sequence[str], index: Sequence[int], gradient: Any) -> Any:
    """Picks from a table, going back: each pick's gradient returns to the entry that it came from.

    table: the names of the entries.  index: which of them were picked.  gradient: one per pick.
    """
    ax = _axes(None, 0.5 + 0.8 * max(len(table), len(index)), 3.0)
    arriving = np.zeros(len(table))
    np.add.at(arriving, np.asarray(index), gradient)
    left = (len(table) - len(index)) / 2
    for place, name in enumerate(table):
        _cell(ax, 0.0, place, arriving[place], "own gradient")
        ax.text(place + 0.5, -0.2, name, ha="center", va="center", color=LIGHT.data)
    for k, pick in enumerate(index):
        _cell(ax, 2.2, left + k, gradient[k], "arriving")
        ax.text(left + k + 0.5, 3.4, table[pick], ha="center", va="center", color=LIGHT.data)
        ends = (pick + 0.5, 0.98), (left + k + 0.5, 2.24)
        ax.annotate("", *ends, arrowprops={"arrowstyle": "-|>", "color": LIGHT.grad, "lw": 1.5})
    for row, name in ((0.5, "dx"), (2.7, "u")):
        ax.text(-0.3, row, name, ha="right", va="center", color=LIGHT.grad, weight="bold")
    reach = max(len(table), left + len(index))
    ax.set(xlim=(min(0, left) - 0.9, reach + 0.1), ylim=(3.7, -0.5), aspect="equal")
    ax.axis("off")
    return ax


def claims(
    panels: Mapping[str, tuple[Sequence[float], Mapping[str, Sequence[float]]]], tolerance: float
) -> Any:
    """Measured slopes as a row of cells, and below it what each rule claims; red frames differ.

    panels: a title, the measured row, and the claimed rows by name.  Gives the Axes.
    """
    import matplotlib.pyplot as plt
    from matplotlib.patches import Rectangle

    from micrograd_lab.lens.plots.look import signed

    tables = {
        title: np.array([measured, *claimed.values()])
        for title, (measured, claimed) in panels.items()
    }
    names = ["measured", *next(iter(panels.values()))[1]]
    most = max(float(np.abs(table).max()) for table in tables.values())
    size = (8.4, 0.9 + 0.45 * len(names))
    axes = plt.subplots(
        1, len(panels), figsize=size, sharey=True, layout="constrained", squeeze=False
    )[1][0]
    for ax, (title, table) in zip(axes, tables.items(), strict=True):
        ax.imshow(table, cmap=signed(strength=0.6), vmin=-most, vmax=most, aspect="auto")
        ax.grid(visible=False)
        ax.tick_params(length=0)
        ax.axhline(0.5, color="white", lw=6)
        for (i, j), number in np.ndenumerate(table):
            text = f"{round(number, 3) + 0:.3f}".replace("-", "−")
            ax.text(j, i, text, ha="center", va="center", fontsize=9.5)
            if abs(number - table[0, j]) > tolerance:
                box: dict[str, Any] = {"fc": "none", "ec": LIGHT.bad, "lw": 2.2}
                ax.add_patch(Rectangle((j - 0.46, i - 0.4), 0.92, 0.8, **box))
        ax.set_title(title, fontsize=11)
        ax.set_xticks(range(table.shape[1]), [f"input {j}" for j in range(table.shape[1])])
        ax.set_yticks(range(len(names)), names)
    return axes


def errors(steps: Sequence[float], found: Mapping[str, Sequence[float]]) -> Any:
    """Relative errors of a measured slope against the step h, one curve per kind of number."""
    ax = _axes(None)
    for i, (name, sizes) in enumerate(found.items()):
        ax.loglog(steps, sizes, marker="os^D"[i % 4], ms=5, lw=1.6, color=f"C{i}", label=name)
    ax.invert_xaxis()
    ax.set(xlabel="step h   (smaller to the right)", ylabel="relative error of the slope")
    ax.legend()
    return ax


def two_modes(inputs: Sequence[int], forward: Sequence[int], reverse: Sequence[int]) -> Any:
    """How much work a whole gradient is, by the number of inputs; both axes are logarithmic."""
    ax = _axes(None, height=3.4)
    rows = (("forward: a run per input", forward, "o"), ("reverse: there and back", reverse, "s"))
    for i, (name, work, marker) in enumerate(rows):
        ax.loglog(inputs, work, marker=marker, ms=5, color=f"C{i}", label=name)
    ax.set(xlabel="inputs (one output)", ylabel="operations")
    ax.legend(loc="upper left")
    return ax


def fronts(gap: Any, recipes: Mapping[str, Any], ends: Mapping[str, float]) -> Any:
    """A loss against how far the right class is behind, one curve per recipe.

    ends: where a recipe's last finite number is; a cross marks it.
    """
    ax = _axes(None, 7.4, 4.0)
    for i, (name, losses) in enumerate(recipes.items()):
        look: dict[str, Any] = {"color": f"C{i}", "lw": (7, 4.5, 2.5, 2)[i % 4]}
        ax.plot(gap, np.where(np.isfinite(losses), losses, np.nan), label=name, **look)
        if name in ends:
            at = list(gap).index(ends[name])
            ax.plot(gap[at], losses[at], "x", color="black", ms=11, mew=2.5, zorder=5)
            words = {"xytext": (10, -14), "textcoords": "offset points", "color": f"C{i}"}
            ax.annotate("then inf", (gap[at], losses[at]), **words)
    ax.set(xlabel="how far the right class is behind (logits, float32)", ylabel="loss")
    ax.legend()
    return ax


def excess(names: Sequence[str], p: Sequence[float], right: int) -> Any:
    """What was predicted, what is right, and the difference: the gradient of every logit."""
    import matplotlib.pyplot as plt

    places, y = np.arange(len(names))[::-1], np.eye(len(names))[right]
    size = (8.0, 0.9 + 0.5 * len(names))
    axes = plt.subplots(1, 3, figsize=size, sharey=True, layout="constrained")[1]
    titles = ("p: predicted", "y: right", "p − y: ∂L/∂logit")
    for ax, title, numbers in zip(axes, titles, (np.asarray(p), y, p - y), strict=True):
        ax.barh(places, numbers, height=0.6, color="C1" if ax is axes[2] else "C0")
        for place, number in zip(places, numbers, strict=True):
            side = {"ha": "left" if number >= 0 else "right", "va": "center"}
            words = {"xytext": (5 if number >= 0 else -5, 0), "textcoords": "offset points"}
            ax.annotate(f"{number:.3g}".replace("-", "−"), (number, place), **words, **side)
        ax.axvline(0, color="black", lw=1)
        ax.set_title(title, fontsize=11)
        ax.set(xlim=(-1.7, 1.7) if ax is axes[2] else (0, 1.3), yticks=places)
        ax.set_yticklabels(names)
        ax.grid(visible=False, axis="y")
    return axes
