"""The one look of the course: its colours, in a light and a dark suit, and its typeface.

Blue is forward (data), orange is backward (gradients), red means that a number is broken.  The
hues stay apart for colour-blind eyes, and shape says everything a second time: inputs are round,
constants square and dashed, the root has a double outline.
"""

from dataclasses import dataclass

from micrograd_lab.errors import DrawingError

FONT = "Helvetica,Arial,Liberation Sans,DejaVu Sans,sans-serif"


@dataclass(frozen=True)
class Theme:
    """Colours by what they say, not by where they go."""

    paper: str  # behind everything
    ink: str  # names
    faint: str  # words, outlines, edges
    ghost: str  # what a step is not about
    data: str
    grad: str
    pill: str  # behind the local gradient on an edge
    node: str  # the result of an op
    leaf: str  # an input or a parameter
    leaf_edge: str
    const: str  # a number that nobody named
    root: str
    op: str  # the badge of an op
    op_ink: str
    bad: str  # NaN and inf


LIGHT = Theme(
    paper="#fcfcfd",
    ink="#1c2530",
    faint="#66717d",
    ghost="#c3c9d0",
    data="#0a5a9c",
    grad="#b34700",
    pill="#fdebdc",
    node="#ffffff",
    leaf="#e1effb",
    leaf_edge="#0072b2",
    const="#eef0f2",
    root="#fff6d9",
    op="#35404c",
    op_ink="#ffffff",
    bad="#c1121f",
)

DARK = Theme(
    paper="#15191f",
    ink="#eef2f6",
    faint="#95a1ae",
    ghost="#48525d",
    data="#7cc4ff",
    grad="#ffa654",
    pill="#3d2a19",
    node="#1f262e",
    leaf="#15324a",
    leaf_edge="#56b4e9",
    const="#2a3037",
    root="#3b3416",
    op="#d5dce3",
    op_ink="#15191f",
    bad="#ff5a5f",
)

THEMES = {"light": LIGHT, "dark": DARK}


def theme_named(name: str) -> Theme:
    """LIGHT or DARK; DrawingError for any other name."""
    if name not in THEMES:
        raise DrawingError(f"theme={name!r}: no such theme; choose 'light' or 'dark'.")
    return THEMES[name]
