"""Exercise 09d: a Jacobian by columns or by rows, whichever takes fewer passes."""

from random import Random
from typing import Any

from micrograd_lab.grader.spec import Exercise, Misconception, Probe


def jacobian(push: Any, pull: Any, n: int, m: int) -> Any:
    return by_columns(push, n) if n <= m else by_rows(pull, m)


def by_columns(push: Any, n: int) -> Any:
    columns = [push(unit(n, j)) for j in range(n)]
    return [list(row) for row in zip(*columns, strict=True)]


def by_rows(pull: Any, m: int) -> Any:
    return [pull(unit(m, i)) for i in range(m)]


def unit(size: int, place: int) -> list[float]:
    return [1.0 if k == place else 0.0 for k in range(size)]


def transposed(rows: Any) -> Any:
    return [list(column) for column in zip(*rows, strict=True)]


# The mistakes.


def always_reverse(push: Any, pull: Any, n: int, m: int) -> Any:
    return by_rows(pull, m)


def always_forward(push: Any, pull: Any, n: int, m: int) -> Any:
    return by_columns(push, n)


def modes_swapped(push: Any, pull: Any, n: int, m: int) -> Any:
    return by_rows(pull, m) if n <= m else by_columns(push, n)


def columns_as_rows(push: Any, pull: Any, n: int, m: int) -> Any:
    return transposed(by_columns(push, n)) if n <= m else by_rows(pull, m)


def rows_as_columns(push: Any, pull: Any, n: int, m: int) -> Any:
    return by_columns(push, n) if n <= m else transposed(by_rows(pull, m))


def transposes_all(push: Any, pull: Any, n: int, m: int) -> Any:
    return transposed(jacobian(push, pull, n, m))


def all_ones_at_once(push: Any, pull: Any, n: int, m: int) -> Any:
    if n <= m:
        return [[y] * n for y in push([1.0] * n)]
    return [pull([1.0] * m)] * m


def runs_both(push: Any, pull: Any, n: int, m: int) -> Any:
    columns, rows = by_columns(push, n), by_rows(pull, m)
    return columns if n <= m else rows


def one_pass_to_look(push: Any, pull: Any, n: int, m: int) -> Any:
    size = len(push(unit(n, 0)))
    return jacobian(push, pull, n, size)


# The questions.


def asked(jacobian: Any, table: Any) -> Any:
    """The Jacobian that comes back, and how many passes it took."""
    passes = []

    def push(tangent: Any) -> Any:
        passes.append("push")
        return [sum(a * float(t) for a, t in zip(row, tangent, strict=True)) for row in table]

    def pull(upstream: Any) -> Any:
        passes.append("pull")
        columns = zip(*table, strict=True)
        return [sum(a * float(u) for a, u in zip(c, upstream, strict=True)) for c in columns]

    return [jacobian(push, pull, len(table[0]), len(table)), len(passes)]


def matrix(rng: Random, rows: int, columns: int) -> dict[str, Any]:
    entries = rng.sample([x for x in range(-20, 21) if x], rows * columns)
    return {"table": [[float(entries.pop()) for _ in range(columns)] for _ in range(rows)]}


def draw_loss(rng: Random) -> dict[str, Any]:
    return matrix(rng, 1, rng.randint(4, 6))


def draw_curve(rng: Random) -> dict[str, Any]:
    return matrix(rng, rng.randint(4, 6), 1)


def draw_wide(rng: Random) -> dict[str, Any]:
    return matrix(rng, *rng.choice([(2, 3), (2, 4), (3, 5)]))


def draw_tall(rng: Random) -> dict[str, Any]:
    return matrix(rng, *rng.choice([(3, 2), (4, 2), (5, 3)]))


def draw_square(rng: Random) -> dict[str, Any]:
    return matrix(rng, 3, 3)


ASKED = "the Jacobian of a function whose Jacobian is {table}, and the passes it took"

EXERCISE = Exercise(
    name="ex09d_cheaper_mode",
    title="The cheaper mode",
    entry_point="jacobian",
    reference=jacobian,
    probes=(
        Probe("a loss: many inputs, one output", asked, 2, draw_loss, ASKED,
              "one pull gives the only row there is"),
        Probe("a curve: one input, many outputs", asked, 2, draw_curve, ASKED,
              "one push gives the only column there is"),
        Probe("more inputs than outputs", asked, 2, draw_wide, ASKED,
              "one pull per output, each a row"),
        Probe("more outputs than inputs", asked, 2, draw_tall, ASKED,
              "one push per input, each a column"),
        Probe("as many inputs as outputs", asked, 2, draw_square, ASKED,
              "either mode takes one pass per row or column"),
    ),
    misconceptions=(
        Misconception(
            always_reverse,
            "You always pull, one pass per output. With fewer inputs than outputs pushing is "
            "cheaper: one pass per input.",
        ),
        Misconception(
            always_forward,
            "You always push, one pass per input. A loss has a single output, and one pull gives "
            "its whole gradient; with a million inputs that is a million passes saved.",
        ),
        Misconception(
            modes_swapped,
            "The modes are the wrong way round. Forward takes one pass per input, reverse one per "
            "output: push when there are fewer inputs.",
        ),
        Misconception(
            columns_as_rows,
            "What push gives is a column: how all outputs move with one input. You set it in as a "
            "row. Turn the table at the end: zip(*columns).",
        ),
        Misconception(
            rows_as_columns,
            "What pull gives is a row already: how one output depends on all inputs. Don't turn "
            "the table in reverse mode.",
        ),
        Misconception(
            transposes_all,
            "The Jacobian is transposed: it has one row per output and one column per input.",
        ),
        Misconception(
            all_ones_at_once,
            "You send in all ones, and get the columns, or the rows, added up. Send in a 1 at one "
            "place and 0 elsewhere, once per place.",
        ),
        Misconception(
            runs_both,
            "Right, but you run both modes and keep one. Decide before you run: n <= m.",
        ),
        Misconception(
            one_pass_to_look,
            "Right, but one pass is spent to find out how many outputs there are. m says so.",
        ),
    ),
    hints=(
        "What comes out of push when the tangent is 1 for one input and 0 for the others? What "
        "comes out of pull when the upstream is 1 for one output?",
        "push gives a column of the Jacobian, pull a row. There are n columns and m rows.",
        "A list of columns becomes a list of rows by [list(row) for row in zip(*columns)].",
        "if n <= m: columns = [push(unit(n, j)) for j in range(n)], turned; else: [pull(unit(m, i)) "
        "for i in range(m)]",
    ),
    difficulty=1,
    minutes=12,
    without=("micrograd_lab",),
)  # fmt: skip
