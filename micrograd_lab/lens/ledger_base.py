"""What every ledger can do: show itself in a terminal and a notebook, and save itself."""

import html
import os
from pathlib import Path as FilePath
from typing import Any

from micrograd_lab.errors import DrawingError
from micrograd_lab.lens.picture import Picture, write
from micrograd_lab.lens.sheet import Sheet


class Ledger:
    """What explain() returns: str() in a terminal, tables and a picture in a notebook."""

    def sheet(self) -> Sheet:
        raise NotImplementedError

    def picture(self, theme: str = "light") -> Picture:
        raise NotImplementedError

    def __str__(self) -> str:
        return self.sheet().text()

    __repr__ = __str__

    def html(self) -> str:
        try:
            picture = self.picture().img()
        except DrawingError as error:  # no Graphviz, or too large: the tables still stand
            picture = f"<p>{html.escape(str(error))}</p>"
        return self.sheet().html(picture)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        try:
            shown = self.html()
        except Exception as error:  # a display must never stop a lesson
            shown = f"<pre>{html.escape(f'{error}')}</pre>"
        return {"text/html": shown, "text/plain": str(self)}

    def save(self, path: str | os.PathLike[str]) -> FilePath:
        """Write the ledger as .txt or .html, or its picture as .svg, .png, .pdf or .dot."""
        path = FilePath(path)
        if path.suffix.lower() == ".txt":
            return write(path, f"{self}\n".encode())
        if path.suffix.lower() == ".html":
            page = (
                f'<!doctype html>\n<html lang="en"><meta charset="utf-8">\n{self.html()}\n</html>\n'
            )
            return write(path, page.encode())
        return self.picture().save(path)
