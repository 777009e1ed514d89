"""The course machinery: lessons and exercises from their sources, and the questions in them."""

import base64
import builtins
import re
from pathlib import Path

import nbformat
import pytest

from micrograd_lab.course import asking, build, exercises, notebooks, predict, presence, questions
from micrograd_lab.course.__main__ import app
from micrograd_lab.course.project import find_root
from micrograd_lab.errors import CourseError
from micrograd_lab.grader import record

ROOT = Path(__file__).resolve().parents[1]

LESSON = """\
# %% [markdown]
# # 01 · A sample

# %%
from micrograd_lab.course import lesson, predict, quiz

lesson("01")

# %%
import random
import numpy as np

print("one")
print(random.random(), np.random.rand())
print(sorted({"a", "b"}), {"a", "b", "c"})

# %%
predict("01.w-or-b")

# %%
import matplotlib.pyplot as plt

_ = plt.subplots()[1].plot([1, 4, 9])

# %% tags=["raises-exception"]
1 / 0
"""

SOLUTION = '''\
"""A sample."""


def double(x):
    """Twice x."""
    ### BEGIN SOLUTION: two of them
    y = 2 * x
    return y
    ### END SOLUTION


def half(x):
    if x:
        ### BEGIN SOLUTION
        return x / 2
        ### END SOLUTION
    return 0
'''

STUB = '''\
"""A sample."""


def double(x):
    """Twice x."""
    raise NotImplementedError("your turn: two of them")


def half(x):
    if x:
        raise NotImplementedError("your turn: write this part")
    return 0
'''


def course(folder, lesson=LESSON, solution=SOLUTION):
    """A course of one lesson and one exercise, not built yet."""
    (folder / "notebooks" / "src").mkdir(parents=True)
    (folder / "solutions").mkdir()
    (folder / "notebooks" / "src" / "01_sample.py").write_text(lesson, encoding="utf-8")
    (folder / "solutions" / "ex01a_sample.py").write_text(solution, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The sample, built once; nobody may change it."""
    root = course(tmp_path_factory.mktemp("built"))
    assert build.build(root, []) == []
    return root


@pytest.fixture
def copy(built, tmp_path):
    """The built sample, to be spoiled."""
    root = course(tmp_path)
    for name in ("notebooks/01_sample.ipynb", "exercises/ex01a_sample.py", "exercises/.built.json"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes((built / name).read_bytes())
    return root


def spoil(root, change):
    """Change the stored notebook of the sample."""
    path = root / "notebooks" / "01_sample.ipynb"
    notebook = nbformat.read(path, as_version=4)
    change(notebook)
    nbformat.write(notebook, path)


# Lessons


def test_a_second_build_is_identical_to_the_byte(built):
    path = built / "notebooks" / "01_sample.ipynb"
    first = path.read_bytes()
    assert (
        notebooks.dumps(build.run(built / "notebooks" / "src" / "01_sample.py")).encode() == first
    )
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert notebook.metadata == notebooks.METADATA
    assert all(cell.metadata in ({}, {"tags": ["raises-exception"]}) for cell in notebook.cells)


def test_prints_of_one_cell_are_one_output_and_a_traceback_is_one_line(built):
    cells = nbformat.read(built / "notebooks" / "01_sample.ipynb", as_version=4).cells
    assert [output.output_type for output in cells[2].outputs] == ["stream"]
    assert len(cells[-1].outputs[0].traceback) == 1
    assert "division by zero" in cells[-1].outputs[0].traceback[0]


def test_plots_are_png_without_the_name_of_a_program(built):
    cells = nbformat.read(built / "notebooks" / "01_sample.ipynb", as_version=4).cells
    (output,) = cells[4].outputs
    assert set(output.data) == {"image/png", "text/plain"}
    assert output.metadata["image/png"]["width"] == 640
    assert b"Software" not in base64.b64decode(output.data["image/png"])


def test_check_accepts_what_build_made_and_ignores_pixels(copy):
    def other_machine(notebook):
        notebook.cells[4].outputs[0].data["image/png"] = "iVBORw0KGgo="
        notebook.cells[4].outputs[0].metadata = {}

    spoil(copy, other_machine)
    assert build.check(copy, []) == []
    assert build.check(copy, ["01"], execute=False) == []


def test_check_names_the_cell_whose_output_changed(copy):
    spoil(copy, lambda nb: nb.cells[2].outputs[0].update(text="two\n"))
    (found,) = build.check(copy, [])
    assert found.startswith("notebooks/01_sample.ipynb, cell 3:")
    assert "-[text] two" in found
    assert "+[text] one" in found
    assert build.check(copy, [], execute=False) == []


def test_check_names_the_cell_whose_source_changed_without_running_anything(copy, monkeypatch):
    monkeypatch.setattr(notebooks, "execute", None)
    spoil(copy, lambda nb: nb.cells[2].update(source='print("zwei")'))
    (found,) = build.check(copy, [], execute=False)
    assert found.startswith("notebooks/01_sample.ipynb, cell 3:")
    assert '-print("zwei")' in found


def test_check_finds_what_is_missing_and_what_is_left_over(copy):
    (copy / "notebooks" / "01_sample.ipynb").rename(copy / "notebooks" / "09_gone.ipynb")
    (copy / "exercises" / "ex01a_sample.py").rename(copy / "exercises" / "ex09a_gone.py")
    found = "\n".join(build.check(copy, [], execute=False))
    assert "notebooks/01_sample.ipynb: missing" in found
    assert "notebooks/09_gone.ipynb: left over" in found
    assert "exercises/ex01a_sample.py: missing" in found
    assert "exercises/ex09a_gone.py: left over" in found


def test_check_finds_an_edited_exercise_and_a_damaged_notebook(copy):
    (copy / "exercises" / "ex01a_sample.py").write_text("edited = True\n")
    (copy / "notebooks" / "01_sample.ipynb").write_text("not JSON")
    exercise, notebook = build.check(copy, [], execute=False)
    assert exercise == "exercises/ex01a_sample.py: differs from its solution's stub."
    assert notebook.startswith("notebooks/01_sample.ipynb: not a notebook")


def test_outputs_that_a_lesson_declares_to_vary_are_not_compared(built):
    cell = nbformat.v4.new_code_cell("# NBVAL_IGNORE_OUTPUT\n1 + 1")
    other = nbformat.from_dict({**cell, "outputs": [nbformat.v4.new_output("stream", text="2")]})
    assert notebooks.comparable(cell) == notebooks.comparable(other)


def test_a_lesson_that_fails_is_named_with_its_cell_and_leaves_the_old_notebook(copy):
    source = copy / "notebooks" / "src" / "01_sample.py"
    source.write_text(LESSON.replace('print("one")', "print(undefined)"), encoding="utf-8")
    before = (copy / "notebooks" / "01_sample.ipynb").read_bytes()
    (problem,) = build.build(copy, ["01_sample"])
    assert problem.startswith("lesson 01_sample, cell 3, which begins `import random`:")
    assert problem.endswith("NameError: name 'undefined' is not defined")
    assert (copy / "notebooks" / "01_sample.ipynb").read_bytes() == before
    assert sorted(p.name for p in (copy / "notebooks").iterdir()) == ["01_sample.ipynb", "src"]


@pytest.mark.parametrize(
    ("output", "what"),
    [
        ({"text": "<Thing at 0x7f3a5c0d1e80>"}, "an address in memory"),
        ({"text": "saved /home/ada/course/x.png"}, "a path of this machine"),
        ({"text": "in /tmp/ipykernel_123/4.py"}, "a path of this machine"),
        ({"text": "C:\\Users\\ada"}, "a path of this machine"),
        ({"text": "see /srv-of-ada/course"}, "a path of this machine"),
        ({"text": "2026-11-20"}, "a date or a time of day"),
        ({"text": "at 19:03:21"}, "a date or a time of day"),
        ({"name": "stderr", "text": "careful"}, "wrote to stderr"),
    ],
)
def test_outputs_that_would_change_are_refused(output, what):
    cell = nbformat.v4.new_code_cell("x", outputs=[nbformat.v4.new_output("stream", **output)])
    assert what in notebooks.complaint(cell, "/srv-of-ada/course")


def test_ordinary_outputs_are_not_refused():
    text = "0xff  1/home  a/b/c  https://example.org/usr/x  12:30  ratio 3/4  </div>  20-11"
    cell = nbformat.v4.new_code_cell("x", outputs=[nbformat.v4.new_output("stream", text=text)])
    assert notebooks.complaint(cell, "/srv-of-ada/course") == ""
    data = {"text/html": '<img src="data:image/png;base64,/home/aaaa/0x7f3a5c0d">'}
    cell.outputs = [nbformat.v4.new_output("display_data", data=data)]
    assert notebooks.complaint(cell, "/srv-of-ada/course") == ""


def test_a_cell_that_should_raise_and_does_not_is_refused():
    cell = nbformat.v4.new_code_cell("1", metadata={"tags": ["raises-exception"]})
    assert "raised nothing" in notebooks.complaint(cell, "/nowhere")


def test_a_semicolon_at_the_end_of_a_cell_is_refused(tmp_path):
    root = course(tmp_path, LESSON + "\n# %%\nplt.plot([1]);\n")
    with pytest.raises(CourseError, match=r"lesson 01_sample, cell 7.*\n.*write `_ = ...`"):
        notebooks.read(root / "notebooks" / "src" / "01_sample.py")


def test_nbval_and_check_leave_out_the_same_pictures():
    config = (ROOT / "tests" / "nbval.cfg").read_text()
    assert re.search(r"^regex: (.*)$", config, re.MULTILINE)[1] == notebooks.PICTURE


# Exercises


def test_a_stub_is_the_solution_without_its_regions():
    assert exercises.stub(SOLUTION, "ex01a_sample.py") == STUB


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = 1\n", "line 1: no `### BEGIN SOLUTION`"),
        ("### BEGIN SOLUTION\nx = 1\n", "line 1: this region never ends"),
        ("x = 1\n### END SOLUTION\n", "line 2: a region ends that never began"),
        ("### BEGIN SOLUTION\n### BEGIN SOLUTION\n", "line 2: a region begins inside .* line 1"),
        ("if x:\n    ### BEGIN SOLUTION\n    y = 1\n### END SOLUTION\n", "line 4: not indented"),
        ("## BEGIN SOLUTION\nx = 1\n", "line 1: write exactly"),
        ("### Begin solution\nx = 1\n", "line 1: write exactly"),
        (
            "### BEGIN SOLUTION\nif x:\n### END SOLUTION\n    y = 1\n",
            "line 2: the stub is not Python",
        ),
    ],
)
def test_wrong_markers_are_named_with_file_and_line(source, message):
    with pytest.raises(CourseError, match=rf"(solutions|exercises)/ex\.py, {message}"):
        exercises.stub(source, "ex.py")


def test_build_never_loses_a_learners_work(copy, capsys):
    path = copy / "exercises" / "ex01a_sample.py"
    path.write_text(
        mine := STUB.replace('raise NotImplementedError("your turn: two of them")', "return x + x")
    )
    (refusal,) = build.build(copy, ["ex01a"])
    assert "exercises/ex01a_sample.py holds work" in refusal
    assert "--force" in refusal
    assert path.read_text() == mine
    for number in (1, 2):
        assert build.build(copy, ["ex01a"], force=True) == []
        assert path.read_text() == STUB
        assert (copy / ".micrograd_lab/backups" / f"ex01a_sample.{number}.py").read_text() == mine
        path.write_text(mine)


def test_build_replaces_an_untouched_exercise_when_its_solution_changes(copy):
    (copy / "solutions" / "ex01a_sample.py").write_text(SOLUTION.replace("Twice x", "Two times x"))
    assert build.build(copy, ["ex01a"]) == []
    assert "Two times x" in (copy / "exercises" / "ex01a_sample.py").read_text()
    assert build.check(copy, ["ex01a"]) == []


def test_a_name_that_means_nothing_lists_the_ones_there_are(copy):
    with pytest.raises(CourseError, match=r"'ex7': no lesson .* 01_sample, ex01a_sample"):
        build.build(copy, ["ex7"])


# The command, and the folder it works in


def test_the_command_works_from_any_folder_of_the_course(copy, monkeypatch, capsys):
    monkeypatch.chdir(copy / "notebooks")
    with pytest.raises(SystemExit) as ended:
        app(["build", "--check", "--no-run"])
    assert ended.value.code == 0
    (copy / "exercises" / "ex01a_sample.py").unlink()
    with pytest.raises(SystemExit) as ended:
        app(["build", "--check", "--no-run"])
    assert ended.value.code == 1
    assert capsys.readouterr().err == "exercises/ex01a_sample.py: missing; build it.\n"


def test_the_course_is_found_upwards_or_else_from_the_package(copy, tmp_path_factory):
    assert find_root(copy / "notebooks" / "src") == copy.resolve()
    assert find_root(tmp_path_factory.mktemp("elsewhere")) == ROOT


def test_an_unattended_lesson_works_in_a_folder_of_its_own(built):
    """The kernel of the build had this folder as its home; the learner's own has no record."""
    assert (built / ".micrograd_lab/unattended/01/exercises/ex01a_sample.py").read_text() == STUB
    assert not (built / ".micrograd_lab" / "record.json").exists()


# Questions


def write_sheet(folder, text):
    (folder / "07_sample.toml").write_text(text, encoding="utf-8")
    return folder / "07_sample.toml"


QUESTION = """\
[[predict]]
id = "sum"
ask = "What is `1 + 1 < 3`?"
code = "1 + 1 < 3"
answer = "yes"

[[predict.options]]
key = "yes"
text = "True"
why = "2 is less than 3."

[[predict.options]]
key = "no"
text = "False"
why = "`<` looks at 2."
misconception = "COUNTS_ONES"
"""


@pytest.fixture
def sample(tmp_path, monkeypatch):
    """Lesson 07 with one prediction, in a course folder with an empty record."""
    write_sheet(tmp_path, QUESTION)
    monkeypatch.setattr(
        questions, "sheet", lambda number: questions.read(tmp_path / "07_sample.toml")
    )
    (tmp_path / "exercises").mkdir()
    (tmp_path / "exercises" / "ex07a_sample.py").write_text(STUB)
    monkeypatch.setenv("MICROGRAD_LAB_HOME", str(tmp_path))
    return tmp_path


def answering(monkeypatch, *answers):
    """Somebody is there and types these answers; returns the prompts they saw."""
    prompts, left = [], list(answers)

    def typed(prompt=""):
        prompts.append(prompt)
        return left.pop(0)

    monkeypatch.setattr(presence, "somebody_is_there", lambda: True)
    monkeypatch.setattr(builtins, "input", typed)
    return prompts


def test_with_nobody_there_the_answer_is_shown_folded_and_nothing_is_recorded(
    sample, monkeypatch, capsys
):
    monkeypatch.setattr(presence, "somebody_is_there", lambda: False)
    record_path = sample / ".micrograd_lab" / "record.json"
    predict("07.sum")
    said = capsys.readouterr().out
    assert said.startswith(
        "Predict: What is `1 + 1 < 3`?\n    1 + 1 < 3\n  yes  True\n  no   False\n"
    )
    assert "✓ yes: True\n      2 is less than 3." in said
    assert not record_path.exists()
    with record.editing() as kept:
        kept.predictions["07.sum"] = {"answer": "no", "right": False}
    predict("07.sum")
    assert capsys.readouterr().out == said  # whatever the learner's record says


def test_the_folded_html_needs_neither_script_nor_style_sheet_and_is_escaped(sample):
    question = questions.prediction("07.sum")
    markup = asking._question_html(question, "Predict") + asking._fold_html(question)
    assert "<code>1 + 1 &lt; 3</code>" in markup
    assert markup.count("<details>") == markup.count("</details>") == 1
    assert not re.search(r"<(script|style|svg|iframe)|class=|id=|onclick", markup)


def test_the_first_answer_is_locked_before_anything_is_revealed(sample, monkeypatch, capsys):
    prompts = answering(monkeypatch, "maybe", " NO ")
    predict("07.sum")
    said = capsys.readouterr().out
    assert "You said no. It is yes." in said
    assert "✗ no: False" in said
    assert "✓ yes: True" in said
    assert len(prompts) == 2
    assert "'maybe' is not one of yes, no" in prompts[1]
    assert record.load().predictions == {"07.sum": {"answer": "no", "right": False}}

    predict("07.sum")  # nothing left to type: asking again would fail
    assert "Your first answer was no. It is yes." in capsys.readouterr().out
    assert record.load().predictions["07.sum"]["answer"] == "no"


def test_enter_skips_and_is_not_an_answer(sample, monkeypatch, capsys):
    answering(monkeypatch, "")
    predict("07.sum")
    assert "Decide first" in capsys.readouterr().out
    assert record.load().predictions == {}


@pytest.mark.parametrize("error", [EOFError, NotImplementedError, OSError])
def test_a_closed_input_is_nobody(sample, monkeypatch, capsys, error):
    def closed(prompt=""):
        raise error

    monkeypatch.setattr(presence, "somebody_is_there", lambda: True)
    monkeypatch.setattr(builtins, "input", closed)
    predict("07.sum")
    assert "Decide first" in capsys.readouterr().out


def test_an_answer_is_taken_even_where_nothing_can_be_remembered(sample, monkeypatch, capsys):
    monkeypatch.setenv("MICROGRAD_LAB_HOME", str(sample / "nowhere"))
    answering(monkeypatch, "yes")
    predict("07.sum")
    said = capsys.readouterr().out
    assert "You said yes. Right." in said
    assert "could not be kept" in said


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(CourseError, match=r"'01\.w-or-c'\): no such prediction.*01\.w-or-b"):
        predict("01.w-or-c")
    with pytest.raises(CourseError, match=r"lesson '99': there is no such lesson\. There are: 01"):
        questions.sheet("99")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('answer = "yes"', 'answer = "da"', "answer 'da' is not among its options"),
        ('why = "2 is less than 3."', 'why = ""', "option 1: 'why' is missing or empty"),
        ('why = "2 is less than 3."', "", "option 1: 'why' is missing or empty"),
        ('key = "no"', 'key = "Yes"', "two options with different keys"),
        ("COUNTS_ONES", "counts ones", "option 2: a misconception is named in UPPER_CASE"),
        ('ask = "', 'answr = "x"\nask = "', "unknown field 'answr'"),
        ('id = "sum"', "", "'without an id': 'id' is missing"),
        ("[[predict]]", "[[predicts]]", "'predicts': only"),
        ('id = "sum"', "id = sum", "07_sample.toml: Invalid value"),
        ('answer = "yes"', "answer = 1", "'answer' must be text in quotes"),
    ],
)
def test_a_wrong_sheet_says_what_is_wrong(tmp_path, old, new, message):
    assert old in QUESTION
    with pytest.raises(CourseError, match=rf"07_sample\.toml: .*{message}|{message}"):
        questions.read(write_sheet(tmp_path, QUESTION.replace(old, new, 1)))


def test_an_id_is_taken_once_in_a_lesson(tmp_path):
    with pytest.raises(CourseError, match="this id is taken"):
        questions.read(write_sheet(tmp_path, QUESTION + QUESTION.replace("predict", "quiz")))


# The course itself

SHEETS = sorted(questions.FOLDER.glob("*.toml"))
SOURCES = sorted((ROOT / "notebooks" / "src").glob("*.py"))
LESSONS = [p for p in SOURCES if p.stem[0].isdigit() and p.stem != "00_start"]  # others only show


def test_every_lesson_has_its_sheet_of_the_same_stem():
    assert [path.stem for path in SHEETS] == [path.stem for path in LESSONS]


@pytest.mark.parametrize("path", LESSONS, ids=lambda p: p.stem)
def test_every_lesson_asks_all_its_predictions_and_its_quiz(path):
    sheet = questions.sheet(path.stem[:2])
    source = path.read_text(encoding="utf-8")
    assert re.findall(r'^predict\("(.*)"\)$', source, re.MULTILINE) == list(sheet.predict)
    assert len(sheet.predict) >= 2
    assert len(sheet.quiz) >= 3
    assert source.count(f'\nquiz("{sheet.number}")') == 1


def test_the_stored_notebooks_have_the_cells_of_their_sources():
    assert build.check(ROOT, [path.stem for path in SOURCES], execute=False) == []


def test_the_exercises_were_built_from_the_solutions_as_they_are():
    """By the manifest, not by the files: those are the learner's to change."""
    fresh = {name: exercises.digest(text) for name, text in exercises.stubs(ROOT).items()}
    assert exercises.manifest(ROOT / "exercises") == fresh
