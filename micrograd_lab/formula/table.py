"""The table of all ops: what each computes, and its gradients."""

from dataclasses import dataclass

from micrograd_lab import methods as methods  # every op is declared by then
from micrograd_lab.formula.forms import PLAIN, TEX
from micrograd_lab.formula.rules import forward_formula, vjp_formulas
from micrograd_lab.formula.symbol import escape
from micrograd_lab.ops.op import OPS


@dataclass(frozen=True)
class Row:
    """One op: what it computes, and the gradient of each input."""

    name: str
    kind: str
    result: str
    gradients: tuple[tuple[str, str], ...]


def rows(style: int = TEX) -> list[Row]:
    """One row for each op of the table, in the order of their declarations."""
    return [
        Row(
            op.name,
            op.kind,
            forward_formula(op, style),
            tuple(vjp_formulas(op, style)) if op.differentiable else (),
        )
        for op in OPS.values()
    ]


def table(style: str = "markdown") -> str:
    """The table of all ops with their gradients: "markdown" (LaTeX in it), "latex", or "plain"."""
    if style == "plain":
        lines = []
        for row in rows(PLAIN):
            gradients = "   ".join(f"{name} = {text}" for name, text in row.gradients)
            lines.append((row.name, row.kind, row.result, gradients or "no gradient"))
        head = ("op", "kind", "y", "gradients")
        widths = [max(len(line[k]) for line in [head, *lines]) for k in range(3)]
        cells = [
            [c.ljust(w) for c, w in zip(line, [*widths, 0], strict=True)] for line in [head, *lines]
        ]
        return "\n".join("  ".join(line).rstrip() for line in cells)
    if style == "markdown":
        out = ["| op | kind | $y$ | gradients |", "|---|---|---|---|"]
        for row in rows():
            gradients = "<br>".join(f"${n} = {_bar(t)}$" for n, t in row.gradients) or "none"
            out.append(f"| `{row.name}` | {row.kind} | ${_bar(row.result)}$ | {gradients} |")
        return "\n".join(out)
    if style == "latex":
        out = [r"\begin{array}{lll}", r"\text{op} & y & \text{gradients} \\ \hline"]
        for row in rows():
            gradients = r",\quad ".join(f"{n} = {t}" for n, t in row.gradients) or r"\text{none}"
            name = rf"\texttt{{{escape(row.name)}}}"
            out.append(rf"{name} & {row.result} & {gradients} \\")
        return "\n".join([*out, r"\end{array}"])
    raise ValueError(f'table(style={style!r}): choose "markdown", "latex" or "plain".')


def _bar(tex: str) -> str:
    r"""A | would end the cell of a Markdown table: \vert is the same sign."""
    return tex.replace("|", r"\vert ")
