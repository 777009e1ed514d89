"""One student is one job.  Jobs run in processes; one that breaks its process stops no other."""

import multiprocessing
import signal
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from concurrent.futures.process import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from micrograd_lab.errors import LabError
from micrograd_lab.grader.classroom.collect import Submission
from micrograd_lab.grader.exercises import find_one
from micrograd_lab.grader.spec import Exercise

if TYPE_CHECKING:
    from micrograd_lab.grader.grade import Result

Outcome = dict[str, Any]  # plain data, as it is kept in the results: see `work`
LOST = "The grader could not finish this one ({}). Grade again: only what is missing is done anew."

NOT_RUNNING = ("syntax", "import", "loading", "exit", "missing", "not callable", "time-out", "memory-out", "crash")  # fmt: skip


@dataclass(frozen=True)
class Job:
    """All that is needed to grade one student, here or on another machine."""

    submission: Submission
    exercises: tuple[str, ...]
    seed: int  # the same for the class: everybody gets the same questions
    fingerprint: str  # of everything the outcome depends on
    limit: float = 10.0  # seconds per exercise
    trust: bool = False  # grade even where nothing can be walled off


def work(job: Job) -> Outcome:
    """Grade one student.  Whatever a submission does, there is an outcome for every exercise."""
    graded = {}
    for name in job.exercises:
        exercise, text = find_one(name), job.submission.files.get(name)
        graded[name] = missing(exercise) if text is None else _graded(exercise, text, job)
    return outcome(job, graded)


def outcome(job: Job, graded: dict[str, Any]) -> Outcome:
    """One student's results as plain data."""
    lost = [f"{k}: {e['says'][0]}" for k, e in graded.items() if e["status"] == "lost"]
    return {
        "key": job.submission.key,
        "student": job.submission.student,
        "fingerprint": job.fingerprint,
        "notes": list(job.submission.notes),
        "problems": [*job.submission.problems, *lost],
        "exercises": graded,
    }


def missing(exercise: Exercise) -> dict[str, Any]:
    """The outcome of an exercise for which there is no file."""
    return _entry(exercise, "missing", says=["No file was handed in."])


def _graded(exercise: Exercise, text: str, job: Job) -> dict[str, Any]:
    from micrograd_lab.grader.grade import grade
    from micrograd_lab.grader.report import card
    from micrograd_lab.grader.sandbox.probe import for_others

    level = for_others(trust=job.trust)
    try:
        result = grade(exercise, text, seed=job.seed, limit=job.limit, level=level)
        drawn = card(result)
    except Exception as error:  # the grader's own mistake must cost nobody the rest
        return _entry(exercise, "lost", says=[LOST.format(type(error).__name__)])
    return _entry(
        exercise, _status(result), kind=result.kind, points=result.points, names=list(result.names),
        says=list(result.says),
        evidence=asdict(replace(result.evidence, case=None)) if result.evidence else None,
        rows=[[row.asks, row.points, row.right] for row in result.rows],
        prints=result.prints, level=result.level, card=drawn,
    )  # fmt: skip


def _status(result: "Result") -> str:
    if result.passed:
        return "passed"
    if not result.started:
        return "not started"
    if result.names:
        return "known mistake"
    if result.kind == "unwritten":
        return "unfinished"
    return "does not run" if result.kind in NOT_RUNNING else "unknown mistake"


def _entry(exercise: Exercise, status: str, points: int = 0, **more: Any) -> dict[str, Any]:
    known = {"status": status, "points": points, "max_points": exercise.points}
    return known | {"names": [], "says": []} | more


def locally(jobs: Iterable[Job], processes: int) -> Iterator[Outcome]:
    """The outcomes, as they come, from so many processes; at most twice as many jobs wait.

    When a process is ended from outside, by the system for want of memory say, the jobs that were
    under way are done again one at a time: only the one to blame is lost.
    """
    jobs = iter(jobs)
    while True:
        with _pool(processes) as pool:
            suspects = yield from through(pool, jobs, 2 * processes)
        if not suspects:
            return
        for job in suspects:
            with _pool(1) as pool:
                for lost in (yield from through(pool, iter([job]), 1)):
                    yield _lost(lost, "its process ended")


def _pool(processes: int) -> ProcessPoolExecutor:
    spawn = multiprocessing.get_context("spawn")  # a fork would take our locks along
    return ProcessPoolExecutor(processes, spawn, initializer=_leave_ctrl_c_to_the_parent)


def _leave_ctrl_c_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def through(
    executor: Executor, jobs: Iterator[Job], window: int
) -> Generator[Outcome, None, list[Job]]:
    """Send jobs through an executor, at most `window` at a time.

    Yields outcomes; returns the jobs that got none because the executor itself broke.
    """
    pending: dict[Future[Outcome], Job] = {}
    try:
        while True:
            while len(pending) < window and (job := next(jobs, None)) is not None:
                try:
                    pending[executor.submit(work, job)] = job
                except BrokenExecutor:
                    return [*pending.values(), job]
            if not pending:
                return []
            for future in wait(pending, return_when=FIRST_COMPLETED).done:
                try:
                    result = future.result()
                except BrokenExecutor:
                    return list(pending.values())
                except LabError:
                    raise
                except Exception as error:
                    result = _lost(pending[future], type(error).__name__)
                del pending[future]
                yield result
    finally:
        for future in pending:
            future.cancel()


def _lost(job: Job, reason: str) -> Outcome:
    says = LOST.format(reason)
    graded = {name: _entry(find_one(name), "lost", says=[says]) for name in job.exercises}
    return outcome(job, graded)
