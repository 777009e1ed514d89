"""What hangs in the gallery: every picture with its question, its words and the code that makes it."""

import ast
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from types import ModuleType
from typing import Any

from micrograd_lab.lens.picture import Picture
from micrograd_lab.lens.theme import THEMES

SECTIONS = ("scalars", "tensors", "runs", "functions")


@dataclass(frozen=True)
class Part:
    """A function or class of a section: what makes a picture, or what several of those share."""

    thing: Any
    words: str  # its docstring

    @property
    def name(self) -> str:
        return str(self.thing.__name__)

    @cached_property
    def code(self) -> str:
        """Its source, without the docstring, which stands above it as text."""
        source = inspect.getsource(self.thing)
        first = ast.parse(source).body[0]
        assert isinstance(first, ast.FunctionDef | ast.ClassDef)
        words, lines = first.body[0], source.splitlines()
        del lines[words.lineno - 1 : words.end_lineno]
        return "\n".join(lines).replace("\n\n    def __init__", "\n    def __init__", 1)


class Exhibit(Part):
    """A part that makes a picture."""

    @property
    def question(self) -> str:
        return self.words.partition("\n\n")[0]

    @property
    def sight(self) -> str:
        """What to see."""
        return " ".join(self.words.partition("\n\n")[2].split())

    @property
    def is_plot(self) -> bool:
        """Whether it comes from matplotlib, and so is compared by its code alone."""
        return "plots." in self.code

    @cached_property
    def is_text(self) -> bool:
        """Whether it is words alone: a table for the terminal."""
        if self.is_plot:
            return False
        shown = self.shows("light")
        return picture_of(shown, "light") is None and not hasattr(shown, "frames")

    def shows(self, theme: str) -> Any:
        """What its function returns, for this theme if that asks for one."""
        make: Callable[..., Any] = self.thing
        return make(theme=theme) if "theme" in inspect.signature(make).parameters else make()


@dataclass(frozen=True)
class Section:
    """A module of the gallery."""

    module: ModuleType

    @property
    def heading(self) -> str:
        return (self.module.__doc__ or "").rstrip(".\n")

    @property
    def imports(self) -> list[str]:
        body = ast.parse(inspect.getsource(self.module)).body
        return [ast.unparse(line) for line in body if isinstance(line, ast.Import | ast.ImportFrom)]

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Its functions and classes, in the order of the file."""
        own = [x for x in vars(self.module).values() if is_of(x, self.module)]
        documented = [(thing, inspect.getdoc(thing) or "") for thing in own]
        return tuple((Exhibit if "\n\n" in words else Part)(x, words) for x, words in documented)


def is_of(thing: Any, module: ModuleType) -> bool:
    return getattr(thing, "__module__", "") == module.__name__


@cache
def sections() -> tuple[Section, ...]:
    return tuple(Section(import_module(f"{__package__}.{name}")) for name in SECTIONS)


def exhibits() -> list[Exhibit]:
    return [part for section in sections() for part in section.parts if isinstance(part, Exhibit)]


def picture_of(shown: Any, theme: str) -> Picture | None:
    """The graph in what an exhibit shows, if there is one."""
    if isinstance(shown, Picture):
        return shown
    return shown.picture(theme) if hasattr(shown, "picture") else None


def text_of(shown: Any) -> str:
    """What it says in words or numbers; the DOT text of a graph, the question of a plot.

    The answer in a plot's title is left out: training may round differently on another machine.
    """
    if hasattr(shown, "get_title"):
        return str(shown.get_title(loc="left")).partition("?")[0] + "?"
    return str(shown)


class Both:
    """An exhibit in both themes, one below the other, as a notebook shows it."""

    def __init__(self, make: Callable[..., Any]) -> None:
        self.exhibit = Exhibit(make, inspect.getdoc(make) or "")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        shown = {theme: self.exhibit.shows(theme) for theme in THEMES}
        parts = [html_of(one, theme) for theme, one in shown.items()]
        return {"text/html": "\n".join(filter(None, parts)), "text/plain": text_of(shown["light"])}


def html_of(shown: Any, theme: str) -> str:
    """One theme of it: words once, with the light one; pictures as <img>, which need no trust."""
    import html

    if hasattr(shown, "get_title"):
        return image(shown)
    if isinstance(shown, Picture):
        return f"<p>{shown.img()}</p>"
    if theme == "light" and hasattr(shown, "html"):
        return str(shown.html())
    picture = picture_of(shown, theme)
    if picture is not None:
        return f"<p>{picture.img()}</p>"
    if hasattr(shown, "html"):
        return str(shown.html())
    return f"<pre>{html.escape(str(shown))}</pre>" if theme == "light" else ""


def png(axes: Any) -> bytes:
    """The plot at a hundred dots an inch, in 256 colours, in half the bytes; its figure is closed."""
    import io

    import matplotlib.pyplot as plt
    from PIL import Image

    drawn, small = io.BytesIO(), io.BytesIO()
    axes.figure.savefig(drawn, format="png", dpi=100)
    plt.close(axes.figure)
    with Image.open(drawn) as picture:
        picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(
            small, "png", optimize=True
        )
    return small.getvalue()


def image(axes: Any) -> str:
    """The plot as one <img>."""
    import base64
    import html

    words = html.escape(text_of(axes))
    data = base64.b64encode(png(axes)).decode()
    return f'<p><img alt="{words}" style="max-width:100%" src="data:image/png;base64,{data}"></p>'
