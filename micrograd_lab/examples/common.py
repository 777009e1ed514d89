"""What every example needs around its training: a folder, a result, and a safe way to go on."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from micrograd_lab.errors import FolderError, StateError


@dataclass(frozen=True)
class Result:
    """What an example came to: the line it prints, the number in it, and where its files are."""

    line: str
    value: float
    picture: Path
    weights: Path


@dataclass(frozen=True)
class Place:
    """The files of one example in a folder."""

    picture: Path  # name.png
    weights: Path  # name.npz
    checkpoint: Path  # name.checkpoint.npz


def open_place(out: Path, name: str, *, resume: bool) -> Place:
    """The files of an example in `out`, once it is sure that they can be written there.

    Without resume, an earlier run's checkpoint makes room: it is kept as name.earlier.npz.
    FolderError if out is a file, or cannot be written to, or has nothing to resume from.
    """
    place = Place(out / f"{name}.png", out / f"{name}.npz", out / f"{name}.checkpoint.npz")
    try:
        if resume and not place.checkpoint.is_file():
            raise FolderError(
                f"--resume: there is no {place.checkpoint} to go on from; begin without --resume."
            )
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
        if not resume and place.checkpoint.exists():
            place.checkpoint.replace(out / f"{name}.earlier.npz")
    except FolderError:
        raise
    except (FileExistsError, NotADirectoryError):
        raise FolderError(f"--out {out}: this is a file; name a new or another folder.") from None
    except OSError as e:
        raise FolderError(
            f"--out {out}: cannot write there ({e.strerror}); name a folder of your own."
        ) from None
    return place


class Settings:
    """A callback of fit() that lets a run go on only with the settings that it began with.

    callbacks=[Settings(seed=seed, quick=quick, epochs=epochs)]
    """

    def __init__(self, **settings: Any) -> None:
        self.settings = settings

    def state_dict(self) -> dict[str, Any]:
        """The settings."""
        return dict(self.settings)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Compare.  StateError if they differ, for then the numbers would be nobody's."""
        if state != self.settings:
            began = ", ".join(f"{name}={value}" for name, value in state.items())
            now = ", ".join(f"{name}={value}" for name, value in self.settings.items())
            raise StateError(f"the run began with {began}; now it is {now}.")
