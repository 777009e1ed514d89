"""Sources to what learners open: notebooks/src -> notebooks, solutions -> exercises."""

from pathlib import Path

from micrograd_lab.course import exercises, notebooks
from micrograd_lab.errors import CourseError
from micrograd_lab.grader.home import write_text


def choose(root: Path, names: list[str]) -> tuple[list[Path], list[Path]]:
    """The lessons and the solutions that `names` mean; all of them for no names.

    A name is the beginning of a stem: 01, 01_slope, ex01, ex01a; or a path to one of its files.
    CourseError for a name that means nothing.
    """
    lessons = sorted((root / "notebooks" / "src").glob("*.py"))
    solutions = sorted((root / "solutions").glob("*.py"))
    if not names:
        return lessons, solutions
    chosen: set[Path] = set()
    for name in names:
        found = [p for p in (*lessons, *solutions) if p.stem.startswith(Path(name).stem)]
        if not found:
            known = ", ".join(p.stem for p in (*lessons, *solutions)) or "nothing yet"
            raise CourseError(
                f"{name!r}: no lesson or exercise begins like this. There are: {known}."
            )
        chosen.update(found)
    return [p for p in lessons if p in chosen], [p for p in solutions if p in chosen]


def build(root: Path, names: list[str], force: bool = False) -> list[str]:
    """Build what is chosen; the list says what could not be done.

    Each file is written whole or not at all.  An exercise that somebody worked on is left alone;
    a lesson that fails ends the build, with the lessons before it already written.
    """
    lessons, solutions = choose(root, names)
    refused, changed = [], []
    for path in solutions:
        text = exercises.stub(path.read_text(encoding="utf-8"), path.name)
        try:
            if exercises.install(root / "exercises", path.name, text, force):
                changed.append(f"exercises/{path.name}")
        except CourseError as error:
            refused.append(str(error))
    for path in lessons:
        try:
            text = notebooks.dumps(run(path))
        except CourseError as error:
            refused.append(str(error))
            break
        target = root / "notebooks" / f"{path.stem}.ipynb"
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            write_text(target, text)
            changed.append(f"notebooks/{target.name}")
    print("\n".join(f"built {name}" for name in changed) or "Nothing changed.")
    return refused


def check(root: Path, names: list[str], execute: bool = True) -> list[str]:
    """What is not as its source builds it: differing, missing, left over.  Empty when all is well.

    Without `execute` nothing is run: exercises and the cells' sources are compared, not outputs.
    """
    lessons, solutions = choose(root, names)
    wrong = [] if names else leftovers(root, lessons, solutions)
    for path in solutions:
        target = root / "exercises" / path.name
        text = exercises.stub(path.read_text(encoding="utf-8"), path.name)
        wrong += _exercise(target, text)
    for path in lessons:
        target = root / "notebooks" / f"{path.stem}.ipynb"
        try:
            wrong += _notebook(target, run(path) if execute else notebooks.read(path), execute)
        except CourseError as error:
            wrong.append(str(error))
    return wrong


def run(path: Path) -> notebooks.Notebook:
    """The lesson of a source file, executed, with a bar that shows how far it is."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    notebook = notebooks.read(path)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns) as progress:
        task = progress.add_task(path.stem, total=len(notebook.cells))
        notebooks.execute(
            notebook,
            path.stem,
            path.parent.parent,
            lambda cell, cell_index: progress.update(task, completed=cell_index + 1),
        )
        progress.update(task, completed=len(notebook.cells))
    return notebook


def leftovers(root: Path, lessons: list[Path], solutions: list[Path]) -> list[str]:
    """Built files whose source is gone."""
    built = sorted((root / "notebooks").glob("*.ipynb")) + sorted((root / "exercises").glob("*.py"))
    sources = {p.stem for p in (*lessons, *solutions)}
    return [
        f"{p.parent.name}/{p.name}: left over; it has no source. Delete it, or bring the source back."
        for p in built
        if p.stem not in sources
    ]


def _exercise(target: Path, text: str) -> list[str]:
    where = f"exercises/{target.name}"
    if not target.exists():
        return [f"{where}: missing; build it."]
    if target.read_text(encoding="utf-8") != text:
        return [f"{where}: differs from its solution's stub."]
    if exercises.manifest(target.parent).get(target.name) != exercises.digest(text):
        return [f"{where}: not noted in exercises/{exercises.MANIFEST}; build it."]
    return []


def _notebook(target: Path, new: notebooks.Notebook, outputs: bool) -> list[str]:
    import nbformat

    where = f"notebooks/{target.name}"
    if not target.exists():
        return [f"{where}: missing; build it."]
    try:
        old = nbformat.read(target, as_version=4)
    except (ValueError, nbformat.ValidationError) as error:
        return [f"{where}: not a notebook ({error})."]
    return [f"{where}, {what}" for what in notebooks.differences(old, new, outputs)]
