"""Every exercise keeps its promises: solutions pass, stubs don't, and mistakes are known by name."""

import doctest
import re
import types
from pathlib import Path
from random import Random

import pytest

from micrograd_lab.grader.diagnose import agreement, answers, diagnose, draw
from micrograd_lab.grader.exercises import every
from micrograd_lab.grader.grade import grade, judge
from micrograd_lab.grader.runner import Run

ROOT = Path(__file__).parents[1]
SEEDS = range(5)
CURRICULUM = {
    "01": "FORWARD_ONLY HALF_DENOMINATOR H_TOO_SMALL",
    "02": "RSUB_SIGN RDIV_INVERTED CONST_UNWRAPPED SET_LOSES_PARENT",
    "03": "UPSTREAM_IGNORED MUL_SWAPPED EXP_USES_INPUT EXPONENT_NOT_LOWERED GATE_MISSING "
    "POW_FORGETS_N",
    "04": "OVERWRITES DUPLICATE_EDGE_DROPPED AVERAGES_PATHS",
    "05": "RECURSES_PER_EDGE PREORDER NOT_REVERSED BFS_LEVELS RECURSION_LIMIT",
    "06": "NO_ZERO ZERO_BEFORE_STEP BACKWARD_WIPES SEED_ADDS NOT_RESCALED",
    "07": "ONES_COTANGENT ONE_INDEX ABS_TOL_ONLY FLOAT32 KINK_ALARM NO_RESET",
    "08": "SYMMETRY UPHILL_STEP PARAM_REBOUND BIAS_FORGOTTEN",
    "09": "GRAD_IS_FLOAT DETACHES_FIRST_GRAD TANGENT_LEAK",
    "10": "TRANSPOSE_MISSING BATCH_NOT_SUMMED OUTER_FLIPPED",
    "11": "LEADING_ONLY SIZE1_ONLY MEAN_NOT_SUM KEEPDIMS_LOST",
    "12": "PERM_NOT_INVERTED TIE_COUNTED_TWICE GATHER_ASSIGNS GRAD_ALIASED",
    "13": "DATA_BYPASS WRONG_SIDE_DETACHED SAVED_MUTATED STEP_TRACKED NUMPY_ROUNDTRIP",
    "14": "NO_SHIFT DIAGONAL_ONLY DOUBLE_SOFTMAX SUM_NOT_MEAN",
}

each_exercise = pytest.mark.parametrize("exercise", every(), ids=lambda e: e.id)


def solution(exercise):
    return (ROOT / "solutions" / f"{exercise.name}.py").read_text(encoding="utf-8")


def stub(exercise):
    """The solution without its solved regions, each replaced by a raise."""
    region = r"(?m)^( *)### BEGIN SOLUTION[^\n]*\n.*?### END SOLUTION$"
    return re.sub(
        region, r'\1raise NotImplementedError("your turn")', solution(exercise), flags=re.S
    )


def judged(exercise, entry, seed):
    """Grade an implementation of our own without a child process."""
    args = draw(exercise, Random(seed))
    run = Run({"failed": ""}, dict(enumerate(answers(exercise, entry, args))))
    return judge(exercise, "", args, run, 10.0)


@each_exercise
def test_the_solution_earns_full_marks(exercise):
    result = grade(exercise, solution(exercise), seed=1)
    assert result.passed
    assert result.points == result.max_points == exercise.points
    assert result.level == "own code: child process with limits"


@each_exercise
def test_the_stub_earns_nothing_and_is_not_called_wrong(exercise):
    result = grade(exercise, stub(exercise), seed=1)
    assert (result.points, result.started, result.names) == (0, False, ())
    assert "Not written yet" in result.says[0]


@each_exercise
def test_an_empty_file_earns_nothing(exercise):
    result = grade(exercise, "", seed=1)
    assert result.points == 0
    assert f"defines no `{exercise.entry_point}`" in result.says[0]


@each_exercise
@pytest.mark.parametrize("seed", SEEDS)
def test_the_reference_and_the_solution_always_pass(exercise, seed):
    module = types.ModuleType(exercise.name)
    exec(compile(solution(exercise), exercise.name, "exec"), module.__dict__)
    assert judged(exercise, exercise.reference, seed).passed
    assert judged(exercise, getattr(module, exercise.entry_point), seed).passed


@each_exercise
@pytest.mark.parametrize("seed", SEEDS)
def test_every_misconception_loses_points_and_is_the_one_named(exercise, seed):
    for misconception in exercise.misconceptions:
        result = judged(exercise, misconception.wrong, seed)
        assert result.points < result.max_points, misconception.name
        assert result.names == (misconception.name,)
        assert result.says == (misconception.says,)
        assert result.evidence is not None


@each_exercise
@pytest.mark.parametrize("seed", SEEDS)
def test_no_two_answer_alike(exercise, seed):
    args = draw(exercise, Random(seed))
    everyone = [exercise.reference, *(m.wrong for m in exercise.misconceptions)]
    vectors = [(entry.__name__, answers(exercise, entry, args)) for entry in everyone]
    for i, (name, some) in enumerate(vectors):
        for other, others in vectors[:i]:
            assert not all(agreement(exercise, some, others)), (name, other)
            assert not all(agreement(exercise, others, some)), (name, other)


@each_exercise
def test_doing_nothing_earns_nothing(exercise):
    assert judged(exercise, lambda *args: None, 1).points == 0


@each_exercise
def test_a_constant_or_an_echo_does_not_pass(exercise):
    for lazy in (lambda *args: 0.0, lambda *args: 1, lambda *args: args[-1], lambda *args: args):
        assert judged(exercise, lazy, 1).points <= exercise.points // 5


@each_exercise
def test_arguments_are_drawn_afresh_and_reproducible(exercise):
    first, again, other = (draw(exercise, Random(seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


@each_exercise
def test_the_spec_is_complete(exercise):
    assert re.fullmatch(r"ex\d\d[a-z]_\w+", exercise.name)
    assert len(exercise.hints) >= 3
    assert len(exercise.misconceptions) >= 4
    assert exercise.difficulty in (1, 2, 3)
    assert all(isinstance(p.points, int) and p.points > 0 for p in exercise.probes)
    assert all(p.call and p.because for p in exercise.probes)
    names = [m.name for m in exercise.misconceptions]
    assert len(set(names)) == len(names)


@each_exercise
def test_the_file_a_learner_opens_agrees_with_the_spec(exercise):
    head, *_ = solution(exercise).splitlines()
    assert exercise.title in head
    assert f"difficulty {exercise.difficulty} of 3 · {exercise.minutes} minutes" in head
    assert f"micrograd-lab check {exercise.id}" in solution(exercise)


@each_exercise
def test_the_examples_a_learner_reads_are_true(exercise):
    module = types.ModuleType(exercise.name)
    exec(compile(solution(exercise), exercise.name, "exec"), module.__dict__)
    tests = doctest.DocTestParser().get_doctest(
        module.__doc__, module.__dict__, exercise.name, None, 0
    )
    assert tests.examples
    assert doctest.DocTestRunner().run(tests).failed == 0


@pytest.mark.parametrize("lesson", CURRICULUM)
def test_the_mistakes_of_the_curriculum_are_known(lesson):
    known = {m.name for e in every() if e.id[2:4] == lesson for m in e.misconceptions}
    assert set(CURRICULUM[lesson].split()) <= known


def test_two_independent_mistakes_are_both_named():
    [exercise] = [e for e in every() if e.id == "ex03a"]
    reference = exercise.reference

    def wrong(op, y, *xs):
        return (1.0,) if op == "relu" else (1 - y,) if op == "tanh" else reference(op, y, *xs)

    assert set(judged(exercise, wrong, 1).names) == {"GATE_MISSING", "TANH_ONE_MINUS_Y"}


def test_counting_paths_by_recursion_is_two_mistakes():
    [exercise] = [e for e in every() if e.id == "ex02b"]

    def wrong(root):
        return 1 + sum(wrong(parent) for parent in root.parents)

    assert set(judged(exercise, wrong, 1).names) == {"COUNTS_PATHS", "RECURSION_LIMIT"}


OWN_WAYS = [  # what a learner changes in the solution, and the mistakes it should be known by
    ("ex01a", "(f(x + h) - f(x - h)) / (2 * h)", "f(x + h) / h - f(x) / h", {"FORWARD_ONLY"}),
    ("ex01a", "    return", "    h = 1e-15\n    return", {"H_TOO_SMALL"}),
    ("ex01a", "h: float = 1e-5", "h: float = 1e-14", {"DEFAULT_TOO_SMALL"}),
    ("ex01b", "return 2 * error * x, 2 * error", "return [2 * error] * 2", {"FORGETS_INNER"}),
    ("ex02a", "(self, other)", "{self, other}", {"SET_LOSES_PARENT"}),
    ("ex02a", "self.parents = parents", "self.parents = set(parents)", {"SET_LOSES_PARENT"}),
    ("ex02a", "return Value(other) - self", "return self - other", {"RSUB_SIGN"}),
    ("ex02a", "return Value(other) - self", "return self + (-other)", set()),
    ("ex02a", "return Value(other) / self", "return self / other", {"RDIV_INVERTED"}),
    ("ex02b", "seen = set()", "return 1 + sum(map(count_nodes, root.parents))",
     {"COUNTS_PATHS", "RECURSION_LIMIT"}),
    ("ex02b", "len(seen)", "len({n.data for n in seen})", {"MERGES_EQUAL_NUMBERS"}),
    ("ex03a", "1.0 if x > 0 else 0.0", "x / y if y else 1", {"GATE_MISSING"}),
    ("ex03a", "return (y,)", "import math\n        return (math.exp(x),)", set()),
    ("ex03b", "+= local * node.grad", "= node.grad * local", {"OVERWRITES"}),
    ("ex03c", "e = (2 * x).exp()", "import math\n    e = math.exp(2 * x.data)", {"LEAVES_THE_GRAPH"}),
    ("ex03c", "(2 * x).exp()", "x.exp()", {"HALF_ARGUMENT"}),
    ("ex07a", "ahead, behind = list(xs), list(xs)", "ahead = behind = xs", {"ONE_LIST_TWICE"}),
    ("ex07a", "    slopes = []\n", "    import numpy as np\n    xs, slopes = np.float32(xs), []\n",
     {"FLOAT32"}),
    ("ex07b", "random.uniform(0.5, 1.5)", "1.0", {"ONES_COTANGENT"}),
    ("ex07b", "1e-9 + 1e-4 * max(abs(low), abs(high))", "1e-6", {"ABS_TOL_ONLY"}),
    ("ex07b", "1e-9 + 1e-4 * max(abs(low), abs(high))", "1e-3", {"ABS_TOL_ONLY"}),
    ("ex07b", "return False\n    return True", "return False\n        return True", {"ONE_INDEX"}),
    ("ex07c", "min(x, 0.0) - math.log1p(e)", "math.log(1 / (1 + math.exp(-x)))", {"OVERFLOWS"}),
    ("ex07c", "e / (1 + e) if x >= 0 else 1 / (1 + e)", "1 - math.exp(y)", {"SLOPE_FROM_ONE"}),
    ("ex08a", "total = self.b\n", "total = Value(0.0)\n", {"BIAS_FORGOTTEN"}),
    ("ex08b", "Neuron(nin, rng, linear=last) for", "Neuron(nin, random.Random(3), last) for",
     {"SYMMETRY"}),
    ("ex08c", ".relu()", "", {"GATE_MISSING"}),
    ("ex08d", "p.data -= rate * p.grad", "p = p - rate * p.grad", {"PARAM_REBOUND"}),
    ("ex09a", "return Dual(y, y * self.tangent)", "return Dual(y, y)", {"EXP_IGNORES_TANGENT"}),
    ("ex09b", "tag = next(TAGS)", "tag = 1", {"TANGENT_LEAK"}),
    ("ex09b", "return split(f(Dual(x, 1.0, tag)), tag)[1]", "return f(Dual(x, 1.0, tag)).tangent",
     {"ANY_TANGENT_WILL_DO", "NUMBERS_HAVE_NO_TANGENT"}),
    ("ex09c", "slope = sum(g * vi", "slope = sum(Value(g.data) * vi", {"GRAD_IS_FLOAT"}),
    ("ex09c", "pullback(grads[node])", "pullback(Value(grads[node].data))",
     {"DETACHES_FIRST_GRAD"}),
    ("ex09d", "n <= m", "n > m", {"MODES_SWAPPED"}),
    ("ex04a", "+= local * node.grad", "= local * node.grad", {"OVERWRITES"}),
    ("ex04b", "return [1.0]", "return [0.0]", set()),
    ("ex05a", "return order[::-1]", "return order", {"NOT_REVERSED"}),
    ("ex05b", "root.grad = 1.0", "root.grad = 0.0", {"NO_SEED"}),
    ("ex05c", "            if node.parents:\n                node.grad = 0.0", "            pass",
     {"SEED_ADDS"}),
    ("ex06a", "            p.grad = 0.0", "            pass", {"NO_ZERO"}),
    ("ex06b", " * (len(batch) / n)", "", {"NOT_RESCALED"}),
    ("ex06c", "root.grad += 1.0", "root.grad = 1.0", {"LEAF_ROOT_OVERWRITTEN"}),
]  # fmt: skip


@pytest.mark.parametrize(("id", "right", "wrong", "names"), OWN_WAYS)
def test_a_mistake_is_known_however_it_is_written(id, right, wrong, names):
    [exercise] = [e for e in every() if e.id == id]
    source = solution(exercise)
    assert right in source
    result = grade(exercise, source.replace(right, wrong), seed=1)
    assert set(result.names) == names
    assert not result.passed


OTHER_WAYS = [  # right answers that are not the solution's
    ("ex01a", "(f(x + h) - f(x - h)) / (2 * h)", "0.5 / h * f(x + h) - f(x - h) / h / 2"),
    ("ex01b", "return 2 * error * x, 2 * error", "return [2*x*x*w + 2*x*b, 2*x*w + 2*b]"),
    ("ex02a", "(self, other)", "[self, other]"),
    ("ex02a", 'f"**{n}"', '"**"'),
    ("ex02a", "return self + other", "return Value(other) + self"),
    ("ex02b", "to_visit.pop()", "to_visit.pop(0)"),
    ("ex03a", "1.0 if x > 0 else 0.0", "x > 0"),
    ("ex03a", "return (1 - y * y,)", "import math\n        return [math.cosh(xs[0]) ** -2]"),
    ("ex03b", "local * node.grad", "node.grad * local"),
    ("ex03c", "return (e - 1) / (e + 1)", "return 1 - 2 / (e + 1)"),
    ("ex03c", "return (e - 1) / (e + 1)",
     "a, b = x.exp(), (-x).exp()\n    return (a - b) * (a + b) ** -1"),
]  # fmt: skip


@pytest.mark.parametrize(("id", "one", "other"), OTHER_WAYS)
def test_a_right_answer_written_differently_passes(id, one, other):
    [exercise] = [e for e in every() if e.id == id]
    assert one in solution(exercise)
    result = grade(exercise, solution(exercise).replace(one, other))  # a fresh secret seed
    assert result.passed, result.evidence


def test_an_unknown_mistake_is_not_guessed():
    [exercise] = [e for e in every() if e.id == "ex01a"]
    slope = exercise.reference
    result = judged(exercise, lambda f, x, h=1e-5: 3 * slope(f, x, h), 1)
    assert result.names == ()
    assert "None of the known mistakes" in result.says[0]
    assert "slope(lambda t:" in result.evidence.asked


def test_a_mistake_of_the_same_kind_but_another_size_is_not_named():
    """FORWARD_ONLY with h/2 answers otherwise than FORWARD_ONLY, so it is not called that."""
    [exercise] = [e for e in every() if e.id == "ex01a"]
    args = draw(exercise, Random(1))
    found = answers(exercise, lambda f, x, h=1e-5: (f(x + h / 2) - f(x)) / (h / 2), args)
    assert diagnose(exercise, found, args) == ()
