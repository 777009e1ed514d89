"""A class of submissions: found whatever they are called, graded apart, reported safely."""

import csv
import io
import json
import os
import stat
import subprocess
import sys
import zipfile

import pytest
from typer.testing import CliRunner

from micrograd_lab import cli
from micrograd_lab.errors import FolderError, LabError
from micrograd_lab.grader.classroom import archives, cohort, jobs, reports, results, terminal
from micrograd_lab.grader.classroom.archives import read
from micrograd_lab.grader.classroom.collect import Submission, by_name, collect, entries
from micrograd_lab.grader.classroom.jobs import Job, locally, work
from micrograd_lab.grader.exercises import find
from micrograd_lab.grader.sandbox.levels import LIGHT

EXERCISES = find("ex01")
[SLOPE, BLAME] = [e.name for e in EXERCISES]
RIGHT = "def slope(f, x, h=1e-5):\n    return (f(x + h) - f(x - h)) / (2 * h)\n"
DOUBLE = "def slope(f, x, h=1e-5):\n    return (f(x + h) - f(x - h)) / h\n"
BLAMED = "def blame(x, w, b):\n    e = w * x + b\n    return 2 * e * x, 2 * e\n"


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "submissions"
    path.mkdir()
    return path


@pytest.fixture
def no_wall(monkeypatch):
    """What is tested here is the class, not the wall: in this process no submission is walled off."""
    monkeypatch.setattr(
        "micrograd_lab.grader.sandbox.probe.for_others", lambda *, trust=False: LIGHT
    )


def hand_in(folder, student, **files):
    """A folder for a student; ex01a= and ex01b= are texts by exercise."""
    for id, text in files.items():
        put(folder / student / f"{find(id)[0].name}.py", text)


def put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def zipped(path, files, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def only(folder):
    """The one submission in a folder."""
    [one] = collect(entries(folder)[0], EXERCISES)
    return one


def job(submission, **more):
    return Job(submission, (SLOPE, BLAME), 1, "f" * 32, **more)


# Finding what was handed in.


def test_folders_and_zips_are_students_and_loose_files_are_said_so(folder):
    hand_in(folder, "ada", ex01a=RIGHT)
    zipped(folder / "ben.zip", {f"{SLOPE}.py": RIGHT})
    put(folder / "notes.txt", "?")
    put(folder / ".DS_Store", "")
    (folder / "results").mkdir()
    paths, strays = entries(folder, but=folder / "results")
    assert [p.name for p in paths] == ["ada", "ben.zip"]
    assert [s.partition(":")[0] for s in strays] == ["notes.txt"]
    assert [s.files for s in collect(paths, EXERCISES)] == [{SLOPE: RIGHT}] * 2


@pytest.mark.parametrize("loose", [[], ["x.py"]])
def test_a_folder_without_submissions_is_an_error_that_says_how_it_should_look(folder, loose):
    for name in loose:
        put(folder / name, "")
    with pytest.raises(FolderError, match="one folder or one zip per student"):
        entries(folder)


@pytest.mark.parametrize(
    "name",
    ["ex01a.py", "Ex01A.PY", "ex1a.py", "ada_ex01a (2).py", "ex01a-final.py", "ex_01_a.py",
     "central_difference.py", "Central-Difference.py", "ex01a_central_diffrence.py"],
)  # fmt: skip
def test_a_misnamed_file_is_graded_and_the_name_is_noted(folder, name):
    assert by_name(name).name == SLOPE
    put(folder / "ada" / name, RIGHT)
    one = only(folder)
    assert one.files == {SLOPE: RIGHT}
    assert one.problems == ()
    assert name in one.notes[0]


@pytest.mark.parametrize("name", ["homework.py", "index01a.py", "ex99z.py", "ex01abc.py"])
def test_a_file_with_no_such_name_goes_by_what_it_defines(folder, name):
    assert by_name(name) is None
    put(folder / "ada" / name, RIGHT)
    one = only(folder)
    assert one.files == {SLOPE: RIGHT}
    assert "because it defines `slope`" in one.notes[0]


def test_a_file_that_is_no_exercise_is_reported(folder):
    hand_in(folder, "ada", ex01a=RIGHT)
    put(folder / "ada/other.py", "x = 1")
    put(folder / "ada/both.py", RIGHT + BLAMED)  # slope is there already, so this is blame
    one = only(folder)
    assert one.files == {SLOPE: RIGHT, BLAME: RIGHT + BLAMED}
    assert one.problems == ("other.py: no exercise has that name, not graded.",)


def test_of_two_files_the_exact_name_is_graded_and_the_other_reported(folder):
    put(folder / "ada" / "ex01a (1).py", DOUBLE)
    put(folder / "ada" / "deep" / f"{SLOPE}.py", RIGHT)
    one = only(folder)
    assert one.files == {SLOPE: RIGHT}
    assert "ex01a (1).py: not graded" in one.problems[0]


def test_a_whole_course_handed_in_is_the_learners_part_of_it(folder):
    put(folder / "ada/course/solutions" / f"{SLOPE}.py", RIGHT)
    put(folder / "ada/course/micrograd_lab/grader/exercises" / f"{SLOPE}.py", RIGHT)
    put(folder / "ada/course/.micrograd_lab/backups" / f"{SLOPE}.1.py", RIGHT)
    put(folder / "ada/course/exercises" / f"{SLOPE}.py", DOUBLE)
    assert only(folder).files == {SLOPE: DOUBLE}


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"# caf\xe9\n"])
def test_what_is_not_text_is_reported(folder, data):
    (folder / "ada").mkdir()
    (folder / "ada" / f"{SLOPE}.py").write_bytes(data)
    assert "UTF-8" in only(folder).problems[0]


def test_an_empty_folder_is_a_student_without_exercises(folder):
    put(folder / "ada/essay.pdf", "")
    assert only(folder).problems == ("No exercise was found. There are: essay.pdf.",)


# Hostile folders and archives.


def test_links_and_pipes_are_not_followed(folder, tmp_path):
    secret = tmp_path / "secret.py"
    secret.write_text("SECRET")
    (folder / "ada").mkdir()
    (folder / "ada" / f"{SLOPE}.py").symlink_to(secret)
    (folder / "ada" / "more").symlink_to(tmp_path)
    os.mkfifo(folder / "ada" / f"{BLAME}.py")
    (folder / "eve").symlink_to(tmp_path)
    ada, eve = collect(entries(folder)[0], EXERCISES)
    assert ada.files == eve.files == {}
    assert sum("a link to somewhere else" in p for p in ada.problems) == 2
    assert any("not an ordinary file" in p for p in ada.problems)
    assert "a link to somewhere else" in eve.problems[0]


@pytest.mark.parametrize(
    "name", ["../ex01a.py", "/etc/ex01a.py", "a/../../ex01a.py", "..\\ex01a.py", "C:\\ex01a.py"]
)
def test_a_zip_cannot_name_a_place_outside(tmp_path, name):
    before = sorted(tmp_path.rglob("*"))
    contents = read(zipped(tmp_path / "eve.zip", {name: RIGHT, "ex01b.py": BLAMED}))
    assert list(contents.python) == ["ex01b.py"]
    assert "leads out of the archive" in contents.problems[0]
    assert sorted(tmp_path.rglob("*")) == [*before, tmp_path / "eve.zip"]


def test_a_link_in_a_zip_is_not_followed(tmp_path):
    link = zipfile.ZipInfo("ex01a.py")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    contents = read(zipped(tmp_path / "eve.zip", {link: "/etc/passwd"}))
    assert contents.python == {}
    assert "a link" in contents.problems[0]


def test_a_bomb_is_read_no_further_than_the_bound(tmp_path):
    contents = read(zipped(tmp_path / "eve.zip", {"ex01a.py": b"#" * (40 << 20), "b.py": "x"}))
    assert list(contents.python) == ["b.py"]
    assert "longer than 256 KiB" in contents.problems[0]
    many = {f"{i}.py": b"#" * (200 << 10) for i in range(30)}
    contents = read(zipped(tmp_path / "mallory.zip", many))
    assert sum(map(len, contents.python.values())) <= archives.TOTAL
    assert "more than 4 MiB" in contents.problems[0]


def test_a_zip_or_folder_of_too_many_files_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "FILES", 10)
    contents = read(zipped(tmp_path / "eve.zip", {f"{i}.py": "" for i in range(11)}))
    assert contents.python == {}
    assert "more than 10 files" in contents.problems[0]
    for i in range(11):
        put(tmp_path / "eve" / f"{i}.py", "")
    assert "more than 10 files" in read(tmp_path / "eve").problems[0]


def test_a_folder_without_a_bottom_is_left(tmp_path):
    put(tmp_path / "eve" / "/".join("d" * 20) / "ex01a.py", RIGHT)
    contents = read(tmp_path / "eve")
    assert contents.python == {}
    assert "more than 8 deep" in contents.problems[0]


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "lying", "locked", "nested", "lzma"])
def test_a_damaged_or_strange_zip_is_a_problem_and_no_crash(tmp_path, damage):
    method = zipfile.ZIP_LZMA if damage == "lzma" else zipfile.ZIP_DEFLATED
    path = zipped(tmp_path / "eve.zip", {"ex01a.py": RIGHT * 50}, method)
    data = bytearray(path.read_bytes())
    if damage == "empty":
        data = bytearray()
    elif damage == "text":
        data = bytearray(b"PK, or so it says")
    elif damage == "cut":
        data = data[: len(data) // 2]
    elif damage == "lying":
        data[40:60] = b"\xff" * 20
    elif damage == "locked":
        data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    if damage == "nested":
        inner = path.read_bytes()
        zipped(path, {"inner.zip": inner})
        submission = only(tmp_path)
        assert "an archive inside" in submission.problems[0]
    else:
        contents = read(path)
        assert contents.python == {}
        assert len(contents.problems) == 1
        assert str(tmp_path) not in contents.problems[0]


# Jobs.


def test_every_student_gets_an_outcome_for_every_exercise(no_wall):
    outcome = work(job(Submission("ada", {SLOPE: DOUBLE})))
    slope, blame = (outcome["exercises"][name] for name in (SLOPE, BLAME))
    assert (slope["status"], slope["points"], slope["names"]) == (
        "known mistake", 3, ["HALF_DENOMINATOR"],
    )  # fmt: skip
    assert (blame["status"], blame["points"], blame["max_points"]) == ("missing", 0, 10)
    assert json.loads(json.dumps(outcome)) == outcome


@pytest.mark.parametrize(
    ("text", "status"),
    [(RIGHT, "passed"), ("def slope(", "does not run"), ("", "does not run"),
     ("def slope(f, x, h=0):\n    raise NotImplementedError", "not started"),
     ("def slope(f, x, h=0):\n    return f(x) + 17", "unknown mistake"),
     ("def slope(f, x, h=0):\n    while True: pass", "does not run")],
)  # fmt: skip
def test_each_state_is_told_apart(no_wall, text, status):
    outcome = work(job(Submission("ada", {SLOPE: text}), limit=3.0))
    assert outcome["exercises"][SLOPE]["status"] == status


def test_the_graders_own_failure_costs_one_exercise_only(no_wall, monkeypatch):
    from micrograd_lab.grader.grade import grade

    real = jobs.find_one("ex01a")

    def fail(exercise, *args, **more):
        if exercise is real:
            raise ZeroDivisionError
        return grade(exercise, *args, **more)

    monkeypatch.setattr("micrograd_lab.grader.grade.grade", fail)
    outcome = work(job(Submission("ada", {SLOPE: RIGHT, BLAME: BLAMED})))
    assert outcome["exercises"][SLOPE]["status"] == "lost"
    assert outcome["exercises"][BLAME]["status"] == "passed"
    assert "could not finish" in outcome["problems"][0]


class Poison:
    """Ends the process that unpickles it."""

    def __reduce__(self):
        return os._exit, (1,)


def test_a_job_that_ends_its_process_loses_nobody_elses():
    submissions = [Submission(f"s{i}", {}) for i in range(4)]
    submissions.insert(2, Submission("eve", Poison()))
    outcomes = {o["key"]: o for o in locally(map(job, submissions), 2)}
    assert set(outcomes) == {"s0", "s1", "s2", "s3", "eve"}
    assert outcomes["eve"]["exercises"][SLOPE]["status"] == "lost"
    assert all(
        o["exercises"][SLOPE]["status"] == "missing" for k, o in outcomes.items() if k != "eve"
    )


def test_jobs_are_read_as_they_are_needed():
    drawn = []

    def endless():
        for i in range(1000):
            drawn.append(i)
            yield job(Submission(f"s{i}", {}))

    running = locally(endless(), 1)
    for _ in range(5):
        next(running)
    assert len(drawn) <= 5 + 2
    running.close()


# The folder of results.


def test_results_go_on_where_they_were(tmp_path, folder):
    done = results.create(tmp_path / "out", seed=5)
    submission = Submission("ada", {SLOPE: RIGHT})
    first = done.job(submission, EXERCISES, 10.0, False)
    assert not done.has(first)
    done.keep(jobs.outcome(first, {}))
    again = results.create(tmp_path / "out")
    assert again.seed == 5
    assert again.has(again.job(submission, EXERCISES, 10.0, False))
    changed = Submission("ada", {SLOPE: RIGHT + "#"})
    assert not again.has(again.job(changed, EXERCISES, 10.0, False))
    assert not again.has(again.job(submission, EXERCISES[:1], 10.0, False))
    again.file("ada").write_text("{")
    assert not again.has(again.job(submission, EXERCISES, 10.0, False))


def test_what_was_lost_is_graded_again(tmp_path):
    done = results.create(tmp_path / "out")
    this = done.job(Submission("ada", {}), EXERCISES, 10.0, False)
    done.keep(jobs.outcome(this, {SLOPE: {"status": "lost", "says": ["?"]}}))
    assert not done.has(this)


def test_a_folder_with_other_things_is_left_alone(tmp_path):
    put(tmp_path / "out/thesis.txt", "mine")
    with pytest.raises(FolderError, match="holds other things"):
        results.create(tmp_path / "out")
    with pytest.raises(FolderError, match="no results"):
        results.load(tmp_path / "out")
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["thesis.txt"]


def test_no_student_can_choose_where_the_results_go():
    keys = ["ada", "Ada", "ada.zip", "../../x", "a/b", "a_b", "..", "", "é" * 300, "\udcff", "-rf"]
    names = [results.file_name(key) for key in keys]
    assert len({name.lower() for name in names}) == len(keys)
    assert all("/" not in name and name.strip(".") == name for name in names)
    assert all(len(name.encode()) < 200 for name in names)


# Reports.


def entry(status="known mistake", points=3, names=("HALF_DENOMINATOR",)):
    return {"status": status, "points": points, "max_points": 10, "names": list(names),
            "says": ["A sentence."], "card": "<div>card</div>", "level": "wall"}  # fmt: skip


def student(name, **exercises):
    return {"key": name, "student": name, "fingerprint": "", "notes": [], "problems": [],
            "exercises": exercises}  # fmt: skip


def test_the_cohort_counts_each_mistake_once_per_student():
    found = cohort.of(
        [student("a", **{SLOPE: entry(), BLAME: entry("passed", 10, ())}),
         student("b", **{SLOPE: entry(), BLAME: entry("missing", 0, ())}),
         student("c", **{SLOPE: entry(names=("FORWARD_ONLY",)), BLAME: entry()})]
    )  # fmt: skip
    slope, blame = found
    assert slope.ranked() == [("HALF_DENOMINATOR", 2), ("FORWARD_ONLY", 1)]
    assert (blame.handed_in, blame.students, blame.states["passed"]) == (2, 3, 1)
    assert found.totals == [13, 3, 6]
    assert found.max_points == 20
    assert "twice too large" in cohort.sentence(SLOPE, "HALF_DENOMINATOR")


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1+1", "=cmd|' /C calc'!A0"]
)
def test_no_cell_of_a_spreadsheet_calculates(text):
    [[found]] = csv.reader(io.StringIO(reports.table([[text]]).removeprefix("\ufeff")))
    assert found[0] in "'�"


def test_numbers_and_names_stay_as_they_are():
    assert reports.table([[3, -2.5, "Zoë", 'a "b", c']]) == ('\ufeff3,-2.5,Zoë,"a ""b"", c"\r\n')


def test_reports_hold_nothing_that_runs(tmp_path):
    evil = "=<script>alert(1)</script>\x1b[2J\u202e"
    made = results.create(tmp_path / "out", seed=1)
    made.keep_strays([evil])
    outcome = student(evil, **{SLOPE: entry()})
    outcome["problems"], outcome["notes"] = [evil], [evil]
    made.keep(outcome)
    reports.write(made)
    written = [p for p in (tmp_path / "out").rglob("*") if p.suffix in (".html", ".csv")]
    assert len(written) == 4
    for path in written:
        text = path.read_text(encoding="utf-8")
        assert "\x1b" not in text
        assert "\u202e" not in text
        if path.suffix == ".html":
            assert "<script" not in text
            assert "default-src 'none'" in text
    assert "'=<script>" in (tmp_path / "out/points.csv").read_text(encoding="utf-8")


# From end to end.


def test_a_class_is_graded_reported_and_gone_on_with(folder, tmp_path, capsys):
    hand_in(folder, "ada", ex01a=RIGHT, ex01b=BLAMED)
    zipped(folder / "ben.zip", {f"exercises/{SLOPE}.py": DOUBLE})
    hand_in(folder, "eve", ex01a="import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    out = tmp_path / "out"
    more = {"processes": 2, "seed": 1, "trust": True}
    assert terminal.grade(folder, out, ["ex01"], **more) == 0
    assert "HALF_DENOMINATOR" in capsys.readouterr().out
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    points = {
        s["student"]: [e["points"] for e in s["exercises"].values()] for s in report["students"]
    }
    assert points == {"ada": [10, 10], "ben": [3, 0], "eve": [0, 0]}
    assert report["exercises"][SLOPE]["mistakes"] == {"HALF_DENOMINATOR": 1}
    assert report["levels"]
    before = {p: p.stat().st_mtime_ns for p in (out / "students").iterdir()}
    hand_in(folder, "fay", ex01a=RIGHT)
    put(folder / "ada/what.py", "")
    assert terminal.grade(folder, out, ["ex01"], **more) == 1
    after = {p: p.stat().st_mtime_ns for p in (out / "students").iterdir()}
    assert {p.name for p in after if after[p] != before.get(p)} == {"ada.json", "fay.json"}
    (out / "index.html").unlink()
    assert terminal.report(out) == 1
    assert "4 students" in (out / "index.html").read_text(encoding="utf-8")


def test_without_a_wall_nothing_is_graded(folder, tmp_path, monkeypatch):
    hand_in(folder, "ada", ex01a=RIGHT)

    def refuse(*, trust=False):
        raise LabError("no wall here")

    monkeypatch.setattr(terminal, "for_others", refuse)
    done = CliRunner().invoke(cli.app, ["grade", str(folder), "--out", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert done.stderr == "no wall here\n"
    assert not (tmp_path / "out").exists()


def test_ctrl_c_keeps_what_is_graded_and_says_how_to_go_on(folder, tmp_path, monkeypatch):
    hand_in(folder, "ada", ex01a=RIGHT)
    hand_in(folder, "ben", ex01a=RIGHT)

    def one_then_stop(left, processes):
        yield jobs.outcome(next(left), {})
        raise KeyboardInterrupt

    monkeypatch.setattr(terminal, "locally", one_then_stop)
    arguments = ["grade", str(folder), "--out", str(tmp_path / "out"), "--trust-submissions"]
    done = CliRunner().invoke(cli.app, arguments)
    assert done.exit_code == 130
    assert "goes on from there" in done.stderr
    assert [p.name for p in (tmp_path / "out/students").iterdir()] == ["ada.json"]


def test_exit_codes_stand_in_the_help():
    for command in ("check", "grade", "solution"):
        assert "Exit status: 0" in CliRunner().invoke(cli.app, [command, "--help"]).output


def test_a_dask_cluster_grades_the_same(folder):
    distributed = pytest.importorskip("distributed")
    from micrograd_lab.grader.classroom.dask import on_cluster

    submissions = [Submission(f"s{i}", {SLOPE: RIGHT}) for i in range(5)]
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        todo = [job(s, trust=True) for s in submissions]
        outcomes = list(on_cluster(todo, cluster.scheduler_address))
    assert sorted(o["key"] for o in outcomes) == [s.key for s in submissions]
    assert {o["exercises"][SLOPE]["points"] for o in outcomes} == {10}


def test_dask_that_is_not_there_is_one_sentence(folder, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    hand_in(folder, "ada", ex01a=RIGHT)
    arguments = ["grade", str(folder), "--out", str(tmp_path / "out"), "--dask", "tcp://nowhere:1"]
    done = CliRunner().invoke(cli.app, arguments)
    assert done.exit_code == 2
    assert "pip install distributed" in done.stderr


def test_importing_the_class_brings_in_nothing_heavy():
    heavy = {"rich", "numpy", "distributed", "matplotlib", "pygraphviz"}
    code = (
        f"import sys, micrograd_lab.grader.classroom.terminal; print({heavy!r} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
