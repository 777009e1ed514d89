"""The results as pages: one for the class, one for each student; no scripts, nothing fetched."""

import statistics
from html import escape
from typing import Any

from micrograd_lab.grader.classroom.cohort import STATES, Cohort, Tally, sentence, title
from micrograd_lab.grader.classroom.jobs import Outcome
from micrograd_lab.grader.classroom.results import file_name

COLOURS = dict(zip(STATES, ("#009E73", "#E69F00", "#D55E00", "#7A3E9D", "#56B4E9", "#9aa0a8", "#d5d8dc", "#000000"), strict=True))  # fmt: skip
MARKS = dict(zip(STATES, "✓✗✗!◐○–?", strict=True))
WORDS = {"value": "another answer", "type": "another type", "shape": "another shape", "nothing": "no answer"}  # fmt: skip
STYLE = """
:root { color-scheme: light dark; --line: rgba(128,134,144,.3); --soft: rgba(128,134,144,.85) }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1080px; margin: 2em auto; padding: 0 1.2em }
h1 { font-size: 1.6em; margin-bottom: .1em } h2 { font-size: 1.15em; margin: 2em 0 .5em }
table { border-collapse: collapse } th { text-align: left; font-weight: 600 }
th, td { padding: 3px 10px 3px 0; border-bottom: 1px solid var(--line); vertical-align: top }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
.soft { color: var(--soft) } .wide { width: 100% } .scroll { overflow-x: auto }
.bar { display: flex; height: 12px; min-width: 220px; margin-top: 5px }
.bar i, .key i { display: block; height: 12px } .key { display: flex; flex-wrap: wrap; gap: 1.2em }
.key span { display: flex; align-items: center; gap: .4em } .key i { width: 12px }
.name { font-variant: small-caps; letter-spacing: .02em; white-space: nowrap }
td.cell { text-align: center; padding: 3px 6px; min-width: 2.2em }
a { color: inherit } code { font-size: .92em }
"""


def clean(text: Any) -> str:
    """Text from a submission without what would steer a terminal or turn the reading direction."""
    return "".join(c if c.isprintable() or c in "\n\t" else "�" for c in str(text))


def page(heading: str, body: str) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text(heading)}</title><style>{STYLE}</style></head>\n"
        f"<body><h1>{_text(heading)}</h1>\n{body}</body></html>\n"
    )


def student_page(outcome: Outcome) -> str:
    """One student: a card per exercise handed in, then what was not handed in."""
    graded = outcome["exercises"]
    points, full = _sum(outcome), sum(e["max_points"] for e in graded.values())
    parts = [f"<p>{points} of {full} points</p>"]
    remarks = [*outcome["problems"], *outcome["notes"]]
    if remarks:
        parts.append("<ul>" + "".join(f"<li>{_text(remark)}</li>" for remark in remarks) + "</ul>")
    for name, entry in sorted(graded.items()):
        if "card" in entry:
            parts.append(clean(entry["card"]))
        elif entry["status"] != "missing":
            parts.append(f"<p>{_text(f'{title(name)}: ' + ' '.join(entry['says']))}</p>")
    missing = [title(name) for name, e in sorted(graded.items()) if e["status"] == "missing"]
    if missing:
        parts.append(f'<p class="soft">{_text("Not handed in: " + ", ".join(missing))}.</p>')
    levels = sorted({e["level"] for e in graded.values() if "level" in e})
    parts.append(f'<p class="soft">{_text("Ran as " + "; ".join(levels) if levels else "")}</p>')
    return page(outcome["student"], "\n".join(parts))


def class_page(cohort: Cohort, rows: str, look: list[str], levels: set[str]) -> str:
    """The class: how it went, what it gets wrong, exercise by exercise, student by student."""
    half = statistics.median(cohort.totals) if cohort.totals else 0
    mean = statistics.fmean(cohort.totals) if cohort.totals else 0
    parts = [
        f"<p>{cohort.students} student{'' if cohort.students == 1 else 's'} · "
        f"mean {mean:.1f}, median {half:g} of {cohort.max_points} points</p>"
    ]
    if look:
        items = "".join(f"<li>{_text(item)}</li>" for item in look)
        parts.append(f"<h2>Somebody should look at this</h2><ul>{items}</ul>")
    if widest := cohort.widest(8):
        parts.append("<h2>What the class gets wrong most</h2>" + _mistakes(widest))
    parts += ["<h2>Exercise by exercise</h2>", _key(), _exercises(cohort)]
    heads = "".join(f"<th>{tally.id}</th>" for tally in cohort)
    parts.append(
        '<h2>Student by student</h2><div class="scroll"><table><tr><th>student</th>'
        f'<th class="n">points</th>{heads}</tr>\n{rows}</table></div>'
    )
    ran = "; ".join(sorted(levels))
    parts.append(f'<p class="soft">{_text("Submissions ran as " + ran if ran else "")}</p>')
    return page("Class results", "\n".join(parts))


def student_row(outcome: Outcome) -> str:
    """A student's line in the page of the class."""
    cells = "".join(
        f'<td class="cell" title="{escape(entry["status"])}">'
        f'<span style="color:{COLOURS[entry["status"]]}">{MARKS[entry["status"]]}</span> '
        f"{entry['points'] if 'card' in entry else ''}</td>"
        for _, entry in sorted(outcome["exercises"].items())
    )
    link = f"pages/{file_name(outcome['key'])}.html"
    return (
        f'<tr><td><a href="{escape(link)}">{_text(outcome["student"])}</a></td>'
        f'<td class="n">{_sum(outcome)}</td>{cells}</tr>\n'
    )


def _mistakes(found: list[tuple[Tally, str, int]]) -> str:
    most = found[0][2]
    lines = "".join(
        f'<tr><td>{tally.id}</td><td class="n">{n} of {tally.handed_in}</td>'
        f'<td><div class="bar" style="min-width:90px">'
        f'<i style="width:{100 * n // most}%;background:{COLOURS["known mistake"]}"></i></div></td>'
        f'<td><span class="name">{_text(name.lower().replace("_", " "))}</span><br>'
        f'<span class="soft">{_text(sentence(tally.name, name))}</span></td></tr>'
        for tally, name, n in found
    )
    return f'<table class="wide">{lines}</table>'


def _exercises(cohort: Cohort) -> str:
    lines = ""
    for tally in cohort:
        bar = "".join(
            f'<i style="flex:{tally.states[s]};background:{COLOURS[s]}" title="{s}: {tally.states[s]}"></i>'
            for s in STATES
            if tally.states[s]
        )
        known = ", ".join(
            f'<span class="name">{_text(m.lower().replace("_", " "))}</span> {n}'
            for m, n in tally.ranked()
        )
        other = ", ".join(f"{WORDS.get(k, k)} {n}" for k, n in sorted(tally.others.items()))
        known += ("; " if known and other else "") + _text(other)
        lines += (
            f"<tr><td>{tally.id}</td><td>{_text(title(tally.name))}<br>"
            f'<span class="soft">{known}</span></td><td><div class="bar">{bar}</div></td>'
            f'<td class="n">{tally.states["passed"]}</td>'
            f'<td class="n">{tally.mean:.1f} / {tally.max_points}</td></tr>\n'
        )
    return (
        '<table class="wide"><tr><th></th><th>exercise, and the mistakes made</th><th>how it went</th>'
        f'<th class="n">passed</th><th class="n">mean</th></tr>\n{lines}</table>'
    )


def _key() -> str:
    spans = "".join(
        f'<span><i style="background:{COLOURS[s]}"></i>{MARKS[s]} {s}</span>' for s in STATES
    )
    return f'<p class="key soft">{spans}</p>'


def _sum(outcome: Outcome) -> int:
    return sum(e["points"] for e in outcome["exercises"].values())


def _text(text: str) -> str:
    return escape(clean(text))
