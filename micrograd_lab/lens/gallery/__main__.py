"""python -m micrograd_lab.lens.gallery [--check]: build the gallery, or say what is not as built."""

import argparse
from pathlib import Path

from micrograd_lab.files import replace_file
from micrograd_lab.lens.gallery.exhibits import exhibits
from micrograd_lab.lens.gallery.page import FOLDER, file_names, files, save_pictures


def build(root: Path) -> None:
    """Write everything, and remove pictures that no exhibit makes any more."""
    import matplotlib
    from rich.progress import track

    matplotlib.use("Agg")
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    for exhibit in track(exhibits(), "Pictures"):
        save_pictures(root, exhibit)
    for old in left_over(root):
        old.unlink()
    for name, text in files().items():
        replace_file(root / name, text.encode())


def check(root: Path) -> list[str]:
    """What differs from what would be built, and which pictures are missing or left over."""
    wrong = []
    for name, text in files().items():
        path = root / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            wrong.append(f"{name}: differs from what is built today; build it again.")
    there = {path.name for path in pictures(root)}
    wrong += [f"{FOLDER}/{name}: missing." for name in sorted(file_names() - there)]
    return wrong + [f"{FOLDER}/{path.name}: left over." for path in left_over(root)]


def pictures(root: Path) -> list[Path]:
    return sorted(path for path in (root / FOLDER).glob("*-*") if path.suffix in (".svg", ".png"))


def left_over(root: Path) -> list[Path]:
    return [path for path in pictures(root) if path.name not in file_names()]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m micrograd_lab.lens.gallery", description=__doc__
    )
    parser.add_argument("--check", action="store_true", help="compare; write nothing")
    parser.add_argument(
        "--root", type=Path, default=Path(__file__).parents[3], help="the repository"
    )
    given = parser.parse_args(arguments)
    if given.check:
        wrong = check(given.root)
        print("\n".join(wrong) or "The gallery is as it is built.")
        return bool(wrong)
    build(given.root)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
