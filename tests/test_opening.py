"""Where a learner goes on, and the map that shows it."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from micrograd_lab import cli
from micrograd_lab.course import course_map, lessons, map, presence, progress, questions
from micrograd_lab.errors import CourseError
from micrograd_lab.grader.exercises import every
from micrograd_lab.grader.record import Record, Standing, load

ROOT = Path(__file__).resolve().parents[1]
LESSONS = lessons.lessons(ROOT / "notebooks" / "src")
NUMBERS = [lesson.number for lesson in LESSONS]


def record(passed=(), answered=(), tried=()):
    """A record in which the exercises and the questions of these lessons are done."""
    made = Record(Path("record.json"))
    for e in every():
        if e.id[2:4] in passed or e.id in passed:
            made.exercises[e.name] = Standing(best=e.points, attempts=1)
        if e.id in tried:
            made.exercises[e.name] = Standing(attempts=1)
    for number in answered:
        sheet = questions.sheet(number)
        for question in (*sheet.predict.values(), *sheet.quiz.values()):
            wrong = next(o.key for o in question.options if o.key != question.answer)
            made.predictions[question.id] = {"answer": wrong, "right": False}
    return made


def of(number, made):
    return next(p for p in progress.course_progress(made) if p.number == number)


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course folder with a map, all lessons and one exercise; the records in it are real files."""
    for name in ("notebooks/00_start.ipynb", "exercises/ex01a_central_difference.py",
                 *(f"notebooks/{lesson.stem}.ipynb" for lesson in LESSONS)):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    monkeypatch.setenv("MICROGRAD_LAB_HOME", str(tmp_path))
    return tmp_path


def keep(course, made):
    made.path = course / ".micrograd_lab" / "record.json"
    made.save()


# The next lesson


def test_a_newcomer_begins_with_the_map():
    assert progress.next_lesson(record()) == progress.START


def test_one_answer_or_one_attempt_makes_no_newcomer():
    assert progress.next_lesson(record(tried=["ex01a"])) == "01"
    made = record()
    made.predictions["01.w-or-b"] = {"answer": "w", "right": True}
    assert progress.next_lesson(made) == "01"


@pytest.mark.parametrize("how", ["passed", "answered"])
def test_the_next_lesson_is_the_first_with_exercises_to_pass_and_questions_to_answer(how):
    assert progress.next_lesson(record(**{how: ["01"]})) == "02"
    assert progress.next_lesson(record(**{how: ["01", "02", "05"]})) == "03"
    assert progress.next_lesson(record(passed=["01", "ex02a"], answered=["03"])) == "02"


def test_a_question_left_out_keeps_a_lesson_open_until_its_exercises_pass():
    made = record(answered=["01"])
    del made.predictions["01.w-or-b"]
    assert progress.next_lesson(made) == "01"
    assert progress.next_lesson(record(passed=["ex01a"])) == "01"


def test_after_all_lessons_were_read_it_is_the_first_with_an_exercise_to_pass():
    assert progress.next_lesson(record(answered=NUMBERS, passed=["01", "02"])) == "03"
    assert progress.next_lesson(record(passed=NUMBERS)) == NUMBERS[-1]


@pytest.mark.parametrize("junk", [None, "w", {}, {"answer": "no such option"}, {"answer": ["w"]}])
def test_an_answer_that_makes_no_sense_is_no_answer(junk):
    made = record()
    made.predictions["01.w-or-b"] = junk
    assert of("01", made).answered == 0


def test_every_exercise_and_every_question_belongs_to_a_lesson():
    ways = progress.course_progress(record(passed=NUMBERS, answered=NUMBERS))
    assert [way.number for way in ways] == NUMBERS
    assert sum(way.exercises for way in ways) == len(every())
    assert all(way.done and way.share == 1 for way in ways)


@pytest.mark.parametrize(
    ("made", "stem"),
    [
        (record(), "00_start"),
        (record(tried=["ex01a"]), "01_slope"),
        (record(passed=["01"]), "02_graph"),
        (record(passed=["01"], answered=["02", "03"]), "04_paths"),
    ],
)
def test_lab_opens_the_next_lesson(course, monkeypatch, made, stem):
    opened = []
    monkeypatch.setattr(cli, "open_lab", lambda notebook, more: opened.append(notebook) or 0)
    keep(course, made)
    assert CliRunner().invoke(cli.app, ["lab"]).exit_code == 0
    assert opened == [course / "notebooks" / f"{stem}.ipynb"]


# Exercises that the learner has gone on without


def ids(*numbers):
    return [e.id for e in every() if e.id[2:4] in numbers]


@pytest.fixture
def opened(monkeypatch):
    """The notebooks that `lab` opens, which are opened by nobody."""
    found = []
    monkeypatch.setattr(cli, "open_lab", lambda notebook, more: found.append(notebook.stem) or 0)
    return found


def test_lab_goes_on_from_a_lesson_that_was_read_and_says_which_exercises_are_open(course, opened):
    first, *rest = ids("05")
    keep(course, record(passed=["01", "02", "03", "04", first], answered=["05"]))
    said = CliRunner().invoke(cli.app, ["lab"]).output
    assert opened == ["06_accumulate"]
    assert said == (
        f"Lesson 05 has {len(rest)} exercises open: {', '.join(rest)} "
        f"(micrograd-lab check {rest[0]})\n"
    )


def test_lab_says_nothing_where_nothing_was_left_open_or_a_lesson_is_named(course, opened):
    keep(course, record(passed=["01"], tried=["ex02a"]))
    assert CliRunner().invoke(cli.app, ["lab"]).output == ""
    keep(course, record(answered=["01"]))
    assert CliRunner().invoke(cli.app, ["lab", "3"]).output == ""
    assert opened == ["02_graph", "03_local"]


def test_of_many_open_exercises_the_first_are_named():
    assert progress.left_open(record(answered=["01", "02"], passed=["01"])) == (
        "Lesson 02 has 2 exercises open: ex02a, ex02b (micrograd-lab check ex02a)"
    )
    several = ids("02", "03", "04", "05")
    assert progress.left_open(record(answered=["02", "03", "04", "05"])) == (
        f"Lessons 02, 03, 04 and 05 have {len(several)} exercises open: "
        f"{', '.join(several[:6])} and {len(several) - 6} more (micrograd-lab check ex02a)"
    )
    assert progress.left_open(record()) == ""
    assert progress.left_open(record(passed=NUMBERS, answered=NUMBERS)) == ""


@pytest.mark.parametrize(
    "made",
    [
        record(),
        record(passed=["01", "02"], answered=["03"], tried=["ex04a"]),
        record(answered=NUMBERS, passed=["01"]),
        record(answered=NUMBERS, passed=NUMBERS),
    ],
    ids=["newcomer", "on the way", "all read", "all done"],
)
def test_lab_progress_and_the_map_agree(course, opened, monkeypatch, made):
    keep(course, made)
    open_ids = progress.left_open(made)
    lab = CliRunner().invoke(cli.app, ["lab"]).output
    said = CliRunner().invoke(cli.app, ["progress"]).output
    drawn = str(map.drawn(made, LESSONS))
    assert lab.strip() == open_ids
    where = "the map of the course" if opened == ["00_start"] else f"lesson {opened[0][:2]}"
    assert f"`micrograd-lab lab` opens {where}. {open_ids}".strip() in said
    for lesson in progress.course_progress(made):
        if lesson.begun:
            assert f"Lesson {lesson.number} · {lesson.so_far}\n" in said
            assert f" · {lesson.so_far}\n" in drawn
            assert ("open: " in lesson.so_far) == (lesson.behind and bool(lesson.open))
        else:
            assert f"Lesson {lesson.number}\n" in said
    if "▶" in drawn and opened != ["00_start"]:
        assert f"▶ {opened[0][:2]} · " in drawn


def test_lab_begins_with_lesson_01_where_there_is_no_map(course):
    (course / "notebooks" / "00_start.ipynb").unlink()
    assert cli.find_lesson(cli.next_lesson()).stem == "01_slope"


# The map


def test_the_map_has_every_lesson_with_its_question_goals_time_and_link():
    html = map.drawn(record(), LESSONS)._repr_html_()
    for lesson in LESSONS:
        assert f'<a href="{lesson.stem}.ipynb">{lesson.number} · {lesson.title}</a>' in html
        assert map.inline(lesson.question) in html
        assert len(lesson.goals) >= 2
        assert all(f"<li>{map.inline(goal)}</li>" in html for goal in lesson.goals)
        assert f"{lesson.minutes} min" in html
        assert (ROOT / "notebooks" / f"{lesson.stem}.ipynb").exists()


def test_the_map_shows_what_is_done_what_is_begun_and_where_to_go_on():
    drawn = map.drawn(record(passed=["01", "ex02a"], answered=["01"], tried=["ex04a"]), LESSONS)
    states = {stop.lesson.number: stop.state for stop in drawn.stops}
    assert {n: s for n, s in states.items() if s} == {"01": "done", "02": "next", "04": "begun"}
    count = len(questions.sheet("02").predict) + len(questions.sheet("02").quiz)
    said = f"1 of 2 exercises, 0 of {count} questions"
    assert said in str(drawn)
    assert said in drawn._repr_html_()


def test_a_newcomer_s_map_points_to_the_first_lesson_and_counts_nothing():
    drawn = map.drawn(record(), LESSONS)
    assert [stop.lesson.number for stop in drawn.stops if stop.state] == ["01"]
    assert " of " not in re.sub(r"(?m)^ {7}.*$", "", str(drawn))


def test_the_map_needs_neither_script_nor_style_sheet_and_its_tags_close():
    html = map.drawn(record(passed=["01"]), LESSONS)._repr_html_()
    assert not re.search(r"<(script|style|svg|iframe|input)|class=|id=|onclick", html)
    open_tags = []

    class Balance(HTMLParser):
        def handle_starttag(self, tag, attrs):
            open_tags.append(tag)

        def handle_endtag(self, tag):
            assert open_tags.pop() == tag

    Balance().feed(html)
    assert open_tags == []


def test_marks_of_markdown_become_tags_but_not_inside_code():
    assert map.inline("**a** *b* `a*b*c < d`") == (
        "<b>a</b> <em>b</em> <code>a*b*c &lt; d</code>"
    )  # fmt: skip
    assert map.plain("**a** *b* `a*b*c`") == "a b a*b*c"


def test_with_nobody_there_the_map_is_a_newcomer_s_whatever_the_record_says(course, monkeypatch):
    keep(course, record(passed=["01", "02"]))
    monkeypatch.setattr(presence, "somebody_is_there", lambda: False)
    assert str(course_map()) == str(map.drawn(record(), LESSONS))
    monkeypatch.setattr(presence, "somebody_is_there", lambda: True)
    assert str(course_map()) == str(map.drawn(record(passed=["01", "02"]), LESSONS))


def test_the_stored_map_is_that_of_a_newcomer():
    stored = json.loads((ROOT / "notebooks" / "00_start.ipynb").read_text(encoding="utf-8"))
    [shown] = [out for cell in stored["cells"] for out in cell.get("outputs", [])]
    assert "".join(shown["data"]["text/plain"]) == str(map.drawn(record(), LESSONS))
    assert "".join(shown["data"]["text/html"]) == map.drawn(record(), LESSONS)._repr_html_()


def test_a_map_whose_progress_cannot_be_read_says_so_and_is_shown(course, monkeypatch):
    path = course / ".micrograd_lab" / "record.json"
    path.parent.mkdir()
    path.write_text(json.dumps({"schema": 99, "exercises": {}, "predictions": {}}))
    monkeypatch.setattr(presence, "somebody_is_there", lambda: True)
    shown = course_map()
    assert "Your progress cannot be shown." in shown._repr_html_()
    assert "newer micrograd_lab" in str(shown)
    assert len(shown.stops) == len(LESSONS)
    path.write_text("{")
    assert "kept as record.damaged.json" in str(course_map())
    assert load().note == ""  # the damaged one is out of the way


@pytest.mark.parametrize(
    ("old", "new", "lacks"),
    [
        ("# # 01 · Slope", "# # Slope", "title"),
        ("**A model", "A model", "[*]{2}question"),
        ("When you have finished", "Afterwards", "list"),
        ("About 30 minutes", "Soon", "time"),
    ],
)
def test_a_lesson_that_does_not_introduce_itself_is_named(tmp_path, old, new, lacks):
    source = (ROOT / "notebooks" / "src" / "01_slope.py").read_text(encoding="utf-8")
    assert old in source
    path = tmp_path / "01_slope.py"
    path.write_text(source.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CourseError, match=rf"01_slope\.py: its first cell has no {lacks}"):
        lessons.read(path)


def test_choosing_the_next_lesson_loads_no_library_of_pictures(course):
    code = "import sys; from micrograd_lab import cli; cli.next_lesson(); print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# Links


LINK = re.compile(
    r"(?<!!)\[([^\]\n]*(?:\n#?[^\]\n]*)?)\]\((?!https?:|mailto:)([^)\s#]+)(?:#[^)]*)?\)"
)
PAGES = sorted(
    [*(ROOT / "notebooks" / "src").glob("*.py"), *ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
)


def prose(path):
    """What a reader sees of a page: not its code."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        text = "\n".join(line for line in text.splitlines() if line.startswith("#"))
    return re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file_and_calls_a_lesson_by_its_name(path):
    names = {lesson.stem: f"{lesson.number} · {lesson.title}" for lesson in LESSONS}
    folder = path.parent.parent if path.suffix == ".py" else path.parent
    for text, target in LINK.findall(prose(path)):
        assert (folder / target).exists(), target
        if path.suffix == ".py" and Path(target).stem in names:
            assert text == names[Path(target).stem]


def test_every_lesson_has_a_page_for_instructors_and_the_index_lists_it():
    folder = ROOT / "docs" / "instructors"
    index = (folder / "README.md").read_text(encoding="utf-8")
    assert sorted(p.stem for p in folder.glob("[0-9]*.md")) == [lesson.stem for lesson in LESSONS]
    for lesson in LESSONS:
        assert f"[{lesson.number} · {lesson.title}]({lesson.stem}.md)" in index


def test_an_instructors_page_knows_its_exercises_and_their_points():
    for lesson in LESSONS:
        page = ROOT / "docs" / "instructors" / f"{lesson.stem}.md"
        text = page.read_text(encoding="utf-8")
        own = [e for e in every() if e.id[2:4] == lesson.number]
        assert (
            f"· exercises {', '.join(e.id for e in own)} · {sum(e.points for e in own)} points"
            in text
        )
        assert f"../../notebooks/{lesson.stem}.ipynb" in text
