"""What a learner is shown after a check: plain text in a terminal, a card in a notebook."""

import textwrap
from dataclasses import dataclass
from html import escape

from micrograd_lab.command import command
from micrograd_lab.grader.grade import Evidence, Result

GREEN, ORANGE, GREY = "#009E73", "#D55E00", "#8a8f98"  # told apart by every eye, and by ✓ ✗ ○
WIDTH = 92


@dataclass(frozen=True)
class Report:
    """The outcome of a check of one or more exercises."""

    results: tuple[Result, ...]
    notes: tuple[str, ...] = ()

    @property
    def points(self) -> int:
        return sum(result.points for result in self.results)

    @property
    def max_points(self) -> int:
        return sum(result.max_points for result in self.results)

    @property
    def passed(self) -> bool:
        return all(result.passed for result in self.results)

    def __str__(self) -> str:
        parts = [text(result) for result in self.results]
        if len(self.results) > 1:
            parts.append(f"Together: {self.points} of {self.max_points} points.")
        return "\n\n".join([*parts, *self.notes, f"  {self.ran}"])

    @property
    def ran(self) -> str:
        """How the submission was kept apart from the grader."""
        return f"Ran as {self.results[0].level}." if self.results else ""

    __repr__ = __str__

    def _repr_html_(self) -> str:
        cards = "".join(card(result) for result in self.results)
        if len(self.results) > 1:
            cards += f"<p><b>Together: {self.points} of {self.max_points} points.</b></p>"
        notes = "".join(f"<div>{_code(note)}</div>" for note in (*self.notes, self.ran))
        return f'{cards}<div style="color:{GREY};font-size:85%">{notes}</div>'


def text(result: Result) -> str:
    """One exercise for the terminal: the sentence first, then the evidence, then the probes."""
    exercise = result.exercise
    head = f"{mark(result)} {exercise.id}  {exercise.title}"
    score = f"{result.points} of {result.max_points} points"
    lines = [f"{head}{score:>{max(WIDTH - len(head), len(score) + 2)}}"]
    lines += [_wrap(sentence, "  ") for sentence in result.says]
    if result.evidence:
        lines += ["", *(_wrap(f"{k:<9} {v}", "    ", " " * 14) for k, v in facts(result.evidence))]
    if shows_rows(result):
        lines += [
            "",
            *(f"    {'✓' if r.right else '✗'} {r.points:>2}  {r.asks}" for r in result.rows),
        ]
    if result.prints:
        lines += ["", "  Your code printed:", textwrap.indent(result.prints, "    | ")]
    lines += ["", _wrap(f"Next: {next_step(result)}", "  ")]
    if result.names:
        lines += [_wrap(f"[{', '.join(result.names)}]", "  ")]
    return "\n".join(lines)


def mark(result: Result) -> str:
    return "✓" if result.passed else "✗" if result.started else "○"


def shows_rows(result: Result) -> bool:
    """The list of probes helps when some came out right or one can be shown in words."""
    return not result.passed and (result.evidence is not None or result.points > 0)


def facts(evidence: Evidence) -> list[tuple[str, str]]:
    told = [("asked", evidence.asked), ("found", evidence.found), ("expected", evidence.expected)]
    return [*told, ("differs", evidence.differs)] if evidence.differs else told


def next_step(result: Result) -> str:
    """What to do now."""
    if result.passed:
        return f"compare with `{command()} solution {result.exercise.id}`, or go on."
    return (
        f"edit exercises/{result.exercise.name}.py; stuck? `{command()} hint {result.exercise.id}`."
    )


def card(result: Result) -> str:
    """One exercise for a notebook: inline styles only, so that it shows untrusted too."""
    colour = GREEN if result.passed else ORANGE if result.started else GREY
    share = 100 * result.points // result.max_points
    body = "".join(f'<p style="margin:6px 0">{_code(s)}</p>' for s in result.says)
    if result.evidence:
        body += '<div style="margin:8px 0">' + "".join(
            f'<div style="display:flex"><div style="color:{GREY};min-width:80px">{key}</div>'
            f"<div>{_code(value)}</div></div>"
            for key, value in facts(result.evidence)
        ) + "</div>"  # fmt: skip
        body += _picture(result)
    if shows_rows(result):
        body += '<div style="margin:8px 0">' + "".join(
            f'<div><span style="color:{GREEN if r.right else ORANGE}">{"✓" if r.right else "✗"}'
            f'</span> {escape(r.asks)} <span style="color:{GREY}">· {r.points}</span></div>'
            for r in result.rows
        ) + "</div>"  # fmt: skip
    if result.prints:
        body += (
            '<details style="margin:6px 0"><summary>Your code printed</summary>'
            f'<pre style="margin:4px 0">{escape(result.prints)}</pre></details>'
        )
    names = "".join(
        f' <span style="font-variant:small-caps;color:{GREY}">'
        f"{escape(name.lower().replace('_', ' '))}</span>"
        for name in result.names
    )
    return (
        f'<div style="border-left:5px solid {colour};padding:4px 14px;margin:8px 0;max-width:760px">'
        f'<div><b><span style="color:{colour}">{mark(result)}</span> {result.exercise.id} · '
        f"{escape(result.exercise.title)}</b>"
        f'<span style="float:right">{result.points} of {result.max_points} points</span></div>'
        '<div style="background:rgba(138,143,152,0.25);height:4px;margin:5px 0">'
        f'<div style="background:{colour};height:4px;width:{share}%"></div></div>'
        f'{body}<div style="color:{GREY};font-size:90%">Next: {_code(next_step(result))}{names}</div>'
        "</div>"
    )


def _picture(result: Result) -> str:
    """The question as a graph with the wrong edge lit, where it is about one; "" otherwise."""
    from micrograd_lab.errors import DrawingError
    from micrograd_lab.grader.counterexample import picture

    case = result.evidence and result.evidence.case
    drawn = picture(result.exercise, case) if case else None
    try:
        return f'<div style="margin:8px 0">{drawn.img()}</div>' if drawn else ""
    except DrawingError:  # no Graphviz works here; the words say it too
        return ""


def _code(sentence: str) -> str:
    """A sentence as HTML, what stands in `backticks` as code."""
    parts = escape(sentence).split("`")
    if len(parts) % 2 == 0:  # a lone backtick
        return escape(sentence)
    return "".join(f"<code>{p}</code>" if i % 2 else p for i, p in enumerate(parts))


def _wrap(sentence: str, indent: str, rest: str = "") -> str:
    return textwrap.fill(
        sentence,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=rest or indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
