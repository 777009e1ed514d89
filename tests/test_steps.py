"""The chain rule written down: the same numbers as backward(), to the bit, with nothing touched."""

import html
import io
import math
import random
import re
import xml.etree.ElementTree as ElementTree

import pytest

from micrograd_lab.errors import DrawingError, NotANodeError
from micrograd_lab.graph import topological_order
from micrograd_lab.lens import formulas, layout, steps
from micrograd_lab.lens.slim import slim
from micrograd_lab.scalar import Value


def loss():
    x, w, b = Value(3.0, label="x"), Value(2.0, label="w"), Value(2.0, label="b")
    L = (x * w + b) ** 2
    L.label = "L"
    return L


TABLE = """\
where v1 = x·w, v2 = v1 + b, L = v2²

step  from → to  local derivative        upstream × local  sum so far
──────────────────────────────────────────────────────────────────────
   0  seed → L   ∂L/∂L = 1               1                 1
   1  L → v2     ∂(v2²)/∂v2 = 2·v2 = 16  1 × 16 = 16       0 + 16 = 16
   2  v2 → v1    ∂(v1 + b)/∂v1 = 1       16 × 1 = 16       0 + 16 = 16
   3  v2 → b     ∂(v1 + b)/∂b = 1        16 × 1 = 16       0 + 16 = 16
   4  v1 → x     ∂(x·w)/∂x = w = 2       16 × 2 = 32       0 + 32 = 32
   5  v1 → w     ∂(x·w)/∂w = x = 3       16 × 3 = 48       0 + 48 = 48"""


def test_the_table_of_a_squared_error():
    assert str(steps(loss())) == TABLE
    assert repr(steps(loss())) == TABLE


def test_the_gradients_are_left_alone():
    L = loss()
    L.parents[0].grad = 7.0
    steps(L).html()
    assert [node.grad for node in topological_order(L)] == [0, 0, 0, 0, 7, 0]


UNARY = ["exp", "sin", "cos", "tanh", "sigmoid", "relu", "abs", "__neg__"]


def random_graph(seed):
    rng = random.Random(seed)
    nodes = [Value(rng.uniform(-2, 2), label=f"x{i}") for i in range(4)]
    for _ in range(40):
        a, b = rng.choice(nodes[-8:]), rng.choice(nodes[-8:])
        kind = rng.randrange(8)
        if kind < 2:
            node = getattr(a.tanh(), rng.choice(UNARY))()
        elif kind == 2:
            node = a / (b * b + 1)
        elif kind == 3:
            node = (a.abs() + 0.5) ** rng.choice([2, -1, 0.5, b.tanh()])
        elif kind == 4:
            node = a.max(b) - a.min(0.1)
        else:
            node = rng.choice([a + b, a - b, a * b, a * a])
        nodes.append(node.tanh() if abs(node.data) > 50 else node)
    return sum(nodes[-5:], Value(0.0))


@pytest.mark.parametrize("seed", range(20))
def test_the_totals_are_backwards_gradients_to_the_bit(seed):
    root = random_graph(seed)
    walked = steps(root, limit=10_000)
    totals = {step.parent: step.after for step in walked}
    root.backward()
    assert len(totals) == len(topological_order(root))
    for node, total in totals.items():
        assert total.hex() == node.grad.hex()
    for step in walked:
        assert step.product == step.local * step.upstream
        assert step.after == step.before + step.product


def test_x_times_x_adds_twice_and_says_which_x():
    x = Value(3.0, label="x")
    _, first, second = steps(x * x)
    assert (first.to, first.after) == ("x (1st)", 3.0)
    assert (second.to, second.before, second.after) == ("x (2nd)", 3.0, 6.0)


def test_a_step_in_words():
    _, step, *_ = steps(loss())[3:]
    assert step.sentence == (
        "v1 = x·w passes its gradient to x: 16 × w = 16 × 2 = 32, added to 0 → 32."
    )


# Formulas.

a, b = Value(0.5, label="a"), Value(0.25, label="b")


@pytest.mark.parametrize(
    ("node", "texts", "latex"),
    [
        (a + b, ("∂(a + b)/∂a = 1", "∂(a + b)/∂b = 1"), r"\frac{\partial \left(a + b\right)}{\partial a} = 1"),
        (a - b, ("∂(a − b)/∂a = 1", "∂(a − b)/∂b = −1"), None),
        (a * b, ("∂(a·b)/∂a = b", "∂(a·b)/∂b = a"), r"\frac{\partial \left(a \cdot b\right)}{\partial a} = b"),
        (a / b, ("∂(a/b)/∂a = 1/b", "∂(a/b)/∂b = −a/b²"), None),
        (a**b, ("∂(a^b)/∂a = b·a^(b − 1)", "∂(a^b)/∂b = v1·log(a)"), None),
        (a**2, ("∂(a²)/∂a = 2·a",), r"\frac{\partial \left(a^{2}\right)}{\partial a} = 2 \cdot a"),
        (a**3, ("∂(a³)/∂a = 3·a²",), None),
        (a**-1, ("∂(a⁻¹)/∂a = (−1)·a⁻²",), None),
        (a**0.5, ("∂(a^0.5)/∂a = 0.5·a^(−0.5)",), None),
        (-a, ("∂(−a)/∂a = −1",), None),
        (a.exp(), ("∂exp(a)/∂a = v1",), None),
        (a.log(), ("∂log(a)/∂a = 1/a",), None),
        (a.sqrt(), ("∂(√a)/∂a = 1/(2·v1)",), None),
        (a.sin(), ("∂sin(a)/∂a = cos(a)",), None),
        (a.cos(), ("∂cos(a)/∂a = −sin(a)",), None),
        (a.tanh(), ("∂tanh(a)/∂a = 1 − v1²",), None),
        (a.sigmoid(), ("∂σ(a)/∂a = v1·(1 − v1)",), None),
        (a.relu(), ("∂relu(a)/∂a = 1 if a > 0 else 0",), None),
        (a.abs(), ("∂|a|/∂a = sign(a)",), None),
        (a.max(b), ("∂max(a, b)/∂a = 1 if a > b else 0", "∂max(a, b)/∂b = 1 if b > a else 0"), None),
        (a.min(b), ("∂min(a, b)/∂a = 1 if a < b else 0", "∂min(a, b)/∂b = 1 if b < a else 0"), None),
        (a.max(0.5), ("∂max(a, 0.5)/∂a = ½, as they tie", "∂max(a, 0.5)/∂0.5 = ½, as they tie"), None),
    ],
)  # fmt: skip
def test_every_scalar_op_has_its_formula(node, texts, latex):
    found = list(steps(node))[1:]
    assert tuple(step.formula for step in found) == texts
    assert latex is None or found[0].latex == latex


PYTHON = {"A": 1.3, "B": 0.7, "sign": lambda x: (x > 0) - (x < 0), "sigma": None} | {
    name: getattr(math, name) for name in ("exp", "log", "sqrt", "sin", "cos", "tanh")
}


@pytest.mark.parametrize("op", formulas.TEXT)
def test_every_formula_in_the_table_computes_the_local_gradient(op):
    """The formulas are text: read them as Python and compare with what the engine stored."""
    x, y = Value(PYTHON["A"]), Value(PYTHON["B"])
    make = {
        "+": "__add__",
        "-": "__sub__",
        "*": "__mul__",
        "/": "__truediv__",
        "**": "__pow__",
        "neg": "__neg__",
    }
    rule = formulas.TEXT[op]
    node = getattr(x, make.get(op, op))(*[y] * (len(rule.partials) - 1))
    for partial, local in zip(rule.partials, node.local_grads, strict=True):
        code = partial.replace("·", "*").replace("−", "-").replace("²", "**2").replace("^", "**")
        assert eval(code, PYTHON | {"Y": node.data}) == pytest.approx(local, rel=1e-12)


def test_the_two_tables_of_formulas_know_the_same_ops():
    assert formulas.LATEX.keys() == formulas.TEXT.keys()
    for op, rule in formulas.TEXT.items():
        assert len(formulas.LATEX[op].partials) == len(rule.partials)


def test_an_op_that_is_not_in_the_table_shows_its_number():
    node = a * b
    node.op = "swirl"
    assert "v1 → a     ∂v1/∂a = 0.25 " in str(steps(node))
    assert "swirl(a, b)" in str(steps(node))


def test_latex_names_are_typeset_or_escaped():
    names = [formulas.latex_name(n) for n in ("x", "x1", "loss", "w_2", "−3", "a_b%")]
    assert names == ["x", "x_{1}", r"\mathrm{loss}", "w_{2}", "(-3)", r"\text{a\_b\%}"]


# Large graphs and wrong ones.


def chain(length):
    y = x = Value(1.0, label="x")
    for _ in range(length):
        y = y + x
    return y


def test_a_long_table_is_cut_and_says_so():
    table = steps(chain(700))
    assert len(table) == 200
    assert str(table).endswith(
        "\n... 1,201 more steps; steps(root, around=node) shows those of one node"
    )
    assert all(len(line) <= 100 for line in str(table).splitlines())


def test_around_keeps_the_steps_that_touch_one_node():
    L = loss()
    middle = L.parents[0]
    assert [(s.node, s.parent) for s in steps(L, around=middle)] == [
        (L, middle), (middle, middle.parents[0]), (middle, middle.parents[1]),
    ]  # fmt: skip
    assert steps(L, around=middle, limit=1).note.startswith("... 2 more")


def test_wide_tables_are_squeezed_into_a_hundred_columns():
    x = Value(1 / 3, label="a name of quite some length indeed")
    lines = str(steps((x * x).tanh().max(x / -7) ** 0.123456789)).splitlines()
    assert max(map(len, lines)) <= 100
    assert any("…" in line for line in lines)


def test_a_graph_without_local_gradients_is_refused_with_what_it_needs():
    class Box:
        data, grad, op, label = 1.0, None, None, ""
        parents = ()

    box = Box()
    box.parents, box.op = (Box(), Box()), "matmul"
    with pytest.raises(NotANodeError, match=r"'matmul'.*`local_grads`"):
        steps(box)
    with pytest.raises(NotANodeError, match=r"steps\(root\): needs a node"):
        steps(3.0)
    with pytest.raises(DrawingError, match="neon"):
        steps(loss(), theme="neon")


# In a notebook.


def test_a_notebook_gets_one_details_per_step_the_first_one_open():
    bundle = steps(loss())._repr_mimebundle_()
    page = bundle["text/html"]
    assert page.count("<details") == page.count("<img ") == page.count("</details>") == 6
    assert re.findall("<details( open)?", page) == [" open", "", "", "", "", ""]
    assert html.escape("16 × w = 16 × 2 = 32, added to 0 → 32") in page
    before_the_script = page.split("<script>")[0]
    assert not re.search("<script|<style|<svg| class=| id=", before_the_script)
    assert bundle["text/plain"] == TABLE


def test_each_picture_shows_only_the_gradients_known_by_then():
    def grads(picture):
        rows = re.findall(r"grad </FONT></TD><TD[^>]*><FONT[^>]*>([^<]*)<", picture.source)
        return [row.strip() for row in rows]

    pictures = steps(loss()).frames()
    assert grads(pictures[0]) == ["", "", "", "", "", "1"]
    assert grads(pictures[2]) == ["", "", "16", "", "16", "1"]
    assert grads(pictures[5]) == ["32", "48", "16", "16", "16", "1"]


def test_nothing_jumps_from_picture_to_picture():
    x = Value(1 / 3, label="x")
    sizes = {re.search('viewBox="[^"]*"', p.svg())[0] for p in steps(x * x + x).frames()}
    assert len(sizes) == 1


def test_many_steps_come_without_pictures():
    page = steps(chain(30)).html()
    assert page.count("<details") == 61
    assert "<img" not in page


def test_the_notebook_shows_the_table_where_nothing_can_draw(monkeypatch):
    def broken(source, kind):
        raise RuntimeError("no engine")

    layout._render.cache_clear()
    for name in layout.BACKENDS:
        monkeypatch.setitem(layout.BACKENDS, name, broken)
    page = steps(loss())._repr_mimebundle_()["text/html"]
    assert html.escape(TABLE) in page
    assert "pip install pygraphviz" in page


def test_labels_cannot_smuggle_markup_into_the_page():
    x = Value(1.0, label="<script>alert(1)</script>")
    page = steps(x * 2).html()
    assert page.count("<script") == 1  # our own
    assert "alert(1)" not in page.replace("&lt;script&gt;alert(1)", "")


def test_steps_are_saved_as_a_page_or_as_text(tmp_path):
    table = steps(loss())
    assert table.save(tmp_path / "steps.txt").read_text(encoding="utf-8") == TABLE + "\n"
    page = table.save(tmp_path / "steps.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert page.count("<details") == 6
    with pytest.raises(DrawingError, match=r"\.html, \.txt, \.tex, \.gif or \.svg"):
        table.save(tmp_path / "steps.pdf")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["steps.html", "steps.txt"]


def test_25_steps_with_pictures_stay_below_a_megabyte():
    x, y = Value(0.3, label="x"), Value(-0.7, label="y")
    z = sum((x * y + k * 0.11 for k in range(6)), x)
    page = steps(z, limit=25).html()
    assert page.count("<img") == 25
    assert len(page) < 1_000_000


def test_the_film_has_a_frame_per_step(tmp_path):
    from PIL import Image

    walked = steps(loss())
    with Image.open(walked.save(tmp_path / "steps.gif")) as film:
        assert film.n_frames == len(walked)
        assert film.info["duration"] == 2500
        assert film.info["loop"] == 0
    svg = walked.save(tmp_path / "steps.svg", seconds=1).read_text(encoding="utf-8")
    root = ElementTree.fromstring(svg)
    frames = [g for g in root if g.get("class", "").startswith("f")]
    assert len(frames) == len(walked)
    assert len({e.get("id") for e in root.iter() if e.get("id")}) == svg.count(' id="')
    shared = {use.get("href") for use in root.iter() if use.tag.endswith("use")}
    assert shared == {"#" + e.get("id") for e in root.iter() if e.get("id")}
    assert "prefers-reduced-motion" in svg
    assert "6s step-end" in svg
    assert walked.save(tmp_path / "again.svg", seconds=1).read_text(encoding="utf-8") == svg
    with pytest.raises(DrawingError, match="a film of 61 steps"):
        steps(chain(30)).save(tmp_path / "long.gif")


def test_the_formulas_are_saved_for_a_typesetter(tmp_path):
    tex = steps(loss()).save(tmp_path / "steps.tex").read_text(encoding="utf-8")
    assert tex.startswith("\\begin{align*}")
    assert r"16 \times  2 = 32" in tex


def test_a_slim_picture_keeps_every_word():
    picture = steps(loss()).frames()[3].svg()
    words = [re.findall(">([^<>]+)</text>", text) for text in (picture, slim(picture))]
    assert words[0] == words[1]
    assert len(slim(picture)) < 0.6 * len(picture)


def test_rich_shows_the_same_rows():
    from rich.console import Console

    console = Console(width=120, file=io.StringIO())
    console.print(steps(loss()).rich())
    assert "16 × 3 = 48" in console.file.getvalue()
