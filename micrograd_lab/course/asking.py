"""Predict before you see: a question, an answer that is locked, and only then the explanation."""

import html
import re
from collections.abc import Iterable

from micrograd_lab.course import presence, questions
from micrograd_lab.course.questions import Option, Question
from micrograd_lab.errors import LabError

ASK, RIGHT, WRONG = "#1f83c4", "#12876b", "#d1620a"  # readable on white and on black


def predict(name: str) -> None:
    """Ask for a prediction, lock the first answer, then show whether it was right and why.

    Where nobody can answer (while the notebook is built, tested or exported) the answer is folded
    away below the question.  CourseError, with the known names, for an unknown one.
    """
    _put(questions.prediction(name), "Predict")


def quiz(lesson: str) -> None:
    """Ask the questions at the end of a lesson, one after the other."""
    asked = questions.sheet(lesson).quiz.values()
    for i, question in enumerate(asked, start=1):
        _put(question, f"Question {i} of {len(asked)}")


def _put(question: Question, title: str) -> None:
    _show(_question_text(question, title), _question_html(question, title))
    if presence.somebody_is_there():
        locked = _recall(question)
        key = locked or _reply(question)
        if key:
            note = "" if locked else _lock(question, key)
            _show(_reveal_text(question, key, locked), _reveal_html(question, key, locked))
            if note:
                print(note)
            return
    _show(_fold_text(question), _fold_html(question))


def _keys(question: Question) -> list[str]:
    return [option.key for option in question.options]


def _reply(question: Question) -> str | None:
    """The key of the option that the learner chooses; None for Enter, or when nobody answers."""
    keys = {key.casefold(): key for key in _keys(question)}
    prompt = f"Your answer ({', '.join(keys.values())}; Enter skips): "
    while True:
        try:
            said = input(prompt).strip().strip("\"'`().").casefold()
        except (NotImplementedError, EOFError, OSError):  # a kernel without input, a closed stdin
            return None
        if not said:
            return None
        if said in keys:
            return keys[said]
        prompt = f"{said!r} is not one of {', '.join(keys.values())}. Your answer (Enter skips): "


def _recall(question: Question) -> str | None:
    """The answer that was locked earlier, if it still is one of the options."""
    from micrograd_lab.grader.record import load

    try:
        answer = load().predictions.get(question.id, {}).get("answer")
    except (LabError, AttributeError):  # nowhere to remember, or nothing we can read
        return None
    return answer if answer in _keys(question) else None


def _lock(question: Question, key: str) -> str:
    """Put the first answer into the learner's record; a note if that was not possible."""
    from micrograd_lab.grader.record import editing

    try:
        with editing() as record:
            record.predictions[question.id] = {"answer": key, "right": key == question.answer}
    except LabError as error:
        return f"Your answer could not be kept: {error}"
    return record.note


# How it looks: once as text, once as HTML that an untrusted notebook keeps (no script, no style
# sheet, nothing but <details> and inline styles).


def _show(text: str, markup: str) -> None:
    if presence.shell() is None:
        print(text)
    else:
        from IPython.display import display

        display({"text/plain": text, "text/html": markup}, raw=True)


def _question_text(question: Question, title: str) -> str:
    code = [f"    {line}" for line in question.code.strip("\n").splitlines()]
    width = max(map(len, _keys(question)))
    options = [f"  {option.key:{width}}  {option.text}" for option in question.options]
    return "\n".join([f"{title}: {question.ask}", *code, *options])


def _question_html(question: Question, title: str) -> str:
    code = html.escape(question.code.strip("\n")) if question.code else ""
    code = code and f'<pre style="font-family:monospace">{code}</pre>'
    options = "".join(
        f'<div style="margin: 2px 0"><b><code>{html.escape(option.key)}</code></b>'
        f"&ensp;{_inline(option.text)}</div>"
        for option in question.options
    )
    return _card(
        ASK, f"<div>{_strong(title, ASK)}&ensp;{_inline(question.ask)}</div>{code}{options}"
    )


def _fold_text(question: Question) -> str:
    return _lines("Decide first. The answer:", question.options, question)


def _fold_html(question: Question) -> str:
    why = "".join(_option_html(question, option) for option in question.options)
    return _card(
        ASK, f"<details><summary>Decide first, then open: the answer</summary>{why}</details>"
    )


def _reveal_text(question: Question, key: str, locked: str | None) -> str:
    return _lines(_verdict(question, key, locked), _relevant(question, key), question)


def _reveal_html(question: Question, key: str, locked: str | None) -> str:
    colour = RIGHT if key == question.answer else WRONG
    why = "".join(_option_html(question, option) for option in _relevant(question, key))
    return _card(colour, _strong(_verdict(question, key, locked), colour) + why)


def _verdict(question: Question, key: str, locked: str | None) -> str:
    said = "Your first answer was" if locked else "You said"
    return f"{said} {key}. " + ("Right." if key == question.answer else f"It is {question.answer}.")


def _relevant(question: Question, key: str) -> list[Option]:
    """What was chosen, then what is right."""
    return [question[key]] + ([question[question.answer]] if key != question.answer else [])


def _lines(head: str, options: Iterable[Option], question: Question) -> str:
    return "\n".join(
        [head, *(f"  {_mark(question, o)} {o.key}: {o.text}\n      {o.why}" for o in options)]
    )


def _option_html(question: Question, option: Option) -> str:
    right = option.key == question.answer
    return (
        f'<div style="margin: 6px 0">{_strong(_mark(question, option), RIGHT if right else WRONG)} '
        f"<b>{_inline(option.text)}</b><br>{_inline(option.why)}</div>"
    )


def _mark(question: Question, option: Option) -> str:
    return "✓" if option.key == question.answer else "✗"


def _inline(text: str) -> str:
    """Escaped, with `code` as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False))


def _strong(text: str, colour: str) -> str:
    return f'<b style="color: {colour}">{_inline(text)}</b>'


def _card(colour: str, inside: str) -> str:
    return (
        f'<div style="border-left: 4px solid {colour}; padding: 2px 14px; margin: 10px 0 6px; '
        f'max-width: 46em">{inside}</div>'
    )
