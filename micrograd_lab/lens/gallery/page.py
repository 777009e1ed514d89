"""The gallery as files: a page and a notebook in text, and the pictures that they show."""

import json
import re
import textwrap
from collections.abc import Iterable, Iterator
from hashlib import sha256
from html import escape
from pathlib import Path

from micrograd_lab.files import replace_file
from micrograd_lab.lens.gallery.exhibits import (
    Exhibit,
    Section,
    exhibits,
    picture_of,
    png,
    sections,
    text_of,
)
from micrograd_lab.lens.picture import Picture
from micrograd_lab.lens.theme import THEMES

PAGE, NOTEBOOK = "docs/gallery.md", "notebooks/src/gallery.py"
FOLDER, BUILT = "docs/gallery", "docs/gallery/.built.json"

HEAD = """\
# The gallery

Every picture that the lens makes, from real graphs and real runs; each with what there is to see, and the
code that made it, which is the code that ran. `theme` is `"light"` or `"dark"`: you see the one that your
browser asks for. The same in a notebook: [gallery.ipynb](../notebooks/gallery.ipynb).

Blue is forward, orange is backward, red is broken; a shape or a dash says each of them a second time.

Built by `python -m micrograd_lab.lens.gallery`.
"""

OPENING = """\
# %% [markdown]
# # The gallery
#
# Every picture that the lens makes, from real graphs and real runs, on light and on dark paper. Each cell is complete:
# change it and run it again.
#
# Blue is forward, orange is backward, red is broken; a shape or a dash says each of them a second time.
"""


def files() -> dict[str, str]:
    """What is compared: the page, the notebook's source and the digests of graphs, by path.

    A plot is not made for this; how its pixels come out depends on the machine.
    """
    page, notebook, digests = [HEAD], [OPENING], {}
    everything = sections()
    notebook.append(cell(imports(everything)))
    for section in everything:
        page.append(f"## {section.heading}\n")
        notebook.append(prose(f"## {section.heading}"))
        for part in section.parts:
            if not isinstance(part, Exhibit):
                page.append(f"Shared by what follows: {part.words}\n\n{fence(part.code)}")
                notebook += [prose(part.words), cell(part.code)]
                continue
            text = ""
            if not part.is_plot:
                for theme in THEMES:
                    for name, dot in sources(part, theme):
                        digests[name] = sha256(dot.encode()).hexdigest()
                shown = part.shows("light")
                text = "" if isinstance(shown, Picture) else f"\n{fence(text_of(shown), 'text')}"
            page.append(
                f"### {part.question}\n\n{part.sight}\n\n{img(part)}{fence(part.code)}{text}"
            )
            notebook += [
                prose(f"### {part.question}\n\n{part.sight}"),
                cell(f"{part.code}\n\n\nBoth({part.name})"),
            ]
    return {
        PAGE: "\n".join(page),
        NOTEBOOK: "\n".join(notebook),
        BUILT: json.dumps(digests, indent=1) + "\n",
    }


def sources(exhibit: Exhibit, theme: str) -> Iterator[tuple[str, str]]:
    """(name, DOT text) of each graph in an exhibit."""
    shown = exhibit.shows(theme)
    picture = picture_of(shown, theme)
    frames = [picture] if picture else shown.frames() if hasattr(shown, "frames") else []
    for k, frame in enumerate(frames):
        yield f"{exhibit.name}-{theme}" + (f" {k}" if len(frames) > 1 else ""), frame.source


def save_pictures(root: Path, exhibit: Exhibit) -> None:
    """Its picture in both themes, where the page looks for it; of a table there is none."""
    for theme in () if exhibit.is_text else THEMES:
        path, shown = root / FOLDER / file_name(exhibit, theme), exhibit.shows(theme)
        if exhibit.is_plot:
            replace_file(path, png(shown))
        else:
            (picture_of(shown, theme) or shown).save(path)


def file_name(exhibit: Exhibit, theme: str) -> str:
    return f"{exhibit.name}-{theme}.{'png' if exhibit.is_plot else 'svg'}"


def file_names() -> set[str]:
    """Of all pictures on the page."""
    return {file_name(x, theme) for x in exhibits() if not x.is_text for theme in THEMES}


def img(exhibit: Exhibit) -> str:
    """The picture on the page, in the theme that the reader's browser asks for, and a link to each."""
    if exhibit.is_text:
        return ""
    light, dark = (f"gallery/{file_name(exhibit, theme)}" for theme in THEMES)
    alt = escape(f"{exhibit.question} {exhibit.sight}")
    return (
        f'<picture><source media="(prefers-color-scheme: dark)" srcset="{dark}">'
        f'<img src="{light}" alt="{alt}"></picture>\n\n[light]({light}) · [dark]({dark})\n\n'
    )


def fence(text: str, language: str = "python") -> str:
    return f"```{language}\n{text}\n```\n"


def prose(text: str) -> str:
    """A markdown cell."""
    lines = [
        line
        for paragraph in text.split("\n\n")
        for line in ["", *textwrap.wrap(paragraph, 110, break_on_hyphens=False)]
    ]
    return "\n".join(["# %% [markdown]", *(f"# {line}".rstrip() for line in lines[1:])]) + "\n"


def cell(code: str) -> str:
    return f"# %%\n{code}\n"


def imports(everything: Iterable[Section]) -> str:
    """All that the sections import, each line once, and what shows a picture twice."""
    lines = {line for section in everything for line in section.imports}
    lines.add("from micrograd_lab.lens.gallery.exhibits import Both")
    return "\n".join(sorted(merged(lines), key=order_of_imports))


def order_of_imports(line: str) -> tuple[bool, bool, str]:
    return "micrograd_lab" in line, line.startswith("from"), line


def merged(lines: Iterable[str]) -> list[str]:
    """`from a import x` and `from a import y` as one line."""
    names: dict[str, set[str]] = {}
    plain = []
    for line in lines:
        found = re.fullmatch(r"(from \S+ import) (.*)", line)
        if found is None or " as " in line:
            plain.append(line)
        else:
            names.setdefault(found[1], set()).update(found[2].split(", "))
    return plain + [f"{start} {', '.join(sorted(those))}" for start, those in names.items()]
