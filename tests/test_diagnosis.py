"""What the grader says of a wrong answer: the mistake if it is known, else a small case in a picture."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from micrograd_lab.grader import matrix
from micrograd_lab.grader.counterexample import picture
from micrograd_lab.grader.diagnose import agreement, answer_key, answers, draw, explain
from micrograd_lab.grader.exercises import every, find
from micrograd_lab.grader.grade import grade
from micrograd_lab.grader.report import card, text
from micrograd_lab.grader.shrink import Case, Plain, cost, simpler, smallest
from micrograd_lab.grader.small_graphs import shapes, small_graphs

[BACKWARD], [OP_TABLE], [SLOPE] = find("ex05b"), find("ex12d"), find("ex01a")
ORDER = "from micrograd_lab.graph import topological_order\n"
WALK = """
def backward(root):
    root.grad = 1.0
    for node in reversed(topological_order(root)):
        for k, (parent, local) in enumerate(zip(node.parents, node.local_grads)):
            {}
"""
FORGETS_SECOND = ORDER + WALK.format(
    "if k != 1 or parent is node.parents[0]: parent.grad += local * node.grad"
)
each_exercise = pytest.mark.parametrize("exercise", every(), ids=lambda e: e.id)


# The confusion matrix, quick form; the long one is docs/confusion.md.


@each_exercise
def test_everything_is_called_what_it_is(exercise):
    for line in matrix.confusion(exercise, range(900, 902)):
        assert line.good(exercise.points), (line.name, line.called, line.points)
        assert all(type(p) is int and 0 <= p <= exercise.points for p in line.points)


@each_exercise
def test_right_answers_written_differently_pass_through_the_wall(exercise):
    for name, source in matrix.alternatives(exercise).items():
        assert grade(exercise, source, seed=7).passed, name


def test_the_matrix_notices_a_name_that_is_not_earned():
    line = matrix.Line("A", "A")
    line.called.update({"A": 96, "no name": 4})
    line.points.update([5])
    assert line.good(10)
    line.called.update({"B": 1})
    assert not line.good(10)


@pytest.mark.parametrize(
    ("wanted", "called", "points"),
    [
        ("right", {"right": 9, "no name": 1}, [10, 9]),
        ("A", {"A": 94, "no name": 6}, [5]),
        ("A", {"A": 100}, [10]),
        ("not written yet", {"not written yet": 10}, [0, 1]),
    ],
)
def test_the_matrix_notices_what_misses_its_mark(wanted, called, points):
    line = matrix.Line("A", wanted)
    line.called.update(called)
    line.points.update(points)
    assert not line.good(10)


def test_the_matrix_writes_the_page_only_for_all_exercises(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(matrix, "ROOT", tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / f"{SLOPE.name}.py").write_text(
        "def slope(f, x, h=1e-5):\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION\n"
    )
    monkeypatch.setattr(matrix, "ProcessPoolExecutor", ThreadPoolExecutor)
    assert matrix.main(["ex01a", "--seeds", "2"]) == 0
    assert "| `FORWARD_ONLY` | " in capsys.readouterr().out
    assert not (tmp_path / "docs" / "confusion.md").exists()
    monkeypatch.setattr(matrix, "every", lambda: (SLOPE,))
    assert matrix.main(["--seeds", "2"]) == 0
    page = (tmp_path / "docs" / "confusion.md").read_text(encoding="utf-8")
    assert "1 exercises, 10 known mistakes" in page


# Diagnosis.


def test_an_implementation_that_changes_its_arguments_spoils_no_other_answer():
    [measured] = find("ex07a")
    args = draw(measured, Random(1))
    before = [dict(a) for a in args]

    def spoils(f, xs, *rest):
        xs.clear()

    answers(measured, spoils, args)
    assert args == before


def test_what_is_not_written_yet_does_not_hide_a_mistake_in_what_is():
    solution = matrix.solution(OP_TABLE)
    source = solution + (
        "\n_whole = op_table\n"
        "def op_table():\n"
        "    rows = dict(_whole())\n"
        "    del rows['tanh'], rows['log']\n"
        "    rows['exp'] = (np.exp, lambda g, y, x: (g * x,))\n"
        "    return rows\n"
    )
    result = grade(OP_TABLE, source, seed=1)
    assert result.names == ("EXP_USES_INPUT",)
    assert "a row for log" in result.says[-1]


def test_a_table_with_missing_rows_is_still_to_be_written_and_not_wrong():
    solution = matrix.solution(OP_TABLE)
    source = solution + "\n_whole = op_table\ndef op_table():\n    rows = dict(_whole())\n"
    result = grade(OP_TABLE, source + "    del rows['exp']\n    return rows\n", seed=1)
    assert (result.kind, result.names) == ("unwritten", ())
    assert result.says == ("A good start. Still to be written: a row for exp.",)
    assert result.evidence.found == "not written yet: a row for exp"
    empty = grade(OP_TABLE, "def op_table():\n    return {}\n", seed=1)
    assert (empty.points, empty.started) == (0, False)
    assert "a row for add" in empty.says[0]


def test_two_explanations_equally_good_are_none():
    twin = dataclasses.replace(BACKWARD, misconceptions=2 * BACKWARD.misconceptions[:1])
    args = draw(twin, Random(1))
    key = answer_key(twin, args)
    assert explain(twin, key.wrong[0], key) == ()
    assert explain(BACKWARD, key.wrong[0], answer_key(BACKWARD, args)) == twin.misconceptions[:1]


# The smallest case.


@each_exercise
def test_a_simple_question_is_one_that_the_reference_answers(exercise):
    for i, probe in enumerate(exercise.probes):
        asking = dataclasses.replace(exercise, probes=(probe,))
        for args in simpler(probe)[:4]:
            [right] = answers(asking, exercise.reference, [args])
            [usual] = answers(asking, exercise.reference, [draw(exercise, Random(1))[i]])
            assert set(right) == set(usual), args


@each_exercise
def test_the_smallest_case_is_wrong_and_no_larger_than_the_first(exercise):
    wrong = exercise.misconceptions[0].wrong
    args = draw(exercise, Random(5))
    key = answer_key(exercise, args)
    failed = [i for i, ok in enumerate(agreement(exercise, key.wrong[0], key.right)) if not ok]
    first = Case(failed[0], args[failed[0]], key.wrong[0][failed[0]], key.right[failed[0]])

    def ask(asking, args):
        return answers(asking, wrong, args)

    found = smallest(exercise, first, failed, ask)
    probe = dataclasses.replace(exercise, probes=(exercise.probes[found.probe],))
    assert not all(agreement(probe, [found.found], [found.expected]))
    assert found.probe in failed
    assert found == smallest(exercise, first, failed, ask)


def test_a_large_graph_shrinks_to_one_of_at_most_four_nodes():
    only = dataclasses.replace(BACKWARD, probes=(BACKWARD.probes[4],))
    result = grade(only, FORGETS_SECOND, seed=3)
    assert result.kind == "value"
    assert len(result.evidence.case.args["edges"]) <= 4
    assert cost(result.evidence.case.args) < cost(draw(only, Random(3))[0])


def test_the_small_graphs_are_all_there_and_all_connected():
    found = list(shapes())
    assert ((), (0,)) in found
    assert ((), (0, 0)) in found
    assert ((), (0,), (0,), (1, 2)) in found  # the diamond
    assert ((), (0,), (1,), (1, 2)) in found  # a short way and a long way
    assert len(set(found)) == len(found)
    for graph in small_graphs():
        edges = [edge for node in graph["edges"] for edge in node]
        assert {parent for parent, _ in edges} == set(range(len(graph["edges"]) - 1))
        assert len({local for _, local in edges}) == len(edges)


def test_plain_numbers_are_simple_inside_the_range_and_none_is_ruled_out():
    rng = Plain(1)
    assert {rng.randint(1, 9) for _ in range(9000)} == set(range(1, 10))
    assert {rng.randint(-3, 3) for _ in range(9000)} == set(range(-3, 4))
    assert {rng.randint(-9, -7) for _ in range(900)} == {-9, -8, -7}
    drawn = [rng.uniform(2, 3) for _ in range(900)]
    assert all(2 <= x <= 3 for x in drawn)
    assert drawn.count(2.5) > 600
    assert len(set(drawn)) > 10
    assert 0 not in [rng.uniform(-2, 2) for _ in range(900)]


def test_no_answer_the_second_time_is_no_smaller_case():
    args = draw(BACKWARD, Random(1))
    first = Case(0, args[0], {"answer": [0, 0, 0]}, {"answer": [1, 2, 3]})
    assert smallest(BACKWARD, first, [0, 4], lambda asking, args: [None] * len(args)) == first


# The picture.


def shown(source, exercise=BACKWARD):
    result = grade(exercise, source, seed=3)
    return result, picture(exercise, result.evidence.case)


def test_the_wrong_edge_is_lit_and_said_in_words():
    result, drawn = shown(FORGETS_SECOND)
    assert result.names == ()
    assert "None of the known mistakes" in result.says[0]
    assert drawn.alt.endswith("is missing.")
    assert drawn.source.count("dir=back") >= 1
    assert f'<img alt="{drawn.alt}"' in card(result)


def test_where_no_edge_explains_it_none_is_lit():
    source = ORDER + WALK.format(
        "parent.grad += local * node.grad + (len(node.parents) > 1) * (parent.parents == ())"
    )
    case = Case(
        4, {"edges": [[], [[0, 2], [0, 3]]]}, {"answer": [7.0, 1.0]}, {"answer": [5.0, 1.0]}
    )
    drawn = picture(BACKWARD, case)
    assert drawn.alt == "node 0: its gradient should be 5, not 7."
    assert "dir=back" not in drawn.source
    assert grade(BACKWARD, source, seed=3).names == ()


def test_the_node_nearest_to_the_root_is_the_one_pointed_at():
    chain = {"edges": [[], [[0, 2]], [[1, 3]]]}
    drawn = picture(BACKWARD, Case(4, chain, {"answer": [0.0, 0.0, 1.0]}, {"answer": [6, 3, 1]}))
    assert drawn.alt.startswith("node 1: its gradient should be 3, not 0.")
    assert "3 × 1, is missing" in drawn.alt


@pytest.mark.parametrize(
    "found",
    [None, {"error": {"kind": "TypeError"}}, {"answer": None}, {"answer": [1.0]},
     {"answer": ["a", {"other": "dict"}, None]}],
)  # fmt: skip
def test_an_answer_without_numbers_is_not_drawn(found):
    chain = {"edges": [[], [[0, 2]], [[1, 3]]]}
    assert picture(BACKWARD, Case(4, chain, found, {"answer": [6, 3, 1]})) is None


def test_a_question_about_no_graph_is_not_drawn():
    result, drawn = shown("def slope(f, x, h=1e-5):\n    return 7.5\n", SLOPE)
    assert result.kind == "value"
    assert drawn is None


def test_the_picture_is_in_the_notebook_and_the_words_are_in_the_terminal():
    result, _ = shown(FORGETS_SECOND)
    assert 'src="data:image/svg+xml' in card(result)
    assert "expected" in text(result)
    assert "differs" in text(result)
    assert card(result) == card(grade(BACKWARD, FORGETS_SECOND, seed=3))


# Kinds of failure.


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("def slope(", "syntax"),
        ("import there_is_no_such_module", "import"),
        ("1 / 0", "loading"),
        ("raise SystemExit", "exit"),
        ("x = 1", "missing"),
        ("slope = 3", "not callable"),
        ("import os\nos._exit(3)", "crash"),
        ("def slope(f, x, h=0):\n    f(x)\n    raise ValueError('no')", "exception"),
        ("def slope(f, x, h=0):\n    f(x)\n    return bytearray(10**12)", "memory-out"),
        ("def slope(f, x, h=0):\n    f(x)", "nothing"),
        ("def slope(f, x, h=0):\n    f(x)\n    return 'a'", "type"),
        ("def slope(f, x, h=0):\n    f(x)\n    return [1.0, 2.0]", "shape"),
        ("def slope(f, x, h=0):\n    f(x)\n    return float('nan')", "nan"),
        ("def slope(f, x, h=0):\n    f(x)\n    return 7.5", "value"),
        ("def slope(f, x, h=1e-5):\n    return (f(x + h) - f(x)) / h", "known"),
        ("def slope(f, x, h=0):\n    raise NotImplementedError", "unwritten"),
        ("def slope(f, x, h=1e-5):\n    return (f(x + h) - f(x - h)) / (2 * h)", "right"),
    ],
)
def test_every_failure_has_its_kind(source, kind):
    assert grade(SLOPE, source, seed=1).kind == kind


def test_a_time_out_names_the_question_it_was_at():
    source = "def slope(f, x, h=0):\n    while True: pass\n"
    result = grade(SLOPE, source, seed=1, limit=3.0)
    assert result.kind == "time-out"
    assert result.evidence.asked.startswith("slope(lambda t:")
    assert "while True: pass" in result.says[0]


def test_an_array_of_the_wrong_shape_is_told_from_wrong_numbers():
    [unbroadcast] = find("ex11b")
    body = "def unbroadcast(g, shape):\n    return {}\n"
    assert grade(unbroadcast, body.format("g"), seed=1).kind in ("shape", "known")
    numbers = "import numpy as np\n" + body.format("np.full(shape, 0.25)")
    result = grade(unbroadcast, numbers, seed=1)
    assert result.kind == "value"
    whole = "import numpy as np\n" + body.format("np.zeros((7, 7))")
    result = grade(unbroadcast, whole, seed=1)
    assert result.kind == "shape"
    assert "shape (7, 7)" in result.evidence.found
