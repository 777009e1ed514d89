"""Gradescope and Classroom 50 get the points and the words of this grader, in their own formats."""

import io
import json
import os
import subprocess
import sys
import zipfile

import pytest
from typer.testing import CliRunner

from micrograd_lab import cli
from micrograd_lab.errors import SandboxError
from micrograd_lab.grader.adapters import bundle, classroom50, gradescope
from micrograd_lab.grader.adapters.handed_in import graded, words
from micrograd_lab.grader.exercises import find
from micrograd_lab.grader.sandbox.levels import LIGHT

EXERCISES = find("ex01")
[SLOPE, BLAME] = [e.name for e in EXERCISES]
FULL = [e.points for e in EXERCISES]
RIGHT = "def slope(f, x, h=1e-5):\n    return (f(x + h) - f(x - h)) / (2 * h)\n"
TOO_SMALL = "print('\\x1b[2Jhello')\ndef slope(f, x, h=1e-12):\n    return (f(x + h) - f(x - h)) / (2 * h)\n"
BLAMED = "def blame(x, w, b):\n    e = w * x + b\n    return 2 * e * x, 2 * e\n"
LEAVES = "import os\nos._exit(0)\n"
ABOUT = {
    "CLASSROOM": "autumn", "ASSIGNMENT": "slopes", "ASSIGNMENT_TYPE": "group", "OWNER": "ada",
    "SUBMISSION_TAG": "submit/2026-06-01T14-32-05Z-a1b2c3d", "COMMIT_URL": "https://x/commit/1",
    "RELEASE_URL": "https://x/releases/1", "REVIEW_URL": "",
}  # fmt: skip


@pytest.fixture
def no_wall(monkeypatch):
    """What is tested here is the format, not the wall."""
    monkeypatch.setattr(
        "micrograd_lab.grader.sandbox.probe.for_others", lambda *, trust=False: LIGHT
    )


def hand_in(folder, **files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    return folder


def outcome(folder, **files):
    return graded(hand_in(folder / "submission", **files), [SLOPE, BLAME])


def unpacked(archive, folder):
    folder.mkdir(parents=True)
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        files.extractall(folder)
    return folder


# Gradescope.


def test_gradescope_hears_points_and_words_and_names_mistakes_to_instructors_alone(
    tmp_path, no_wall
):
    content = gradescope.results(outcome(tmp_path, ex01a=TOO_SMALL, ex01b=BLAMED))
    slope, blame = content["tests"]
    assert (blame["score"], blame["max_score"], blame["status"]) == (FULL[1], FULL[1], "passed")
    assert 0 < slope["score"] < slope["max_score"] == FULL[0]
    assert slope["status"] == "failed"
    assert content["score"] == slope["score"] + blame["score"]
    assert content["extra_data"]["mistakes"] == {SLOPE: ["DEFAULT_TOO_SMALL"]}
    assert "DEFAULT_TOO_SMALL" not in json.dumps(content["tests"])
    assert "asked     how far left and right of " in slope["output"]
    assert "| ␛[2Jhello" in slope["output"]
    assert content["stdout_visibility"] == "hidden"


def test_what_nobody_handed_in_counts_nothing_and_is_said_so(tmp_path, no_wall):
    content = gradescope.results(outcome(tmp_path, ex01b=BLAMED, notes="x = 1\n"))
    assert content["tests"][0]["score"] == 0
    assert content["tests"][0]["output"] == "No file was handed in."
    assert "notes.py: no exercise has that name" in content["output"]


def test_a_submission_that_ends_its_process_earns_nothing_and_stops_nothing(tmp_path, no_wall):
    content = gradescope.results(outcome(tmp_path, ex01a=LEAVES, ex01b=BLAMED))
    assert [test["score"] for test in content["tests"]] == [0, FULL[1]]


def test_results_json_is_written_even_when_the_grader_fails(tmp_path, monkeypatch, capsys):
    def refuse(*args, **more):
        raise SandboxError("no wall here")

    (tmp_path / "source").mkdir()
    (tmp_path / "source" / bundle.SETTINGS).write_bytes(bundle.settings(EXERCISES, 5.0, False))
    monkeypatch.setattr(gradescope, "graded", refuse)
    gradescope.main(tmp_path)
    content = json.loads((tmp_path / "results" / "results.json").read_text())
    assert content["score"] == 0
    assert "says nothing about your work" in content["output"]
    assert "no wall here" in capsys.readouterr().err  # for the instructor


def autograder(tmp_path, python):
    """The folder /autograder as Gradescope lays it out, with a Python that is a shell script."""
    unpacked(gradescope.archive(EXERCISES, trust=True), tmp_path / "source")
    (tmp_path / "run_autograder").write_bytes((tmp_path / "source/run_autograder").read_bytes())
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    (tmp_path / "venv/bin/python").write_text(f"#!/bin/sh\n{python}\n")
    (tmp_path / "venv/bin/python").chmod(0o755)
    subprocess.run(["bash", str(tmp_path / "run_autograder")], timeout=60, check=False, cwd="/")
    return json.loads((tmp_path / "results" / "results.json").read_text())


def test_the_zip_alone_grades_a_submission(tmp_path):
    # a module of the student's that would be imported if the grader started in their folder
    hand_in(tmp_path / "submission", ex01a=RIGHT, json="raise SystemExit(0)\n")
    content = autograder(tmp_path, f'exec "{sys.executable}" "$@"')
    assert [test["score"] for test in content["tests"]] == [FULL[0], 0]
    assert content["extra_data"]["levels"] != []


def test_a_grader_that_is_killed_leaves_a_results_json_too(tmp_path):
    assert autograder(tmp_path, "kill -9 $$") == gradescope.failed()


def test_the_zip_has_its_scripts_at_the_root_and_is_the_same_every_time():
    archive = gradescope.archive(EXERCISES)
    assert archive == gradescope.archive(EXERCISES)
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        modes = {i.filename: i.external_attr >> 16 & 0o777 for i in files.infolist()}
    assert modes["setup.sh"] == modes["run_autograder"] == 0o755
    assert modes["micrograd_lab/graph.py"] == 0o644
    assert not [name for name in modes if "__pycache__" in name]


@pytest.mark.parametrize("script", [gradescope.SETUP, gradescope.RUN])
def test_the_scripts_are_bash(script):
    subprocess.run(["bash", "-n"], input=script, text=True, check=True, timeout=60)


# Classroom 50.


def test_classroom50_hears_whole_points_that_add_up(tmp_path, no_wall):
    content = classroom50.result(
        outcome(tmp_path, ex01a=TOO_SMALL, ex01b=BLAMED), ABOUT, "2026-06-01T14:32:01Z"
    )
    tests = content["tests"]
    assert content["schema"] == "classroom50/result/v1"
    assert content["score"] == sum(test["score"] for test in tests)
    assert content["max-score"] == sum(test["max-score"] for test in tests) == sum(FULL)
    assert [test["passed"] for test in tests] == [False, True]
    assert all(type(test[key]) is int for test in tests for key in ("score", "max-score"))
    assert content["review"] == ABOUT["COMMIT_URL"]  # a runner without one says ""
    assert (content["owner"], content["assignment_type"]) == ("ada", "group")


def test_the_module_of_classroom50_writes_over_a_result_that_was_handed_in(tmp_path):
    checkout = hand_in(tmp_path / "checkout", ex01a=RIGHT, ex01b=BLAMED)
    (tmp_path / "mine").write_text("mine")
    (checkout / "result.json").symlink_to(tmp_path / "mine")
    files = classroom50.files(EXERCISES, trust=True)
    lab = unpacked(files["grader.zip"], tmp_path / "lab")
    done = subprocess.run(
        [sys.executable, "-m", "micrograd_lab.grader.adapters.classroom50", str(checkout)],
        cwd=lab, env=os.environ | ABOUT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    content = json.loads((checkout / "result.json").read_text())
    assert content["score"] == content["max-score"] == sum(FULL)
    assert content["datetime"].endswith("Z")
    assert (tmp_path / "mine").read_text() == "mine"


def test_the_time_of_a_submission_is_that_of_its_commit(tmp_path):
    def git(*args):
        who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
        when = {"GIT_COMMITTER_DATE": "2026-06-01T16:32:01+0200"}
        subprocess.run(["git", *who, *args], cwd=tmp_path, env=os.environ | when, check=True)

    git("init", "--quiet")
    git("commit", "--quiet", "--allow-empty", "--message", "work")
    assert classroom50.commit_time(tmp_path) == "2026-06-01T14:32:01Z"


def test_autograder_py_is_python():
    compile(classroom50.AUTOGRADER, "autograder.py", "exec")


# The command.


@pytest.mark.parametrize(
    ("kind", "names"),
    [("gradescope", ["gradescope.zip"]), ("classroom50", ["autograder.py", "grader.zip"])],
)
def test_export_writes_the_files_and_says_what_to_do_with_them(tmp_path, kind, names):
    done = CliRunner().invoke(
        cli.app, ["export", kind, "--out", str(tmp_path / "out"), "--only", "ex01"]
    )
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == names
    assert f"2 exercises, {sum(FULL)} points together" in done.stdout


def test_export_of_an_unknown_kind_names_those_there_are(tmp_path):
    done = CliRunner().invoke(cli.app, ["export", "moodle", "--out", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert "there are gradescope, classroom50, " in done.stderr
    assert not (tmp_path / "out").exists()


def test_export_into_a_file_is_a_clear_error(tmp_path):
    (tmp_path / "taken").write_text("mine")
    done = CliRunner().invoke(cli.app, ["export", "gradescope", "--out", str(tmp_path / "taken")])
    assert done.exit_code == 2
    assert "cannot be written" in done.stderr
    assert (tmp_path / "taken").read_text() == "mine"


def test_words_show_the_probes_when_some_came_out_right(tmp_path, no_wall):
    entry = outcome(tmp_path, ex01a=TOO_SMALL)["exercises"][SLOPE]
    lines = words(entry).splitlines()
    assert sum(line.startswith(("✓", "✗")) for line in lines) == len(EXERCISES[0].probes)
