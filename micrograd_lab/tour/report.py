"""The tour as one page that can be sent to a friend: the pictures are inside it."""

import base64
import html
from collections.abc import Iterable, Sequence
from pathlib import Path
from string import Template
from typing import Any

from micrograd_lab.command import command
from micrograd_lab.lens.naming import number
from micrograd_lab.lens.picture import Picture
from micrograd_lab.lens.stepper import Steps
from micrograd_lab.lens.table import HEADS, cells
from micrograd_lab.lens.theme import LIGHT
from micrograd_lab.scalar.gradcheck import GradCheck
from micrograd_lab.tour.folder import write_text


def write_report(
    folder: Path,
    check: GradCheck,
    chain: Steps,
    expression: Picture,
    neuron: Picture,
    results: dict[str, Any],
) -> None:
    """index.html; the plots are in the folder already."""
    inputs, hidden, _ = results["layers"]
    page = Template((Path(__file__).parent / "report.html").read_text(encoding="utf-8"))
    text = page.substitute(
        paper=LIGHT.paper,
        command=html.escape(command()),
        ink=LIGHT.ink,
        faint=LIGHT.faint,
        blue=LIGHT.data,
        orange=LIGHT.grad,
        check=table(
            ("input", "at", "backward() says", "a nudge says", "verdict"),
            [
                (r.name, number(r.x), number(r.analytic), number(r.numeric), r.verdict)
                for r in check.rows
            ],
        ),
        chain=table(HEADS, map(cells, chain)),
        verdict="They agree. That is how every gradient of this course is tested."
        if check
        else "They do not agree: something is wrong with the engine.",
        expression=expression.img(),
        neuron=neuron.img(),
        accuracy=f"{results['accuracy']:.1%}",
        parameters=results["parameters"],
        nodes=f"{results['nodes_per_example']:,}",
        steps=f"{results['steps']:,}",
        learned_from=f"{results['learned_from']:,}",
        inputs=inputs,
        hidden=hidden,
        **{name: results[name] for name in ("right", "held_out", "seed")},
        **{
            f"{name}_png": data_uri(folder / f"{name}.png")
            for name in ("loss", "digits", "confusion", "weights")
        },
    )
    write_text(folder / "index.html", text)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of text."""

    def row(tag: str, cells: Sequence[str]) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    lines = [row("th", head), *(row("td", cells) for cells in rows)]
    return "<table>\n" + "\n".join(lines) + "\n</table>"


def data_uri(path: Path) -> str:
    """A PNG as text that an <img> can hold."""
    return f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}"
