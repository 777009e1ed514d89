"""An SVG with the same look in half the bytes: what a page of many pictures can afford."""

import base64
import html
import re

from micrograd_lab.lens.theme import FONT

SIZE = "12"  # most letters have it: said once, at the top


def slim(svg: str) -> str:
    """A picture by Graphviz, one element on each line, rounded to a tenth of a point."""
    svg = re.sub(r"<g>\n(.*?)\n</g>", r"\1", svg, flags=re.S)
    svg = re.sub(r' text-anchor="start"| font-size="12\.00"', "", svg)
    svg = re.sub(r'(?<= )(x|y|points|d|font-size)="([^"]*)"', _rounded, svg)
    svg = re.sub(r"<path [^>]*/>", _as_box, svg)
    svg = (
        svg.replace(" />", "/>")
        .replace('stroke="none" ', "")
        .replace(FONT, "Helvetica,Arial,sans-serif")
    )
    return svg.replace("<svg ", f'<svg font-size="{SIZE}" ', 1)


LOOKS = ("fill", "stroke", "stroke-width", "stroke-dasharray", "font-size", "font-weight")


def classed(svg: str) -> str:
    """The same with each look said once, as a class: for a picture that is alone in its <img>."""
    names: dict[str, str] = {}

    def named(tag: re.Match[str]) -> str:
        found = re.findall(rf' ({"|".join(LOOKS)})="([^"]*)"', tag[0])
        if not found:
            return tag[0]
        style = ";".join(f"{key}:{value}" for key, value in found)
        bare = re.sub(rf' ({"|".join(LOOKS)})="[^"]*"', "", tag[0])
        word = f'<{tag[1]} class="{names.setdefault(style, f"c{len(names)}")}"'
        return bare.replace(f"<{tag[1]}", word, 1)

    svg = re.sub(r"<(rect|path|text|polygon|polyline|ellipse)\b[^>]*>", named, svg)
    units = {key: re.sub(r"(size:[0-9.]+)", r"\1px", key) for key in names}
    rules = "".join(f".{name}{{{units[style]}}}" for style, name in names.items())
    return svg.replace("</title>", f"</title><style>{rules}</style>", 1)


def img(svg: str, alt: str, at: float | None = None) -> str:
    """An SVG as one <img>, which even an untrusted notebook shows.

    at: where to look first, if it is wide: 0 is the left edge, 1 the right.  It depends on the
    layout, so it stands in the <img>, which is not compared when a notebook is.
    """
    size = re.search(r'width="([0-9.]+)(pt)?"', svg)
    natural = float(size[1]) * (4 / 3 if size[2] else 1) if size else 640.0
    # a wide picture shrinks to the page, but not until nobody can read it: then the page scrolls
    width = f"width:{natural:.0f}px;max-width:100%;min-width:{min(0.55 * natural, 1400):.0f}px;"
    data = base64.b64encode(svg.encode()).decode()
    look = "" if at is None else f'data-at="{at:g}" '
    return (
        f'<img alt="{html.escape(alt)}" {look}style="display:block;{width}height:auto" '
        f'src="data:image/svg+xml;base64,{data}">'
    )


def lit_at(svg: str, colour: str) -> float:
    """How far to the right the boxes outlined in this colour stand: 0 is the left edge, 1 the right."""
    boxes = re.findall(
        rf'<rect [^>]*stroke="{colour}"[^>]*? x="([^"]*)" y="[^"]*" width="([^"]*)"', svg
    )
    size = re.search(r'width="([0-9.]+)pt"', svg)
    if not boxes or not size:
        return 0.5
    centres = [float(x) + float(width) / 2 for x, width in boxes]
    return round(min(max(sum(centres) / len(centres) / float(size[1]), 0.0), 1.0), 2)


def _rounded(attribute: re.Match[str]) -> str:
    def short(number: re.Match[str]) -> str:
        text = f"{float(number[0]):.1f}".removesuffix(".0")
        return "0" if text == "-0" else text

    return f'{attribute[1]}="{re.sub(r"-?[0-9]+[.][0-9]+", short, attribute[2])}"'


def _as_box(path: re.Match[str]) -> str:
    """Graphviz draws a box with round corners as eight curves: <rect> says it in one word."""
    d = re.search(r' d="M([^"]*)"', path[0])
    points = [tuple(map(float, p.split(","))) for p in re.split("[C ]", d[1])] if d else []
    if len(points) != 25 or points[0] != points[-1]:
        return path[0]
    xs, ys = ([p[k] for p in points] for k in (0, 1))
    left, top, right, bottom = min(xs), min(ys), max(xs), max(ys)
    corner = 0.75 * min(abs(x - left) for x in xs if x > left + 2.9) if right > left + 3 else 0.0
    assert d is not None
    box = (
        f' x="{left:.4g}" y="{top:.4g}" width="{right - left:.4g}" height="{bottom - top:.4g}"'
        f' rx="{corner:.3g}"'
    )
    return path[0].replace("<path", "<rect").replace(d[0], box)
