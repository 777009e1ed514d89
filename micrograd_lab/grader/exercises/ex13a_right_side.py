"""Exercise 13a: detach decides who moves: each term of a loss reaches one side only."""

from random import Random
from typing import Any

from micrograd_lab.grader.arrays import fractions, plain, table
from micrograd_lab.grader.spec import Exercise, Misconception, Probe


def follow(student: Any, teacher: Any, beta: float) -> Any:
    return squares(student, teacher.detach()) + beta * squares(student.detach(), teacher)


def squares(a: Any, b: Any) -> Any:
    return ((a - b) * (a - b)).sum()


# The mistakes.


def wrong_side_detached(student: Any, teacher: Any, beta: float) -> Any:
    return squares(student.detach(), teacher) + beta * squares(student, teacher.detach())


def nothing_detached(student: Any, teacher: Any, beta: float) -> Any:
    return (1 + beta) * squares(student, teacher)


def second_cut_missing(student: Any, teacher: Any, beta: float) -> Any:
    return squares(student, teacher.detach()) + beta * squares(student, teacher)


def teacher_cut_twice(student: Any, teacher: Any, beta: float) -> Any:
    return (1 + beta) * squares(student, teacher.detach())


def both_cut_in_one_term(student: Any, teacher: Any, beta: float) -> Any:
    return squares(student, teacher.detach()) + beta * squares(student.detach(), teacher.detach())


def numpy_roundtrip(student: Any, teacher: Any, beta: float) -> Any:
    import micrograd_lab as ml

    gap = student.detach().numpy() - teacher.detach().numpy()
    return ml.tensor((1 + beta) * (gap * gap).sum(), requires_grad=True)


def no_grad_around(student: Any, teacher: Any, beta: float) -> Any:
    import micrograd_lab as ml

    with ml.no_grad():
        return (1 + beta) * squares(student, teacher)


def cut_in_place(student: Any, teacher: Any, beta: float) -> Any:
    first = squares(student, teacher.detach())
    return first + beta * squares(student.detach_(), teacher)


def beta_on_both(student: Any, teacher: Any, beta: float) -> Any:
    return beta * follow(student, teacher, 1.0)


def means(student: Any, teacher: Any, beta: float) -> Any:
    return follow(student, teacher, beta) / student.detach().numel()


# The questions.


def leaf(x: Any) -> Any:
    import micrograd_lab as ml

    return ml.tensor(x, dtype=ml.float64, requires_grad=True)


def told(gradient: Any) -> Any:
    return "no gradient" if gradient is None else plain(gradient)


def value(follow: Any, student: Any, teacher: Any, beta: float) -> Any:
    return plain(follow(leaf(student), leaf(teacher), beta))


def moved(follow: Any, student: Any, teacher: Any, beta: float, k: float, which: str) -> Any:
    """The gradient of one side from k times the loss."""
    s, t = leaf(student), leaf(teacher)
    (follow(s * 1.0, t * 1.0, beta) * k).backward()
    return told({"student": s, "teacher": t}[which].grad)


def one_weight(follow: Any, w: Any, x: Any, z: Any, beta: float) -> Any:
    """Both sides made of the same weights."""
    weights = leaf(w)
    follow(weights * leaf(x), weights * leaf(z), beta).backward()
    return told(weights.grad)


def untouched(follow: Any, student: Any, teacher: Any, beta: float, k: float) -> Any:
    """What student and teacher say in another loss afterwards, and that the loss had a value."""
    s, t = leaf(student), leaf(teacher)
    a, b = s * k, t * k
    loss = follow(a, b, beta)
    (a * b).sum().backward()
    return [plain(loss), told(s.grad), told(t.grad)]


def draw_pair(rng: Random) -> dict[str, Any]:
    n, c = rng.sample((2, 3), 2)
    student = table(rng, n, c)
    teacher = [[x + rng.choice((-1, 1)) * rng.randint(2, 4) for x in row] for row in student]
    return {"student": student, "teacher": teacher, "beta": rng.choice((0.25, 0.5, 0.75))}


def draw_student(rng: Random) -> dict[str, Any]:
    return {**draw_pair(rng), "k": rng.randint(2, 5), "which": "student"}


def draw_teacher(rng: Random) -> dict[str, Any]:
    return {**draw_pair(rng), "k": rng.randint(2, 5), "which": "teacher"}


def draw_weight(rng: Random) -> dict[str, Any]:
    """Sides of opposite sign, so that every entry counts."""
    x = [rng.randint(1, 5) for _ in range(3)]
    z = [-rng.randint(6, 9) for _ in range(3)]
    return {"w": fractions(rng, 3), "x": x, "z": z, "beta": rng.choice((0.25, 0.5))}


def draw_later(rng: Random) -> dict[str, Any]:
    return {**draw_pair(rng), "k": rng.randint(2, 5)}


MOVED = "loss = follow(student, teacher, beta={beta}) · {k}: the gradient of {which}; {student}, {teacher}"

EXERCISE = Exercise(
    name="ex13a_right_side",
    title="Who is to move?",
    entry_point="follow",
    reference=follow,
    probes=(
        Probe("the value of the loss", value, 1, draw_pair,
              "follow({student}, {teacher}, beta={beta})",
              "detach changes no number: (1 + beta) times the sum of squares"),
        Probe("how the student moves", moved, 2, draw_student, MOVED,
              "it comes from the first term alone: 2·(student − teacher), times what is above"),
        Probe("how the teacher moves", moved, 2, draw_teacher, MOVED,
              "it comes from the second term alone: 2·beta·(teacher − student), times what is above"),
        Probe("student and teacher made of one weight", one_weight, 2, draw_weight,
              "student = w·x, teacher = w·z with w = {w}, x = {x}, z = {z}, beta = {beta}: w.grad",
              "x times the student's gradient plus z times the teacher's"),
        Probe("both can be used afterwards", untouched, 1, draw_later,
              "loss = follow(student, teacher, beta={beta}) with student = {k}·{student}, teacher = "
              "{k}·{teacher}; then (student * teacher).sum().backward(): the loss, and the gradients",
              "the tensors that came in keep their history; only what detach gave is cut off"),
    ),
    misconceptions=(
        Misconception(
            wrong_side_detached,
            "The cuts are on the wrong sides. What is detached stands still: in the first term, "
            "where the student is to move, detach the teacher.",
        ),
        Misconception(
            nothing_detached,
            "Nothing is cut, so both terms pull at both sides. Each term is to move one of them: "
            "detach the other.",
        ),
        Misconception(
            second_cut_missing,
            "The second term still pulls at the student. It is the teacher's: put student.detach() "
            "there.",
        ),
        Misconception(
            teacher_cut_twice,
            "The teacher is cut off in both terms and never moves. In the second term it is the "
            "student that stands still.",
        ),
        Misconception(
            both_cut_in_one_term,
            "In your second term both sides are detached: it is a constant, and moves nobody. "
            "Leave the teacher attached there.",
        ),
        Misconception(
            numpy_roundtrip,
            "The loss was computed in NumPy, which remembers nothing, and wrapped afterwards. A "
            "tensor made from an array is a new leaf: compute with the tensors themselves.",
        ),
        Misconception(
            no_grad_around,
            "no_grad() stops all recording, and the loss has no graph to go back through. To cut "
            "one thing off, detach that one thing.",
        ),
        Misconception(
            cut_in_place,
            "detach_(), with the underscore, cuts the caller's own tensor for good. detach() gives "
            "a cut one and leaves the other as it was.",
        ),
        Misconception(
            beta_on_both,
            "beta scales both terms. It belongs to the second one only: it says how slowly the "
            "teacher follows.",
        ),
        Misconception(
            means,
            "Yours is the mean of the squares. The loss asked for is their sum.",
        ),
    ),
    hints=(
        "x.detach() has x's numbers and none of its past. A term moves only what is still attached.",
        "The first term moves the student: which of the two has to stand still there?",
        "((student - teacher.detach()) ** 2).sum() is the first term. The second one has its cut "
        "on the other side, and beta in front.",
        "return ((student - teacher.detach()) ** 2).sum() + beta * ((student.detach() - teacher) "
        "** 2).sum()",
    ),
    difficulty=1,
    minutes=8,
    helpers=(plain, leaf, told),
)  # fmt: skip
