"""Steps as a film for slides: an animated GIF, or an SVG that plays by itself."""

import html
import io
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micrograd_lab.lens.picture import Picture
from micrograd_lab.lens.slim import slim
from micrograd_lab.lens.theme import Theme

if TYPE_CHECKING:
    from PIL.Image import Image

SECONDS = 2.5  # per step: time to read a sentence
WIDEST = 1280  # pixels of a film, unless its letters would become too small


def gif(frames: Sequence[Picture], theme: Theme, seconds: float = SECONDS) -> bytes:
    """The frames one after the other, for ever, each above its sentence."""
    shots = [_shot(frame, theme) for frame in frames]
    size = (max(shot.width for shot in shots), max(shot.height for shot in shots))
    film = [_padded(shot, size, theme).quantize(64) for shot in shots]
    out = io.BytesIO()
    film[0].save(
        out, "GIF", save_all=True, append_images=film[1:], duration=round(1000 * seconds), loop=0
    )
    return out.getvalue()


def svg(frames: Sequence[Picture], theme: Theme, seconds: float = SECONDS) -> str:
    """The frames as one SVG.  What several frames share is in it once; each frame lists its parts.

    For readers who asked their system for less motion it stands still and shows the end.
    """
    pictures = [slim(frame.svg()).splitlines() for frame in frames]
    head = pictures[0][0]
    width, height = (
        float(head.split(f'{side}="')[1].split("pt")[0]) for side in ("width", "height")
    )
    size = max(12.0, width / 75)  # letters of a caption, in a picture that a slide makes smaller
    line = 1.5 * size
    letters = max(24, int(width / (0.53 * size)))
    captions = [textwrap.wrap(frame.alt, letters) for frame in frames]
    tall = height + line * (max(map(len, captions)) + 0.5)
    group = next(line for line in pictures[0] if "<g transform" in line).split("<g transform")[1]
    parts: dict[str, str] = {}
    groups = []
    for k, (lines, caption) in enumerate(zip(pictures, captions, strict=True)):
        start = next(i for i, line in enumerate(lines) if "<g transform" in line) + 1
        uses = "".join(
            f'<use href="#{parts.setdefault(line, f"p{len(parts)}")}"/>'
            for line in lines[start:]
            if not line.startswith("</")
        )
        words = "".join(
            f'<text x="10" y="{height + line * (row + 0.7):.4g}" font-size="{size:.3g}" fill="{theme.ink}">{html.escape(text)}</text>'
            for row, text in enumerate(caption)
        )
        delay = f"{k * seconds - len(frames) * seconds:g}"
        last = " z" if k == len(frames) - 1 else ""
        groups.append(
            f'<g class="f{last}" style="animation-delay:{delay}s"><g transform{group}{uses}</g>{words}</g>'
        )
    share = 1e6 // len(frames) / 1e4  # rounded down, or two would show at the change
    style = (
        f".f{{visibility:hidden;animation:f {len(frames) * seconds:g}s step-end infinite}}"
        f"@keyframes f{{0%{{visibility:visible}}{share:.4f}%{{visibility:hidden}}}}"
        "@media(prefers-reduced-motion:reduce){.f{animation:none}.z{visibility:visible}}"
    )
    defs = "\n".join(_named(line, name) for line, name in parts.items())
    title = html.escape(f"The chain rule in {len(frames)} steps. {frames[-1].alt}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}pt" height="{tall:g}pt" '
        f'viewBox="0 0 {width:g} {tall:g}" font-family="Helvetica,Arial,sans-serif" font-size="12" role="img">\n'
        f'<title>{title}</title>\n<style>{style}</style>\n<rect width="100%" height="100%" '
        f'fill="{theme.paper}"/>\n<defs>\n{defs}\n</defs>\n' + "\n".join(groups) + "\n</svg>\n"
    )


def _named(element: str, name: str) -> str:
    tag, space, rest = element.partition(" ")
    return f'{tag} id="{name}"{space}{rest}'


def _shot(frame: Picture, theme: Theme) -> "Image":
    """A frame as pixels, its sentence below it."""
    from matplotlib import get_data_path
    from PIL import Image, ImageDraw, ImageFont

    natural = float(frame.svg().split('width="')[1].split("pt")[0]) * 4 / 3
    with Image.open(io.BytesIO(frame.png(max(0.6, min(1.25, WIDEST / natural))))) as picture:
        graph = picture.convert("RGB")
    font = ImageFont.truetype(str(Path(get_data_path(), "fonts/ttf/DejaVuSans.ttf")), 15)
    width = max(graph.width, 480)
    lines = textwrap.wrap(frame.alt, int((width - 24) / 8.6))
    shot = Image.new("RGB", (width, graph.height + 24 * len(lines) + 12), theme.paper)
    shot.paste(graph, (0, 0))
    pen = ImageDraw.Draw(shot)
    for k, line in enumerate(lines):
        pen.text((12, graph.height + 24 * k), line, fill=theme.ink, font=font)
    return shot


def _padded(shot: Any, size: tuple[int, int], theme: Theme) -> "Image":
    from PIL import Image

    whole = Image.new("RGB", size, theme.paper)
    whole.paste(shot, (0, 0))
    return whole
