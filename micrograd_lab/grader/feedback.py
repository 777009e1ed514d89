"""Words for what went wrong: what was asked, what was found, what was expected."""

import difflib
import signal
from typing import Any

from micrograd_lab.grader.runner import Run
from micrograd_lab.grader.spec import Exercise


def show(value: Any) -> str:
    """An encoded answer in one line: several values with commas, those inside in parentheses."""
    if isinstance(value, list):
        return (
            ", ".join(f"({show(v)})" if isinstance(v, list) else show(v) for v in value) or "none"
        )
    match value:
        case {"other": str(kind)}:
            return _a(kind)
        case float():
            return f"{value + 0.0:.8g}"  # -0.0 + 0.0 is 0.0
        case str():
            return value
    return repr(value)


def found(answer: Any, lines: list[str], expected: Any) -> str:
    """What the submission said to one probe, with its own line where it raised."""
    if answer is None:
        return "no answer"
    if "error" in answer:
        return raised(answer["error"], lines)
    value, wanted = answer["answer"], expected.get("answer")
    if value is None and wanted is not None:
        return "None. Is there a `return`?"
    if isinstance(value, dict) and isinstance(wanted, (int, float)):
        return f"{show(value)}, where one number was expected"
    if isinstance(wanted, list) and not isinstance(value, list):
        return f"{show(value)} alone, where a tuple of {len(wanted)} was expected"
    if isinstance(wanted, list) and len(value) != len(wanted):
        return f"{show(value)}: {_count(len(value), 'value')} instead of {len(wanted)}"
    if isinstance(value, float) and value != value:
        return "nan: somewhere inf − inf, 0 · inf or the like was computed"
    return show(value)


def raised(error: dict[str, Any], lines: list[str]) -> str:
    """An exception: its kind, its message, and the learner's own line."""
    kind, message = str(error.get("kind")), str(error.get("message"))
    text = f"{kind}: {message}" if message else kind
    return text + at(error.get("line"), lines)


def at(line: Any, lines: list[str]) -> str:
    """ ", at line 12: `return x`"; nothing if the line is not the learner's own."""
    if not isinstance(line, int) or not 1 <= line <= len(lines):
        return ""
    code = lines[line - 1].strip()
    return f", at line {line}" + (f": `{code}`" if code else "")


def failure(exercise: Exercise, run: Run, lines: list[str], limit: float) -> str:
    """Why the file as a whole could not be asked, or stopped answering; "" if it could."""
    name = exercise.entry_point
    match run.loaded:
        case {"failed": "loading", "error": dict(error)}:
            return _loading(error, lines)
        case {"failed": "missing", "names": list(names)}:
            near = difflib.get_close_matches(name, map(str, names), n=1, cutoff=0.6)
            return f"The file defines no `{name}`, which is what gets checked." + (
                f" It has `{near[0]}`: is that the one? Then rename it." if near
                else " Write it, or give the one you have that name."
            )  # fmt: skip
        case {"failed": "not callable", "type": str(kind)}:
            return (
                f"`{name}` is {_a(kind)}, not something to call. Write it with `def {name}(...)`."
            )
    if run.ended == "time-out":
        where = at(run.stuck, lines)
        return (
            f"Still running after {limit:g} s{where}. Is there a loop that never ends, "
            "or one that does the same work again and again?"
        )
    if run.ended == "crash":
        return (
            f"Python itself ended in the middle of your code, {_ending(run.status)}. Answers it "
            "had not given yet count as none. Leave out os._exit and the like."
        )
    return ""


def _loading(error: dict[str, Any], lines: list[str]) -> str:
    kinds, what = error.get("kinds", []), raised(error, lines)
    if "SyntaxError" in kinds:
        return f"Python cannot read the file yet. {what}"
    if "ImportError" in kinds:
        return f"An import did not work. {what}"
    if "SystemExit" in kinds:
        return f"The file ends the program while it is being read{at(error.get('line'), lines)}."
    return f"Running the file from top to bottom stopped before anything could be asked. {what}"


def _ending(status: int) -> str:
    if status < 0:
        try:
            return f"by {signal.Signals(-status).name}"
        except ValueError:
            return f"by signal {-status}"
    return f"with exit status {status}"


def _a(kind: str) -> str:
    return f"{'an' if kind[:1] in 'aeiou' else 'a'} {kind}"


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" + ("" if n == 1 else "s")
