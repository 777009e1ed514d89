"""How far a learner has come, lesson by lesson, and where to go on."""

from dataclasses import dataclass

from micrograd_lab.course import questions
from micrograd_lab.grader.record import Record, Standing

START = "00"  # the map of the course


@dataclass(frozen=True)
class Progress:
    """What one lesson asks, and how much of it is done."""

    number: str
    exercises: int
    passed: int
    questions: int  # predictions and quiz
    answered: int
    tried: bool  # an exercise was attempted, or a hint read

    @property
    def begun(self) -> bool:
        return self.tried or self.answered > 0

    @property
    def done(self) -> bool:
        """Nothing is left: every exercise has passed, every question is answered."""
        return self.passed == self.exercises and self.answered == self.questions

    @property
    def behind(self) -> bool:
        """The learner may go on: its exercises have passed, or it was read to the last question."""
        return self.passed == self.exercises or self.answered == self.questions

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
    unsolved = [lesson for lesson in lessons if lesson.passed < lesson.exercises]
    return (unread + unsolved + [lessons[-1]])[0].number


def _of(number: str, record: Record) -> Progress:
    from micrograd_lab.grader.exercises import every

    exercises = [e for e in every() if e.id[2:4] == number]
    standings = [record.exercises.get(e.name, Standing()) for e in exercises]
    sheet = questions.sheet(number)
    asked = [*sheet.predict.values(), *sheet.quiz.values()]
    return Progress(
        number,
        exercises=len(exercises),
        passed=sum(s.best >= e.points for s, e in zip(standings, exercises, strict=True)),
        questions=len(asked),
        answered=sum(_answered(record, question) for question in asked),
        tried=any(s != Standing() for s in standings),
    )


def _answered(record: Record, question: questions.Question) -> bool:
    """As `predict` recalls it: an answer counts while it is one of the options."""
    kept = record.predictions.get(question.id)
    answer = kept.get("answer") if isinstance(kept, dict) else None
    return any(answer == option.key for option in question.options)
