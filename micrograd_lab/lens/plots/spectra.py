"""How far a nudge of the input gets: the singular values of the Jacobian after every layer."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_lab.errors import OptionError, ShapeError
from micrograd_lab.lens.plots.look import axes, legend, title
from micrograd_lab.lens.plots.untouched import array_of, home_of, inputs, untouched
from micrograd_lab.lens.theme import theme_named

FLOOR = 1e-7  # of the largest: below that a float32 singular value is rounding, so zero


def jacobian_spectra(model: Any, x: Any, *, ax: Any = None, theme: str = "light") -> Any:
    """Through depth, how much each layer's output moves when the input moves: d layer / d input.

    A singular value is the length that a nudge of length 1 has when it arrives, for one of the
    directions that it can have.  All near 1: signals and gradients pass (dynamical isometry).
    Falling: they vanish, and first layers learn nothing.  Rising: they explode.  Some zero: those
    directions of the input are lost (dead units, a narrow layer), as the rank below says.

    model: a Module, ours or PyTorch's; its layers are its modules without parts, in the order in
    which they run.  x: a batch (N, ...) of a few inputs; each has its own Jacobian, all are shown.

    Returns the Axes.  The cost is a backward pass for each output of each layer and each input.
    """
    names, spectra = _spectra(model, x)
    ax = axes(ax, theme, 6.8, 4.3)
    look = theme_named(theme)
    top = max(float(s.max()) for s in spectra) or 1.0
    for depth, values in enumerate(spectra):
        alive = values[values > FLOOR * top]
        ax.scatter(np.full(alive.size, depth), alive, s=22, c=look.data, alpha=0.45, linewidths=0,
                   zorder=3)  # fmt: skip
        if not alive.size:
            ax.text(depth, 0.5, "all zero", transform=ax.get_xaxis_transform(), color=look.bad,
                    ha="center", rotation=90)  # fmt: skip
    with np.errstate(all="ignore"):
        largest = [np.median(s.max(-1)) or np.nan for s in spectra]
        middle = [_middle(s, FLOOR * top) for s in spectra]
    depths = np.arange(len(spectra))
    ax.plot(depths, largest, color=look.data, marker="o", label="largest (median over the inputs)")
    ax.plot(depths, middle, color=look.data, linestyle="--", marker="s", markersize=5,
            label="geometric mean of those above 0")  # fmt: skip
    ax.axhline(1, color=look.grad, linewidth=1.4, linestyle=(0, (5, 3)),
               label="1: a nudge arrives as long as it was")  # fmt: skip
    ax.set_yscale("log")
    ranks = [int(np.median((s > FLOOR * top).sum(-1))) for s in spectra]
    crowded = len(names) > 6
    between = "  " if crowded else "\n"
    ticks = [
        f"{n}{between}{r}/{s.shape[-1]}" for n, r, s in zip(names, ranks, spectra, strict=True)
    ]
    ax.set_xticks(depths, ticks, rotation=40 if crowded else 0, fontsize=8.5,
                  ha="right" if crowded else "center", rotation_mode="anchor")  # fmt: skip
    ax.set(
        xlabel="layer, from input to output, and its rank",
        ylabel="singular values of d layer / d input",
    )
    ax.grid(visible=False, axis="x")
    ax.set_xlim(-0.5, len(spectra) - 0.5)  # a layer of zeros has no dots, but its place
    ax.margins(y=0.12)
    low, high = ax.get_ylim()
    ax.set_ylim(low, high * (high / low) ** 0.34)  # above all dots there is room for the legend
    legend(ax, theme, loc="upper left")
    title(ax, _verdict(middle), theme)
    return ax


def _verdict(middle: list[Any]) -> str:
    """The question, and the answer in the factor by which a typical direction changes for good."""
    question = "Does a nudge of the input reach the output?"
    return f"{question} " + (f"Typically × {middle[-1]:.2g}" if np.isfinite(middle[-1]) else "No")


def _middle(values: NDArray[Any], floor: float) -> Any:
    alive = values[values > floor]
    return np.exp(np.log(alive).mean()) if alive.size else np.nan


def _spectra(model: Any, x: Any) -> tuple[list[str], list[NDArray[Any]]]:
    """The layers' names, and for each the singular values, (N, how many)."""
    if not hasattr(model, "named_modules"):
        raise OptionError(
            f"jacobian_spectra: {type(model).__name__} is no Module; it needs layers to look behind."
        )
    home = home_of(model)
    with untouched(model), home.enable_grad():
        batch = inputs(model, x)
        if batch.ndim < 2 or not len(batch):
            raise ShapeError(
                f"jacobian_spectra: x has shape {tuple(batch.shape)}; a batch (N, ...) is needed. "
                "Write x[None] for one input."
            )
        names: list[str] = []
        rows = []
        for k in range(len(batch)):
            names, jacobians = _jacobians(home, model, batch[k : k + 1])
            rows.append([np.linalg.svd(j, compute_uv=False) for j in jacobians])
    if not names:
        raise OptionError(
            "jacobian_spectra: no layer gave a tensor that depends on x; are x's numbers floating?"
        )
    return names, [np.array(of_layer) for of_layer in zip(*rows, strict=True)]


def _jacobians(home: Any, model: Any, one: Any) -> tuple[list[str], list[NDArray[Any]]]:
    """For one input: the layers in the order in which they run, and the matrix of each."""
    seen: list[tuple[str, Any]] = []

    def through(x: Any) -> Any:
        seen.clear()
        model(x)
        return tuple(y for _, y in seen)

    def note(name: str) -> Any:
        def hook(_module: Any, _args: Any, y: Any) -> None:
            if hasattr(y, "shape") and y.requires_grad:
                seen.append((name, y))

        return hook

    leaves = [(name, m) for name, m in model.named_modules() if not any(True for _ in m.children())]
    handles = [m.register_forward_hook(note(_named(name, m))) for name, m in leaves]
    try:
        found = home.func.jacrev(through)(one)
    finally:
        for handle in handles:
            handle.remove()
    width = int(np.prod(one.shape))
    return [name for name, _ in seen], [array_of(j).reshape(-1, width) for j in found]


def _named(name: str, module: Any) -> str:
    return f"{name} {type(module).__name__}".strip()
