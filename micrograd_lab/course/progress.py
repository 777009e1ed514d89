"""How far a learner has come, lesson by lesson, and where to go on."""

from dataclasses import dataclass

from micrograd_lab.command import command
from micrograd_lab.course import questions
from micrograd_lab.grader.record import Record, Standing

START = "00"  # the map of the course
NAMED = 6  # so many exercises are named in a line


@dataclass(frozen=True)
class Progress:
    """What one lesson asks, and how much of it is done."""

    number: str
    exercises: int
    open: tuple[str, ...]  # the exercises that have not passed
    questions: int  # predictions and quiz
    answered: int
    tried: bool  # an exercise was attempted, or a hint read

    @property
    def passed(self) -> int:
        return self.exercises - len(self.open)

    @property
    def begun(self) -> bool:
        return self.tried or self.answered > 0

    @property
    def done(self) -> bool:
        """Nothing is left: every exercise has passed, every question is answered."""
        return not self.open and self.answered == self.questions

    @property
    def behind(self) -> bool:
        """The learner may go on: its exercises have passed, or it was read to the last question."""
        return not self.open or self.answered == self.questions

    @property
    def so_far(self) -> str:
        """How much is done; which exercises are open, once the learner has gone on."""
        waits = f"; open: {', '.join(self.open)}" if self.behind and self.open else ""
        done = f"{self.passed} of {self.exercises} exercises"
        return f"{done}, {self.answered} of {self.questions} questions{waits}"

    @property
    def share(self) -> float:
        """From 0 to 1; an exercise counts as much as a question."""
        return (self.passed + self.answered) / (self.exercises + self.questions)


def course_progress(record: Record) -> tuple[Progress, ...]:
    """Every lesson in the order of the course."""
    return tuple(_of(path.stem[:2], record) for path in sorted(questions.FOLDER.glob("*.toml")))


def next_lesson(record: Record) -> str:
    """The number of the lesson to go on with.

    START for a newcomer.  Then the first that is not behind the learner; after all are, the first
    with an exercise still to pass, or else the last.
    """
    lessons = course_progress(record)
    if not any(lesson.begun for lesson in lessons):
        return START
    unread = [lesson for lesson in lessons if not lesson.behind]
    unsolved = [lesson for lesson in lessons if lesson.open]
    return (unread + unsolved + [lessons[-1]])[0].number


def left_open(record: Record) -> str:
    """One line on the exercises of lessons from which the learner has gone on; empty if all passed."""
    lessons = [lesson for lesson in course_progress(record) if lesson.behind and lesson.open]
    ids = [id for lesson in lessons for id in lesson.open]
    if not ids:
        return ""
    *firsts, last = [lesson.number for lesson in lessons]
    which = f"Lessons {', '.join(firsts)} and {last} have" if firsts else f"Lesson {last} has"
    more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
    return (
        f"{which} {len(ids)} exercise{'s' * (len(ids) > 1)} open: {', '.join(ids[:NAMED])}{more} "
        f"({command()} check {ids[0]})"
    )


def going_on(record: Record) -> str:
    """What `lab` would open, and which exercises were left open: the last words of `progress`."""
    ahead = next_lesson(record)
    opens = "the map of the course" if ahead == START else f"lesson {ahead}"
    return f"`{command()} lab` opens {opens}. {left_open(record)}".rstrip()


def heading(number: str, record: Record) -> str:
    """A lesson above its exercises: its number and, once it is begun, how far it is."""
    lesson = _of(number, record)
    return f"Lesson {number}" + (f" · {lesson.so_far}" if lesson.begun else "")


def _of(number: str, record: Record) -> Progress:
    from micrograd_lab.grader.exercises import every

    exercises = [e for e in every() if e.id[2:4] == number]
    standings = [record.exercises.get(e.name, Standing()) for e in exercises]
    sheet = questions.sheet(number)
    asked = [*sheet.predict.values(), *sheet.quiz.values()]
    return Progress(
        number,
        exercises=len(exercises),
        open=tuple(e.id for s, e in zip(standings, exercises, strict=True) if s.best < e.points),
        questions=len(asked),
        answered=sum(_answered(record, question) for question in asked),
        tried=any(s != Standing() for s in standings),
    )


def _answered(record: Record, question: questions.Question) -> bool:
    """As `predict` recalls it: an answer counts while it is one of the options."""
    kept = record.predictions.get(question.id)
    answer = kept.get("answer") if isinstance(kept, dict) else None
    return any(answer == option.key for option in question.options)
