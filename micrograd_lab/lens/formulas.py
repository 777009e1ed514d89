"""The derivative of every scalar op as a formula: one table, read as Unicode and as LaTeX.

In the table A and B are the op's arguments, Y is its result and N a power that is a number.
A formula only explains; the number beside it always comes from the node's own `local_grads`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from micrograd_lab.lens.naming import number

SUPERSCRIPTS = str.maketrans("−0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
SIGNS = {" * ": "·", ".T": "ᵀ", "^2": "²", "^3": "³", "sqrt(": "√(", "-": "−", "sigmoid(": "σ("}


@dataclass(frozen=True)
class Rule:
    """What an op computes, and its derivative by each argument."""

    result: str
    partials: tuple[str, ...]


TEXT = {
    "+":       Rule("A + B",     ("1", "1")),
    "-":       Rule("A − B",     ("1", "−1")),
    "*":       Rule("A·B",       ("B", "A")),
    "/":       Rule("A/B",       ("1/B", "−A/B²")),
    "**":      Rule("A^B",       ("B·A^(B − 1)", "Y·log(A)")),
    "neg":     Rule("−A",        ("−1",)),
    "exp":     Rule("exp(A)",    ("Y",)),
    "log":     Rule("log(A)",    ("1/A",)),
    "sqrt":    Rule("√A",        ("1/(2·Y)",)),
    "sin":     Rule("sin(A)",    ("cos(A)",)),
    "cos":     Rule("cos(A)",    ("−sin(A)",)),
    "tanh":    Rule("tanh(A)",   ("1 − Y²",)),
    "sigmoid": Rule("σ(A)",      ("Y·(1 − Y)",)),
    "relu":    Rule("relu(A)",   ("1 if A > 0 else 0",)),
    "abs":     Rule("|A|",       ("sign(A)",)),
    "max":     Rule("max(A, B)", ("1 if A > B else 0", "1 if B > A else 0")),
    "min":     Rule("min(A, B)", ("1 if A < B else 0", "1 if B < A else 0")),
}  # fmt: skip

LATEX = {
    "+":       Rule(r"A + B",                     (r"1", r"1")),
    "-":       Rule(r"A - B",                     (r"1", r"-1")),
    "*":       Rule(r"A \cdot B",                 (r"B", r"A")),
    "/":       Rule(r"\frac{A}{B}",               (r"\frac{1}{B}", r"-\frac{A}{B^2}")),
    "**":      Rule(r"{A}^{B}",                   (r"B \cdot {A}^{B - 1}", r"Y \cdot \log A")),
    "neg":     Rule(r"-A",                        (r"-1",)),
    "exp":     Rule(r"e^{A}",                     (r"Y",)),
    "log":     Rule(r"\log A",                    (r"\frac{1}{A}",)),
    "sqrt":    Rule(r"\sqrt{A}",                  (r"\frac{1}{2 \cdot Y}",)),
    "sin":     Rule(r"\sin A",                    (r"\cos A",)),
    "cos":     Rule(r"\cos A",                    (r"-\sin A",)),
    "tanh":    Rule(r"\tanh A",                   (r"1 - Y^2",)),
    "sigmoid": Rule(r"\sigma(A)",                 (r"Y \cdot (1 - Y)",)),
    "relu":    Rule(r"\mathrm{relu}(A)",          (r"[A > 0]",)),
    "abs":     Rule(r"\lvert A \rvert",           (r"\mathrm{sign}(A)",)),
    "max":     Rule(r"\max(A, B)",                (r"[A > B]", r"[B > A]")),
    "min":     Rule(r"\min(A, B)",                (r"[A < B]", r"[B < A]")),
}  # fmt: skip


def rule(op: Any, latex: bool = False) -> Rule | None:
    """The row of the table for an op; `**3` and its like are made here.  None if unknown."""
    table = LATEX if latex else TEXT
    if op in table or not str(op).startswith("**"):
        return table.get(op)
    try:
        n = float(op[2:])
    except ValueError:
        return None
    if latex:
        lower = "" if n == 2 else f"^{{{n - 1:.4g}}}"
        return Rule(f"A^{{{n:.4g}}}", (rf"{n:.4g} \cdot A{lower}",))
    times = f"({number(n)})" if n < 0 else number(n)
    return Rule(power("A", n), (f"{times}·{power('A', n - 1)}",))


def power(base: str, n: float) -> str:
    """a², a⁻¹; a^0.5 where no small raised digits exist; a itself for the first power."""
    if n == 1:
        return base
    text = number(n)
    return base + (
        text.translate(SUPERSCRIPTS) if n == int(n) else f"^({text})" if n < 0 else f"^{text}"
    )


def expression(node: Any, names: Mapping[int, str]) -> str:
    """What a node computes, in the names of its parents: `x·w`; `f(x, w)` for an unknown op f."""
    words = [names[id(parent)] for parent in node.parents]
    known = rule(node.op)
    if known is None or len(known.partials) != len(words):
        return f"{node.op}({', '.join(words)})"
    return _filled(known.result, [grouped(word) for word in words], "")


def partial(node: Any, argument: int, names: Mapping[int, str]) -> str:
    """d(node)/d(its argument) in names: `w` for x·w by x; empty for an unknown op."""
    words = [grouped(names[id(parent)]) for parent in node.parents]
    known = rule(node.op)
    if known is None or len(known.partials) != len(words):
        return ""
    if node.op in ("max", "min") and node.local_grads[argument] == 0.5:
        return "½, as they tie"
    return _filled(known.partials[argument], words, grouped(names[id(node)]))


def latex(node: Any, argument: int | None, names: Mapping[int, str]) -> str:
    r"""The same for a typesetter: `\frac{\partial (x \cdot w)}{\partial x} = w`.

    Without an argument: the derivative of the node by itself.
    """
    y = latex_name(names[id(node)])
    if argument is None:
        return rf"\frac{{\partial {y}}}{{\partial {y}}} = 1"
    words = [latex_name(names[id(parent)]) for parent in node.parents]
    known = rule(node.op, latex=True)
    if known is None or len(known.partials) != len(words):
        return rf"\frac{{\partial {y}}}{{\partial {words[argument]}}}"
    above = _filled(known.result, words, y)
    derivative = _filled(known.partials[argument], words, y)
    if node.op in ("max", "min") and node.local_grads[argument] == 0.5:
        derivative = r"\tfrac{1}{2}"
    return rf"\frac{{\partial \left({above}\right)}}{{\partial {words[argument]}}} = {derivative}"


def latex_name(name: str) -> str:
    """x1 as x_{1}, loss as \\mathrm{loss}, −3 as (-3), anything else as text."""
    if re.fullmatch(r"−?[\d.]+(e−?\d+)?", name):
        plain = name.replace("−", "-")
        return f"({plain})" if plain.startswith("-") else plain
    parts = re.fullmatch(r"([^\W\d_]+)_?(\d*)", name)
    if not parts:
        return (
            r"\text{"
            + re.sub(r"([\\{}$&#%_^~])", r"\\\1", name).replace(r"\\", r"\backslash ")
            + "}"
        )
    word = parts[1] if len(parts[1]) == 1 else rf"\mathrm{{{parts[1]}}}"
    return f"{word}_{{{parts[2]}}}" if parts[2] else word


def handwritten(text: str) -> str:
    """A formula in plain text as people write it: w.T * x^2 becomes wᵀ·x²."""
    for plain, sign in SIGNS.items():
        text = text.replace(plain, sign)
    return text


def grouped(text: str) -> str:
    """text, in brackets unless it is one name or one number that is not negative."""
    return text if re.fullmatch(r"[\w.#]+", text) else f"({text})"


def _filled(template: str, arguments: list[str], result: str) -> str:
    words = dict(zip("AB", arguments, strict=False)) | {"Y": result}
    return re.sub("[ABY]", lambda letter: words[letter[0]], template)
