"""The program as a graph: a box for each step, and around those that share a loop a frame."""

from micrograd_lab.compiler.fuse import Piece
from micrograd_lab.compiler.program import Program, Step, Var

HEAD = """digraph {
  graph [rankdir=TB bgcolor=white fontname="Helvetica" fontsize=11 nodesep=0.2 ranksep=0.3]
  node [shape=box style="rounded,filled" fillcolor="#f6f8fa" color="#8c959f" fontname="Helvetica" fontsize=11 height=0.3 margin="0.12,0.04"]
  edge [color="#8c959f" arrowsize=0.6]"""
INPUT = 'shape=ellipse fillcolor="#ddf4ff" color="#54aeff"'
RESULT = "penwidth=2.2"
FRAME = 'style="rounded,filled" fillcolor="#fff8c5" color="#d4a72c"'


def dot_of(program: Program, pieces: list[Piece]) -> str:
    """DOT text.  pieces: those that share a loop are framed together; none for the bare steps."""
    read = {v for step in program.steps for v in step.reads()}
    leaving = set(program.leaving())
    lines = [HEAD]
    for v in program.inputs:
        if v in read and v.home != "constant":
            lines.append(f"  {v.name} [label={_label(v.name, v)} {INPUT}]")
    makers: dict[Var, str] = {}
    framed = [piece.steps for piece in pieces if piece.kind == "loop" and len(piece.steps) > 1]
    inside = {id(step) for group in framed for step in group}
    for k, step in enumerate(program.steps):
        for v in step.makes():
            makers[v] = f"s{k}"
        if id(step) not in inside:
            lines.append("  " + _box(f"s{k}", step, leaving))
    number = {id(step): f"s{k}" for k, step in enumerate(program.steps)}
    for k, group in enumerate(framed):
        lines.append(f"  subgraph cluster_{k} {{ {FRAME}")
        lines += ["    " + _box(number[id(step)], step, leaving) for step in group]
        lines.append("  }")
    for k, step in enumerate(program.steps):
        for v in dict.fromkeys(step.reads()):
            if v in makers or v.home != "constant":
                lines.append(f"  {makers.get(v, v.name)} -> s{k}")
    return "\n".join([*lines, "}", ""])


def _box(name: str, step: Step, leaving: set[Var]) -> str:
    outs = list(step.makes())
    what = ", ".join(v.name for v in outs) or step.name
    own = what.rstrip("0123456789") == step.name
    label = _label(what if own or not outs else f"{what} = {step.name}", *outs[:1])
    return f"{name} [label={label} {RESULT if set(outs) & leaving else ''}]"


def _label(text: str, *of: Var) -> str:
    shape = " × ".join(map(str, of[0].shape)) if of else ""
    return f'"{text}\\n{shape}"' if shape else f'"{text}"'
