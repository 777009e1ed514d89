"""Words for what went wrong: what was asked, what was found, what was expected."""

import difflib
import signal
from collections.abc import Iterator, Mapping
from typing import Any

from micrograd_lab.grader.compare import alike
from micrograd_lab.grader.runner import Run
from micrograd_lab.grader.spec import Exercise

KINDS = (
    *("syntax", "import", "loading", "exit", "missing", "not callable"),  # the file as a whole
    *("time-out", "memory-out", "crash"),  # it stopped answering
    *("exception", "nothing", "type", "shape", "nan", "value"),  # one answer, and nobody knows why
)
SHOWN = "Here is the simplest question found that shows it."
NONE_FITS = f"None of the known mistakes fits. {SHOWN}"


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
        missing = unwritten([answer])
        return f"not written yet{missing}" if missing else raised(answer["error"], lines)
    value, wanted = answer["answer"], expected.get("answer")
    if value is None and wanted is not None:
        return "None. Is there a `return`?"
    if isinstance(wanted, (int, float)) and isinstance(value, (dict, str)):
        shown = f"the text {value!r}" if isinstance(value, str) else show(value)
        return f"{shown}, where one number was expected"
    if isinstance(wanted, list) and not isinstance(value, list):
        return f"{show(value)} alone, where a tuple of {len(wanted)} was expected"
    if isinstance(wanted, list) and len(value) != len(wanted):
        return f"{show(value)}: {_count(len(value), 'value')} instead of {len(wanted)}"
    if any(number != number for _, number in _numbers(value)):
        shown = "" if isinstance(value, float) else f"{show(value)}; "
        return f"{shown}nan: somewhere inf − inf, 0 · inf or the like was computed"
    return show(value)


def differs(answer: Any, expected: Any, tol: float) -> str:
    """Where two answers of the same form with several numbers differ first; "" if that is plain."""
    if not (isinstance(answer, dict) and "answer" in answer and "answer" in expected):
        return ""
    said, right = list(_numbers(answer["answer"])), list(_numbers(expected["answer"]))
    if len(right) < 3 or [where for where, _ in said] != [where for where, _ in right]:
        return ""
    wrong = [i for i, (_, x) in enumerate(right) if not alike(said[i][1], x, tol)]
    if not wrong:
        return ""
    count = "every number" if len(wrong) == len(right) else f"{len(wrong)} of {len(right)} numbers"
    first = wrong[0]
    said_first, right_first = show(said[first][1]), show(right[first][1])
    return f"{count}; number {first + 1} is {said_first}, not {right_first}"


def _numbers(value: Any, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Any]]:
    """Every number in an answer, with the way to it."""
    if isinstance(value, list):
        for i, item in enumerate(value):
            yield from _numbers(item, (*path, i))
    elif isinstance(value, (int, float)):
        yield path, value


def unknown(answer: Any, expected: Any) -> tuple[str, str]:
    """The kind of a wrong answer that no known mistake explains, and the sentence about it."""
    if answer is None:
        return "crash", "One question got no answer."
    if "error" in answer:
        if answer["error"].get("kind") == "MemoryError":
            return "memory-out", f"Your code asks for more memory than it may have. {SHOWN}"
        return "exception", f"Your code stops with an exception. {SHOWN}"
    value, wanted = answer["answer"], expected.get("answer")
    if value is None and wanted is not None:
        return "nothing", "Your code gives back nothing here."
    if any(number != number for _, number in _numbers(value)):
        return "nan", f"There is a nan in the answer. {NONE_FITS}"
    if _form(value) == _form(wanted):
        return "value", NONE_FITS
    kinds = {k for k, _ in _form(value)} - {"list"} <= {k for k, _ in _form(wanted)}
    word = "shape" if kinds else "type"
    return word, f"The answer has another {word} than expected. {NONE_FITS}"


def _form(value: Any) -> list[tuple[str, Any]]:
    """What an answer is made of, regardless of its numbers: kinds of things, and how many."""
    if isinstance(value, list):
        return [("list", len(value)), *(part for item in value for part in _form(item))]
    if isinstance(value, (int, float)):
        return [("number", 1)]
    if isinstance(value, str) and value.startswith("shape "):
        return [("shape", value)]
    if isinstance(value, dict):
        return [(str(value.get("dtype", value.get("other"))), str(value.get("shape")))]
    return [(type(value).__name__, 1)]


def raised(error: dict[str, Any], lines: list[str]) -> str:
    """An exception: its kind, its message, and the learner's own line."""
    kind, message = str(error.get("kind")), str(error.get("message"))
    text = f"{kind}: {message}" if message else kind
    where = at(error.get("line"), lines)
    return text.removesuffix(".") + where if where else text


def at(line: Any, lines: list[str]) -> str:
    """ ", at line 12: `return x`"; nothing if the line is not the learner's own."""
    if not isinstance(line, int) or not 1 <= line <= len(lines):
        return ""
    code = lines[line - 1].strip()
    return f", at line {line}" + (f": `{code}`" if code else "")


def unwritten(answers: list[Any]) -> str:
    """ " at lines 47, 52", the learner's own lines that are still to be written; or, where what is
    missing is not a line, ": " and what the question says of it.
    """
    errors = [a["error"] for a in answers if isinstance(a, Mapping) and "error" in a]
    errors = [e for e in errors if e.get("kind") == "NotImplementedError"]
    numbers = sorted({e["line"] for e in errors if isinstance(e.get("line"), int)})
    if numbers:
        return f" at line{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
    messages = dict.fromkeys(str(e.get("message")) for e in errors if e.get("message"))
    return f": {', '.join(messages)}" if messages else ""


def failure(exercise: Exercise, run: Run, lines: list[str], limit: float) -> tuple[str, str]:
    """Why the file as a whole could not be asked, or stopped answering: the kind and the sentence.

    Two empty strings if it could.
    """
    name = exercise.entry_point
    match run.loaded:
        case {"failed": "loading", "error": dict(error)}:
            return _loading(error, lines)
        case {"failed": "missing", "names": list(names)}:
            near = difflib.get_close_matches(name, map(str, names), n=1, cutoff=0.6)
            return "missing", f"The file defines no `{name}`, which is what gets checked." + (
                f" It has `{near[0]}`: is that the one? Then rename it." if near
                else " Write it, or give the one you have that name."
            )  # fmt: skip
        case {"failed": "not callable", "type": str(kind)}:
            return "not callable", (
                f"`{name}` is {_a(kind)}, not something to call. Write it with `def {name}(...)`."
            )
    if run.ended == "time-out":
        where = at(run.stuck, lines)
        return "time-out", (
            f"Still running after {limit:g} s{where}. Is there a loop that never ends, "
            "or one that does the same work again and again?"
        )
    if run.ended == "crash":
        kind = "memory-out" if run.status == -getattr(signal, "SIGKILL", 9) else "crash"
        return kind, (
            f"Python itself ended in the middle of your code, {_ending(run.status)}. Answers it "
            "had not given yet count as none. "
            + ("Did it fill the memory?" if kind == "memory-out" else "Leave out os._exit and the like.")
        )  # fmt: skip
    return "", ""


def _loading(error: dict[str, Any], lines: list[str]) -> tuple[str, str]:
    kinds, what = error.get("kinds", []), raised(error, lines)
    if "SyntaxError" in kinds:
        return "syntax", f"Python cannot read the file yet. {what}"
    if "ImportError" in kinds:
        return "import", f"An import did not work. {what}"
    if "SystemExit" in kinds:
        where = at(error.get("line"), lines)
        return "exit", f"The file ends the program while it is being read{where}."
    if "MemoryError" in kinds:
        return "memory-out", f"Reading the file asks for more memory than it may have. {what}"
    return (
        "loading",
        f"Running the file from top to bottom stopped before anything could be asked. {what}",
    )


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
