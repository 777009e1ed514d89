"""The grader against submissions that fail, cheat or break, and everything it tells and remembers."""

import json
import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

import micrograd_lab.grader
from micrograd_lab.errors import ExerciseError
from micrograd_lab.grader import check, record, terminal
from micrograd_lab.grader.compare import alike, same
from micrograd_lab.grader.diagnose import draw
from micrograd_lab.grader.exercises import every, find
from micrograd_lab.grader.grade import grade
from micrograd_lab.grader.home import course_folder
from micrograd_lab.grader.notebook import register_magic
from micrograd_lab.grader.report import Report
from micrograd_lab.grader.runner import Run, run

ROOT = Path(__file__).parents[1]
[SLOPE] = find("ex01a")
[BLAME] = find("ex01b")
RIGHT = "def slope(f, x, h=1e-5):\n    return (f(x + h) - f(x - h)) / (2 * h)\n"
DOUBLE = "def slope(f, x, h=1e-5):\n    return (f(x + h) - f(x - h)) / h\n"
STUB = 'def slope(f, x, h=1e-5):\n    raise NotImplementedError("your turn")\n'


def said(source, exercise=SLOPE, limit=10.0):
    """Grade a text that earns nothing, and what the learner is told."""
    result = grade(exercise, source, seed=1, limit=limit)
    assert result.points == 0
    return " ".join(result.says) + (f" | {result.evidence.found}" if result.evidence else "")


# Kinds of failure, each with its own message and the learner's own line.


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = 1\ndef slope(f x):\n    pass", "cannot read the file yet. SyntaxError"),
        ("x = 1\ndef slope(f x):\n    pass", "at line 2: `def slope(f x):`"),
        ("import there_is_no_such_module", "An import did not work. ModuleNotFoundError"),
        ("def slop(f, x): ...", "defines no `slope`, which is what gets checked. It has `slop`"),
        ("slope = 3", "`slope` is an int, not something to call"),
        ("\n1 / 0", "stopped before anything could be asked. ZeroDivisionError"),
        ("\n1 / 0", "at line 2: `1 / 0`"),
        ("raise SystemExit", "ends the program while it is being read, at line 1"),
        ("def slope(f, x, h=0):\n    y = f(x)\n    return y.foo", "AttributeError"),
        ("def slope(f, x, h=0):\n    y = f(x)\n    return y.foo", "at line 3: `return y.foo`"),
        ("def slope(f, x, h=0):\n    f(x)", "None. Is there a `return`?"),
        ("def slope(f, x, h=0):\n    return 'a'", "a"),
        ("def slope(f, x, h=0):\n    return {}", "a dict, where one number was expected"),
        ("def slope(f, x, h=0):\n    return [1.0, 2.0]", "1, 2"),
        ("def slope(f, x, h=0):\n    return float('nan')", "nan: somewhere"),
        ("def slope(f, x):\n    return 1.0", "TypeError"),
        ("def slope(f, x, h=0):\n    raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("a\0b", "null bytes"),
    ],
)  # fmt: skip
def test_each_kind_of_failure_is_told_apart(source, message):
    assert message in said(source)


def test_a_wrong_number_of_values_is_said_so():
    assert "3 values instead of 2" in said("def blame(x, w, b): return 1, 2, 3", BLAME)
    assert "1 alone, where a tuple of 2 was expected" in said("def blame(x, w, b): return 1", BLAME)


def test_an_endless_loop_ends_at_the_limit_and_its_line_is_named():
    message = said("def slope(f, x, h=0):\n    while True:\n        x = x\n", limit=4.0)
    assert "Still running after 4 s, at line" in message


def test_an_endless_loop_while_loading_ends_too():
    assert "at line 1: `while True: pass`" in said("while True: pass", limit=4.0)


def test_answers_given_before_a_time_out_count():
    source = RIGHT.replace("return", "while x > 0: pass\n    return")  # the cubic is asked at 0
    assert grade(SLOPE, source, seed=1, limit=4.0).points == 4


def test_a_child_process_of_the_submission_does_not_outlive_the_check(tmp_path):
    mark = tmp_path / "alive"
    late = f"import time, pathlib; time.sleep(2); pathlib.Path({str(mark)!r}).touch()"
    source = f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {late!r}])\n" + RIGHT
    result = grade(SLOPE, source, seed=1)
    assert result.passed
    waiting = [sys.executable, "-c", "import time; time.sleep(2.5)"]
    subprocess.run(waiting, check=True)
    assert not mark.exists()


def test_prints_are_shown_back_and_capped():
    result = grade(SLOPE, "print('hello')\n" + RIGHT, seed=1)
    assert result.passed
    assert result.prints == "hello"
    flood = grade(SLOPE, "print('x' * 10**7)\n" + RIGHT, seed=1)
    assert flood.passed
    assert len(flood.prints) < 5000
    assert flood.prints.endswith("left out)")


def test_reading_input_fails_at_once_instead_of_waiting():
    assert "EOFError" in said("name = input('Your name? ')")


def test_the_environment_is_not_handed_on(monkeypatch):
    monkeypatch.setenv("SECRET_OF_THE_PARENT", "42")
    assert "KeyError" in said("import os\nos.environ['SECRET_OF_THE_PARENT']")


# Cheats.


@pytest.mark.parametrize(
    "source",
    [
        "import os\nos._exit(0)",
        "import os\ndef slope(f, x, h=0): os._exit(0)",
        "import sys\ndef slope(f, x, h=0): sys.exit(0)",
        "import os, signal\ndef slope(f, x, h=0): os.kill(os.getpid(), signal.SIGKILL)",
        "class Yes:\n    def __eq__(self, other): return True\n    __ne__ = __lt__ = __eq__\n"
        "def slope(f, x, h=0): return Yes()",
        "class Yes(float):\n    def __eq__(self, other): return True\n"
        "    def __sub__(self, other): return 0.0\n    __rsub__ = __sub__\n"
        "def slope(f, x, h=0): return Yes(7.0)",
        "def slope(f, x, h=0): return float('inf')",
        "def slope(f, x, h=0): return 10**400",
        "def slope(f, x, h=0): return 10**5000",
        "def slope(f, x, h=0):\n    y = []\n    y.append(y)\n    return y",
        # forged answers, on every channel there is
        "import json, os, sys\n"
        "forged = [{'failed': ''}, *({'probe': i, 'answer': 1.0} for i in range(9)), {'done': True}]\n"
        "text = '\\n'.join(map(json.dumps, forged)) + '\\n'\n"
        "print(text, flush=True)\nprint(text, file=sys.stderr, flush=True)\n"
        "for fd in range(3, 20):\n    try: os.write(fd, text.encode())\n    except OSError: pass\n"
        "os._exit(0)",
        "import os\nfor fd in range(3, 20):\n    try: os.write(fd, b'[' * 100000 + b'\\n')\n"
        "    except OSError: pass\nos._exit(0)",
        # the answers themselves
        "from micrograd_lab.grader.exercises.ex01a_central_difference import slope",
        "from micrograd_lab.grader.exercises import find\nslope = find('ex01a')[0].reference",
        "from solutions.ex01a_central_difference import slope",
    ],
)  # fmt: skip
def test_a_cheat_earns_nothing(source):
    said(source)


def test_the_reference_cannot_be_imported_and_the_message_says_why():
    message = said("import micrograd_lab.grader.exercises")
    assert "ImportError: micrograd_lab.grader is closed" in message


def test_each_exercise_closes_the_part_of_the_package_that_would_be_its_answer():
    value = "from micrograd_lab.scalar import Value"
    assert "micrograd_lab.scalar is closed" in said(value, *find("ex02a"))
    order = "from micrograd_lab.graph import topological_order\n"
    order += "def count_nodes(root): return len(topological_order(root))"
    assert "micrograd_lab.graph is closed" in said(order, *find("ex02b"))


def test_what_the_child_receives_holds_no_expectations(monkeypatch):
    sent = []

    def listen(line, job, *rest):
        sent.append(job)
        return Run(), b""

    monkeypatch.setattr("micrograd_lab.grader.runner._talk", listen)
    run(SLOPE, RIGHT, draw(SLOPE, Random(1)))
    job = json.loads(sent[0])
    assert set(job) == {
        "module", "file", "source", "entry", "without", "limit", "questions",
        "lab", "sealed", "drops", "landlock", "readable",
    }  # fmt: skip
    assert all(set(q) == {"number", "source", "name", "args"} for q in job["questions"])
    assert "/ (2 * h)" not in json.dumps(job["questions"])


def test_a_table_of_yesterdays_answers_does_not_pass():
    yesterday = draw(SLOPE, Random(1))[0]
    value = yesterday["a"] + yesterday["c"] * yesterday["h"] ** 2
    source = f"def slope(f, x, h=0):\n    f(x)\n    return {value}"
    assert grade(SLOPE, source, seed=1).points == 4
    assert grade(SLOPE, source, seed=2).points == 0


# Comparing.


def test_shape_and_kind_come_before_the_distance():
    assert alike([1.0, 2.0], [1.0, 2.0], 0.0)
    assert not alike([1.0], [1.0, 2.0], 9.0)
    assert not alike(1.0, [1.0], 9.0)
    assert not alike("1", 1.0, 9.0)
    assert not alike(1.0, True, 9.0)
    assert not alike({"other": "Yes"}, 1.0, 9.0)
    assert not alike(None, 0.0, 9.0)


def test_nan_is_never_right_and_infinity_only_where_it_is_meant():
    nan, inf = float("nan"), float("inf")
    assert not alike(nan, 1.0, 1e9)
    assert not alike(nan, nan, 1e9)
    assert not alike(inf, 1.0, inf)
    assert alike(inf, inf, 0.0)
    assert not alike(-inf, inf, inf)


def test_two_failures_are_alike_when_their_kind_is():
    def error(kind):
        return {"error": {"kind": kind, "message": "whatever"}}

    assert same(error("TypeError"), error("TypeError"), 0.0)
    assert not same(error("TypeError"), error("ValueError"), 0.0)
    assert not same(error("TypeError"), {"answer": 1.0}, 0.0)
    assert not same(None, {"answer": None}, 0.0)


# Names of exercises.


@pytest.mark.parametrize(
    "name", ["ex01a", "01a", "1a", "EX01A", "exercises/ex01a_central_difference.py"]
)
def test_an_exercise_is_found_by_any_of_its_names(name):
    assert find(name) == (SLOPE,)


def test_a_lessons_number_means_all_its_exercises():
    assert find("ex01") == find("1") == (SLOPE, BLAME)


@pytest.mark.parametrize("name", ["ex99", "slope", "", "ex01z", "all of them"])
def test_an_unknown_name_lists_the_known_ones(name):
    with pytest.raises(ExerciseError, match="ex01a, ex01b"):
        find(name)


# The learner's folder, check() and the record.


@pytest.fixture
def home(tmp_path, monkeypatch):
    (tmp_path / "exercises").mkdir()
    (tmp_path / "solutions").mkdir()
    for path in (ROOT / "solutions").glob("ex*.py"):
        (tmp_path / "solutions" / path.name).write_bytes(path.read_bytes())
    for exercise in every():
        stub = f"def {exercise.entry_point}(*args):\n    raise NotImplementedError('your turn')\n"
        (tmp_path / "exercises" / f"{exercise.name}.py").write_text(stub, encoding="utf-8")
    monkeypatch.setenv("MICROGRAD_LAB_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def slope_file(home):
    return home / "exercises" / "ex01a_central_difference.py"


def test_check_grades_the_learners_file_and_remembers_the_best(home, slope_file):
    slope_file.write_text(RIGHT, encoding="utf-8")
    assert check("ex01a").passed
    slope_file.write_text(DOUBLE, encoding="utf-8")
    report = check("ex01a")
    assert (report.points, report.max_points, report.passed) == (3, 10, False)
    standing = record.load(home).standing(SLOPE.name)
    assert (standing.best, standing.attempts) == (10, 2)


def test_check_of_a_lesson_grades_all_its_exercises(home, slope_file):
    slope_file.write_text(RIGHT, encoding="utf-8")
    report = check("ex01")
    assert [r.exercise.id for r in report.results] == ["ex01a", "ex01b"]
    assert (report.points, report.max_points) == (10, 20)


def test_work_not_begun_leaves_no_trace(home):
    assert not check("ex01").passed
    assert not (home / ".micrograd_lab").exists()


def test_the_report_is_the_same_every_time(slope_file):
    slope_file.write_text(RIGHT, encoding="utf-8")
    first, again = check("ex01a"), check("ex01a")
    assert str(first) == str(again)
    assert first._repr_html_() == again._repr_html_()
    assert str(slope_file.parent.parent) not in str(first) + first._repr_html_()


def test_the_report_says_the_sentence_before_the_name(slope_file):
    slope_file.write_text(DOUBLE, encoding="utf-8")
    report = check("ex01a")
    for shown in (
        str(report),
        report._repr_html_().replace("half denominator", "HALF_DENOMINATOR"),
    ):
        assert shown.index("twice too large") < shown.index("HALF_DENOMINATOR")
        assert "own code: child process with limits" in shown


def test_the_card_needs_neither_script_nor_style_sheet_and_escapes(slope_file):
    slope_file.write_text("print('<script>alert(1)</script>')\n" + DOUBLE, encoding="utf-8")
    html = check("ex01a")._repr_html_()
    assert "&lt;script&gt;" in html
    assert "<script" not in html
    assert "<style" not in html
    assert "class=" not in html


def test_a_missing_file_is_an_error_that_says_what_to_do(slope_file):
    slope_file.unlink()
    with pytest.raises(ExerciseError, match=r"is not there.*course build"):
        check("ex01a")


def test_a_file_that_is_not_utf8_is_an_error_that_says_so(slope_file):
    slope_file.write_bytes(b"# caf\xe9\n")
    with pytest.raises(ExerciseError, match="UTF-8"):
        check("ex01a")


def test_source_becomes_the_file_and_the_former_file_is_kept(home, slope_file):
    slope_file.write_text(DOUBLE, encoding="utf-8")
    report = check("ex01a", source=RIGHT)
    assert report.passed
    assert slope_file.read_text(encoding="utf-8") == RIGHT
    backups = home / ".micrograd_lab" / "backups"
    assert (backups / "ex01a_central_difference.1.py").read_text(encoding="utf-8") == DOUBLE
    check("ex01a", source=RIGHT)
    check("ex01a", source=DOUBLE)
    assert len(list(backups.iterdir())) == 2


def test_an_unfinished_cell_never_covers_a_file(slope_file):
    slope_file.write_text(RIGHT, encoding="utf-8")
    report = check("ex01a", source=STUB)
    assert not report.passed
    assert "stays as it is" in str(report)
    assert slope_file.read_text(encoding="utf-8") == RIGHT


def test_source_needs_exactly_one_exercise():
    with pytest.raises(ExerciseError, match="ex01a, ex01b"):
        check("ex01", source=RIGHT)


def test_the_cell_magic_saves_and_shows(slope_file, monkeypatch, capsys):
    shown = []

    class Shell:
        def register_magic_function(self, function, kind, name):
            assert (kind, name) == ("cell", "exercise")
            self.magic = function

    shell = Shell()
    register_magic(shell)
    register_magic(None)
    monkeypatch.setattr("IPython.display.display", shown.append)
    shell.magic(" ex01a ", RIGHT)
    assert isinstance(shown[0], Report)
    assert shown[0].passed
    assert slope_file.read_text(encoding="utf-8") == RIGHT
    shell.magic("ex77", RIGHT)
    assert "There is no exercise 'ex77'" in capsys.readouterr().out


def test_the_course_folder_is_found_from_a_folder_inside_it(home, monkeypatch):
    inside = home / "notebooks" / "deeper"
    inside.mkdir(parents=True)
    monkeypatch.delenv("MICROGRAD_LAB_HOME")
    monkeypatch.chdir(inside)
    assert course_folder().resolve() == home.resolve()


def test_the_packages_own_specs_are_not_taken_for_a_course_folder(monkeypatch):
    monkeypatch.delenv("MICROGRAD_LAB_HOME", raising=False)
    monkeypatch.chdir(Path(micrograd_lab.grader.__file__).parent)
    assert course_folder().name != "grader"


def test_a_home_without_exercises_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv("MICROGRAD_LAB_HOME", str(tmp_path))
    with pytest.raises(ExerciseError, match="MICROGRAD_LAB_HOME"):
        course_folder()


@pytest.mark.parametrize(
    "damage",
    ["", "{", "[]", "null", '{"schema": 1}', '{"schema": "x", "exercises": 3}', "\udcff",
     '{"schema": 1, "exercises": {"a": {"best": null}}, "predictions": {}}', "[" * 100_000],
)  # fmt: skip
def test_a_damaged_record_is_moved_aside_and_said_so(home, damage):
    path = home / ".micrograd_lab" / "record.json"
    path.parent.mkdir()
    path.write_bytes(damage.encode("utf-8", "surrogateescape"))
    with record.editing(home) as fresh:
        assert "record.damaged.json" in fresh.note
        fresh.predictions["01.h"] = {"answer": "b", "right": True}
    damaged = path.with_name("record.damaged.json")
    assert damaged.read_bytes() == damage.encode("utf-8", "surrogateescape")
    assert record.load(home).predictions == {"01.h": {"answer": "b", "right": True}}


def test_a_second_damaged_record_does_not_replace_the_first(home):
    path = home / ".micrograd_lab" / "record.json"
    path.parent.mkdir()
    for text in ("one", "two"):
        path.write_text(text, encoding="utf-8")
        record.load(home)
    kept = sorted(p.read_text(encoding="utf-8") for p in path.parent.glob("record.damaged*"))
    assert kept == ["one", "two"]


def test_a_record_of_a_newer_version_is_left_alone(home):
    path = home / ".micrograd_lab" / "record.json"
    path.parent.mkdir()
    text = '{"schema": 99, "exercises": {}, "predictions": {}}'
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ExerciseError, match="newer"):
        record.load(home)
    assert path.read_text(encoding="utf-8") == text


def test_a_record_that_cannot_be_written_is_a_note_not_a_crash(home, monkeypatch, slope_file):
    def refuse(path, text):
        raise PermissionError(13, "Permission denied")

    slope_file.write_text(RIGHT, encoding="utf-8")
    monkeypatch.setattr(record, "write_text", refuse)
    report = check("ex01a")
    assert report.passed
    assert "could not be saved: Permission denied" in str(report)


def test_an_interrupted_write_leaves_the_old_record(home, monkeypatch):
    with record.editing(home) as first:
        first.predictions["a"] = 1

    def fail(self, target):
        raise OSError("power cut")

    monkeypatch.setattr(Path, "replace", fail)
    with record.editing(home) as second:
        second.predictions["a"] = 2
    monkeypatch.undo()
    assert record.load(home).predictions == {"a": 1}
    assert [p.name for p in (home / ".micrograd_lab").iterdir()] == ["record.json"]


# The terminal.


def test_check_without_a_name_takes_the_next_unsolved(home, slope_file, capsys):
    slope_file.write_text(RIGHT, encoding="utf-8")
    assert terminal.check([]) == 0
    assert "ex01a" in capsys.readouterr().out
    assert terminal.check([]) == 1
    assert "ex01b" in capsys.readouterr().out


def test_check_all_adds_up(home, slope_file, capsys):
    slope_file.write_text(RIGHT, encoding="utf-8")
    assert terminal.check(["all"]) == 1
    total = sum(e.points for e in every())
    assert f"Together: 10 of {total} points." in capsys.readouterr().out


def test_an_unknown_name_ends_with_status_2_and_one_sentence(home, capsys):
    for command in (terminal.hint, terminal.solution):
        assert command("ex99") == 2
    assert terminal.check(["ex99"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("There is no exercise 'ex99'") == 3
    assert "Traceback" not in shown.err


def test_hints_come_one_at_a_time_and_are_counted(home, capsys):
    shown = []
    for _ in range(len(SLOPE.hints) + 1):
        assert terminal.hint("ex01a") == 0
        shown.append(capsys.readouterr().out)
    for text, hint in zip(shown, SLOPE.hints, strict=False):
        assert hint in text
    assert "3 more hints" in shown[0]
    assert "That was the last one" in shown[-1]
    assert record.load(home).standing(SLOPE.name).hints == len(SLOPE.hints)


def test_the_hint_of_a_lesson_is_for_its_first_unsolved_exercise(home, slope_file, capsys):
    slope_file.write_text(RIGHT, encoding="utf-8")
    check("ex01a")
    terminal.hint("ex01")
    assert "ex01b" in capsys.readouterr().out


def test_a_solution_needs_a_pass_or_a_second_request(home, capsys):
    assert terminal.solution("ex01a") == 1
    assert "/ (2 * h)" not in capsys.readouterr().out
    assert terminal.solution("ex01a") == 0
    shown = capsys.readouterr().out
    assert "/ (2 * h)" in shown
    assert "###" not in shown


def test_a_solution_is_shown_after_a_pass_or_when_really_wanted(home, slope_file, capsys):
    assert terminal.solution("ex01b", really=True) == 0
    slope_file.write_text(RIGHT, encoding="utf-8")
    check("ex01a")
    assert terminal.solution("ex01a") == 0


def test_progress_counts_only_what_was_earned(home, slope_file, capsys):
    slope_file.write_text(DOUBLE, encoding="utf-8")
    check("ex01a")
    assert terminal.progress() == 0
    shown = capsys.readouterr().out
    assert f"3 of {sum(e.points for e in every())} points" in shown
    assert "✗ ex01a" in shown
    assert "○ ex01b" in shown
    assert "Next: exercises/ex01a_central_difference.py" in shown


def test_a_record_with_too_many_points_does_not_boast(home, capsys):
    with record.editing(home) as edited:
        edited.standing(SLOPE.name).best = 10_000
    terminal.progress()
    assert f"10 of {sum(e.points for e in every())} points" in capsys.readouterr().out


def test_importing_the_grader_brings_in_nothing_heavy():
    code = "import sys, micrograd_lab.grader.checking, micrograd_lab.grader.terminal\n"
    code += "print(sorted({'rich', 'IPython', 'numpy', 'matplotlib', 'numba'} & set(sys.modules)))"
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert shown.stdout.strip() == "[]"
