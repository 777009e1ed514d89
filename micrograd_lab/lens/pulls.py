"""What a gradient turns into on its way through a tensor op: the op's own vjp, in a few letters."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from micrograd_lab.lens.formulas import handwritten
from micrograd_lab.lens.marks import Sight, constant_of, is_array, parents_of, record_of

WORDY = 60  # nodes; past that, arrows carry no formulas and constants stay out of the picture
LONGEST = 26  # letters that an arrow can carry
LARGEST = 50_000  # entries; the rule runs on an example as large as the real thing
UPSTREAM = "ȳ"
RESULT = "yr"
LETTERS = "pqstuvwcdefghijklmno"
# What the rule writes with shapes and indices in it, in words.
PLAINLY = (
    (r"broadcast_to\((?:reshape\()?(ȳ[^;()]*);.*\)", r"spread \1"),
    (r"(?:reshape|view)\(ȳ; shape[^()]*\)", "reshape ȳ"),
    (r"sum_to\((ȳ[^;()]*); [^()]*\)", r"sum \1"),
    (r"permute\((ȳ); dims[^()]*\)", r"\1ᵀ"),
    (r"put_zeros\(ȳ;.*\)", "ȳ at its place"),
    (r"slice\(ȳ; index\)", "its slice of ȳ"),
    (r"^\((.*) if \[(.*)\] else 0\)$", r"\1 where \2"),
)


def pull(node: Any, argument: int, sight: Sight) -> str:
    """The gradient of one argument as a short formula; empty if there is none that is short.

    ȳ is the upstream gradient and y the result; the arguments have their names, or are x, or a, b.
    Where one of these letters names a node, another takes its place.
    """
    record = record_of(node)
    if record is None or record.size > LARGEST:
        return ""
    try:
        y = _result(node, sight)
        return shortened(_formula(record, argument, _letters(record, sight, y), y))
    except Exception:  # an op of one's own, or a rule that looks at numbers: it has no formula
        return ""


def pulls_of(nodes: Sequence[Any], sight: Sight) -> dict[tuple[int, int], str]:
    """The formulas on the arrows between these nodes, by id and argument; none in a large graph."""
    if len(nodes) > WORDY:
        return {}
    there = {id(node) for node in nodes}
    found = {
        (id(node), k): pull(node, k, sight)
        for node in nodes
        for k, parent in enumerate(parents_of(node))
        if id(parent) in there
    }
    return {arrow: formula for arrow, formula in found.items() if formula}


def legend(formulas: Iterable[str], sight: Sight) -> str:
    """What their letters stand for."""
    used = set(re.findall(r"(?<![a-z\d])[a-z](?![a-z\d])", " ".join(formulas))) - sight.letters
    told = [f"{UPSTREAM}: the gradient that arrives at a box"]
    told += [f"{y}: its result" for y in RESULT if y in used]
    if inputs := sorted(used - set(RESULT)):
        told.append(f"{', '.join(inputs)}: its input{'s' * (len(inputs) > 1)}")
    return "; ".join(told) + "."


def _result(node: Any, sight: Sight) -> str:
    """What a rule calls what its op computed: y, unless that is the name of another box."""
    taken = sight.letters - {sight.letter(node)}
    return next((c for c in RESULT if c not in taken), "y")


def _letters(record: Any, sight: Sight, y: str) -> list[str]:
    """What the arguments are called: by their names, if those are short, or letters that name nobody."""
    count = len(record.parents)
    letters = ("xz" if count == 1 else "ab") + LETTERS
    free = [c for c in letters if c not in sight.letters and c != y]
    plain = (free + [""] * count)[:count]
    names = [
        constant_of(record, k)[0] if p is None else sight.letter(p)
        for k, p in enumerate(record.parents)
    ]
    short = [n if re.fullmatch(r"[^\W\d_]\w{0,6}", n) and n != y else "" for n in names]
    return [name or letter for name, letter in zip(short, plain, strict=True)]


def _formula(record: Any, argument: int, letters: list[str], result: str) -> str:
    """The rule, run on Symbols of the very shapes and options that the op ran with."""
    import numpy as np

    from micrograd_lab.formula import PLAIN, Symbol
    from micrograd_lab.formula.rules import knowing
    from micrograd_lab.formula.symbol import written

    def symbol(name: str, shape: Any, dtype: Any) -> Any:
        return Symbol((name, name), np.broadcast_to(np.asarray(0.5, dtype), shape))

    saved = [*(record.saved or [None]), *[None] * len(letters)][1:]
    inputs: list[Any] = []
    for parent, value, letter in zip(record.parents, saved, letters, strict=False):
        if isinstance(value, (int, float)):
            inputs.append(value)
        elif parent is None and is_array(value):
            inputs.append(Symbol((letter, letter), value))
        else:
            like = record if parent is None else parent
            inputs.append(symbol(letter, like.shape, like.dtype))
    y = symbol(result, record.shape, record.dtype)
    upstream = symbol(UPSTREAM, record.shape, record.dtype)
    symbols = [x for x in inputs if isinstance(x, Symbol)]
    with knowing(symbols, y, record.params):
        pulled = record.op.vjp(argument, upstream, y, inputs, record.params)
        return written(pulled, PLAIN)[0]


def shortened(text: str) -> str:
    """A formula in plain text as people write it; empty if it stays long."""
    for pattern, words in PLAINLY:
        text = re.sub(pattern, words, text)
    text = handwritten(text)
    return text if len(text) <= LONGEST else ""
