"""Checkpoints in a folder (the last few, and the best) or in one file, each replaced in one move."""

from pathlib import Path
from typing import Any

from micrograd_lab.errors import FileError, FolderError, OptionError
from micrograd_lab.serialization import load, save

FORMAT = "micrograd_lab.train 1"
BEST = "best.npz"


class Checkpoints:
    """Where a run is saved.

    path: a folder, which is made if it is not there; or, if it ends in .npz, one file.
    keep: how many of the last ones a folder keeps, besides the best.

    A checkpoint appears only once it is whole: whoever is killed while saving has the one before.
    """

    def __init__(self, path: str | Path, keep: int = 2) -> None:
        if keep < 1:
            raise OptionError(f"Checkpoints: keep={keep}: at least one is kept.")
        self.path = Path(path)
        self.keep = keep
        self.is_file = self.path.suffix == ".npz"
        folder = self.path.parent if self.is_file else self.path
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FolderError(f"checkpoints cannot be kept in {str(folder)!r}: {error}.") from error

    def all(self) -> list[Path]:
        """Those that are there, the oldest first, without the best."""
        if self.is_file:
            return [self.path] if self.path.exists() else []
        return sorted(self.path.glob("step-*.npz"), key=lambda p: (len(p.name), p.name))

    def save(self, state: dict[str, Any], step: int, best: bool = False) -> Path:
        """Write one; then, and only then, remove those that are too many."""
        state = {"format": FORMAT, **state}
        goal = self.path if self.is_file else self.path / f"step-{step:08d}.npz"
        save(state, goal)
        if not self.is_file:
            if best:
                save(state, self.path / BEST)
            for old in self.all()[: -self.keep]:
                old.unlink()
            for scrap in self.path.glob(".*.npz.*"):  # of a run that was killed while saving
                scrap.unlink()
        return goal

    def newest(self) -> Path | None:
        """The one to go on from."""
        found = self.all()
        return found[-1] if found else None


def read(path: Path) -> dict[str, Any]:
    """A checkpoint.  FileError if it is damaged or something else, and it stays where it is."""
    found = load(path)
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise FileError(
            f"{str(path)!r} is a file of tensors but no checkpoint of fit(): it has no entry "
            f"'format' that says {FORMAT!r}. Choose another path for checkpoint=."
        )
    return found


def where_to_begin(files: Checkpoints | None, resume: Any) -> Path | None:
    """The checkpoint to go on from, if any."""
    if isinstance(resume, str | Path):
        return Path(resume)
    newest = files.newest() if files else None
    if newest is not None and not resume:
        raise OptionError(
            f"resume=False, but {newest} is a checkpoint of an earlier run and would be replaced. "
            "Move it away, choose another checkpoint=, or resume."
        )
    return newest
