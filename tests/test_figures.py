"""The plots of the lessons: each has one home, loads when asked, and shows what it was given."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from micrograd_lab import Value
from micrograd_lab.course import figures
from micrograd_lab.graph import topological_order

LESSONS = sorted((Path(__file__).parents[1] / "notebooks" / "src").glob("*.py"))


@pytest.fixture(autouse=True)
def paper():
    """No window opens, and every test starts on an empty desk."""
    import matplotlib.pyplot as plt

    plt.switch_backend("Agg")
    yield
    plt.close("all")


def texts(ax):
    return [t.get_text() for t in ax.texts]


def test_the_door_alone_loads_neither_numpy_nor_matplotlib():
    code = "import sys; from micrograd_lab.course import figures; print(figures.__name__)"
    code += "; print(*{'numpy', 'matplotlib'} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == ["micrograd_lab.course.figures"]


@pytest.mark.parametrize("name", figures.__all__)
def test_each_name_leads_to_a_function_that_says_what_it_shows(name):
    function = getattr(figures, name)
    assert function.__module__.startswith("micrograd_lab.course.figures.")
    assert function.__doc__
    assert name == "play" or "\n    See: " in function.__doc__


def test_each_file_is_listed_and_no_name_stands_twice():
    folder = Path(figures.__file__).parent
    assert {p.stem for p in folder.glob("[!_]*.py")} == {*figures._FILES, "canvas"}
    assert len(figures._HOMES) == sum(map(len, figures._FILES.values()))
    for file, names in figures._FILES.items():
        defined = vars(import_module(f"micrograd_lab.course.figures.{file}"))
        public = {n for n, f in defined.items() if getattr(f, "__module__", "").endswith(file)}
        assert {n for n in public if n.islower() and n[0] != "_"} == set(names)


def test_editors_are_told_the_same_homes():
    tree = ast.parse(Path(figures.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    told = {(i.names[0].name, i.module.rpartition(".")[2]) for i in block.body}
    assert told == set(figures._HOMES.items())


def test_a_name_that_is_not_there_is_refused():
    with pytest.raises(AttributeError, match=r"figures' has no attribute 'secant'"):
        _ = figures.secant


def test_every_figure_is_in_some_lesson():
    sources = "".join(path.read_text(encoding="utf-8") for path in LESSONS)
    assert [name for name in figures.__all__ if f"figures.{name}(" not in sources] == []


def diamond():
    """The nodes of c = y² − y with y = x², by name: y is used twice."""
    x = Value(2.0, label="x")
    y = x**2
    u, v = y**2, -y
    c = u + v
    nodes = {"x": x, "y": y, "u": u, "v": v, "c": c}
    for name, node in nodes.items():
        node.label = name
    return nodes


def test_a_turn_too_early_passes_on_what_was_there():
    nodes = diamond()
    passed, final = figures.play([nodes[name] for name in "cuyxv"])
    assert (passed["y"], final["y"]) == (8.0, 7.0)
    assert final["x"] == 32.0
    _, right = figures.play(topological_order(nodes["c"])[::-1])
    assert right["x"] == 28.0


def test_turns_says_what_was_given_instead_of_what():
    nodes = diamond()
    at = {"x": (0, 0), "y": (1, 0), "u": (2, 1), "v": (2, -1), "c": (3, 0)}
    orders = {"early": [nodes[n] for n in "cuyxv"], "right": [nodes[n] for n in "cuvyx"]}
    early, right = figures.turns(orders, at)
    assert {"gave 8,\nnot 7", "32,\nnot 28"} <= set(texts(early))
    assert not any("not" in text for text in texts(right))
    assert {"28", "7", "1"} <= set(texts(right))


def test_what_was_stretched_is_summed_over_the_same_axis():
    u = np.arange(1.0, 7.0).reshape(2, 3)
    _, column = figures.stretched([[1.0], [2.0]], (2, 3), gradient=u)
    assert texts(column)[6:] == ["6", "15", "→\nsum\n→"]
    _, row = figures.stretched([1.0, 2.0, 3.0], (2, 3), gradient=u)
    assert texts(row)[6:] == ["5", "7", "9", "↓ sum ↓"]


def test_an_entry_picked_twice_gets_both_gradients():
    ax = figures.lookup("abc", [2, 0, 2], [1.0, 10.0, 100.0])
    assert texts(ax)[:6] == ["10", "a", "0", "b", "101", "c"]


def test_below_a_jacobian_stands_u_times_j():
    table, u = np.array([[1.0, 2.0, 0.0], [0.0, 3.0, -1.0]]), np.array([1.0, -2.0])
    axes = figures.jacobian(table, u)
    shown = [np.asarray(ax.images[0].get_array()).tolist() for ax in axes]
    assert shown == [table.tolist(), [[1.0], [-2.0]], [[1.0, -4.0, 2.0]]]


def test_only_claims_that_differ_are_framed():
    panels = {"u": ([0.5, 0.25], {"right": [0.5, 0.25], "wrong": [0.5, 0.75]})}
    (ax,) = figures.claims(panels, tolerance=1e-6)
    assert [box.get_xy() for box in ax.patches] == [(1 - 0.46, 2 - 0.4)]


def test_only_the_right_class_is_pulled_up():
    *_, difference = figures.excess(["cat", "dog"], np.array([0.7, 0.3]), right=1)
    assert texts(difference) == ["0.7", "−0.7"]


def test_the_line_of_folds_has_corners_and_not_curves():
    from micrograd_lab import MLP

    model = MLP(2, [2, 1])
    # relu(x₁) - relu(x₂ + 1) + 0.8: level at x₂ = -0.2, then rising from x₁ = 0 on
    numbers = [1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, -1.0, 0.8]
    (ax,) = figures.folds(model, {"a corner": numbers}, [[-1.0, -0.9], [1.0, 0.9]], [-1, 1])
    line = next(c for c in ax.collections if c.get_zorder() == 3)
    x, y = np.concatenate([path.vertices for path in line.get_paths()]).T
    np.testing.assert_allclose(y, np.maximum(x, 0) - 0.2, atol=0.01)
    assert abs(x).min() < 0.01


def test_folds_puts_the_weights_back():
    from micrograd_lab import MLP

    model = MLP(2, [3, 1])
    before = [p.data for p in model.parameters()]
    points, labels = [[0.0, 0.0], [1.0, 0.5]], [-1, 1]
    figures.folds(model, {"other weights": [0.1] * len(before)}, points, labels)
    assert [p.data for p in model.parameters()] == before
