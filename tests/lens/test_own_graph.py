"""A tensor engine of one's own in pictures, steps and ledgers: like ours, with its own numbers."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab.errors import GradError, NotANodeError
from micrograd_lab.lens import draw, explain, steps

ROOT = Path(__file__).resolve().parents[2]
SHAPES = {"x": (3, 2), "W1": (2, 4), "b1": (4,), "W2": (4, 1), "b2": (1,), "t": (3, 1), "c": ()}
RNG = np.random.default_rng(0)
ARRAYS = {name: RNG.normal(size=shape) for name, shape in SHAPES.items()}


@pytest.fixture(scope="module")
def Tensor():
    """The solution of exercise 13e."""
    path = ROOT / "solutions" / "ex13e_tensor.py"
    spec = importlib.util.spec_from_file_location("own_tensor_engine", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Tensor


def leaves(make, *constants):
    """A function from a name to a leaf of that name."""

    def leaf(name):
        x = make(ARRAYS[name].copy(), requires_grad=name not in constants)
        x.label = name
        return x

    return leaf


def network(make):
    leaf = leaves(make, "x", "t")
    h = (leaf("x") @ leaf("W1") + leaf("b1")).tanh()
    d = (h @ leaf("W2") + leaf("b2")).relu() + leaf("t")
    loss = (d * d).sum()
    h.label, d.label, loss.label = "h", "d", "L"
    return loss


def stretched(make):
    leaf = leaves(make, "W2")
    b, c = leaf("b1"), leaf("c")
    s = leaf("t") * b + leaf("W2").sum() * c
    return (s * b + c).sum()


@pytest.fixture
def bend(Tensor, monkeypatch):
    """Gives one op another vjp, vjp(g, a, b), and returns what makes leaves."""

    def bent(method, vjp):
        right = getattr(Tensor, method)

        def wrong(a, b):
            out = right(a, b)
            out.vjp = lambda g: vjp(g, a.data, b.data)
            return out

        monkeypatch.setattr(Tensor, method, wrong)
        return leaves(Tensor)

    return bent


@pytest.mark.parametrize("program", [network, stretched])
def test_the_steps_of_both_engines_read_alike_line_by_line(Tensor, program):
    own, ours = steps(program(Tensor)), steps(program(torch.tensor))
    assert str(own).splitlines() == str(ours).splitlines()
    assert "vjp of" not in str(own)
    for a, b in zip(own, ours, strict=True):
        assert a.sentence == b.sentence
        assert a.latex == b.latex
        assert np.array_equal(a.after, b.after)


@pytest.mark.parametrize("program", [network, stretched])
def test_the_last_sums_are_the_gradients_of_their_own_backward_to_the_bit(Tensor, program):
    loss = program(Tensor)
    found = {step.parent_name: step.after for step in steps(loss)}
    loss.backward()
    stack, seen = [loss], []
    while stack:
        node = stack.pop()
        seen.append(node)
        stack += node.parents
    named = [node for node in seen if node.label and node.requires_grad]
    assert len(named) >= 2
    for node in named:
        assert np.array_equal(found[node.label], node.grad)


def test_looking_changes_nothing(Tensor):
    loss = network(Tensor)
    str(steps(loss)), str(draw(loss)), steps(loss).html()
    assert loss.grad is None
    assert loss.parents[0].parents[0].grad is None


def test_pages_show_heat_maps_ghosts_and_the_sum_over_copies(Tensor):
    found = steps(network(Tensor))
    [bias] = [step for step in found if step.parent_name == "b1"]
    picture = found.cells(bias.index)
    assert "b1: 4, stretched" in picture
    assert "copies summed" in picture
    assert "stroke-dasharray" in picture


def test_a_rule_that_keeps_the_stretched_shape_shows_its_shape_and_a_crossed_equals_sign(bend):
    leaf = bend("__add__", lambda g, a, b: (g, g))
    x, b = leaf("x"), leaf("b1")
    loss = (x @ leaf("W1") + b).sum()
    found = steps(loss)
    [wrong] = [step for step in found if not step.is_right]
    assert wrong.parent_name == "b1"
    assert wrong.formula == "db1 ≠ dv2, summed to 4"
    assert wrong.product.shape == (3, 4)
    assert "The vjp of add gave something else: 3×4" in wrong.sentence
    assert r"\neq" in wrong.latex
    assert not found.more  # nobody else depends on it
    found.html()


def test_a_rule_with_its_factors_swapped_shows_its_own_numbers(bend):
    leaf = bend("__mul__", lambda g, a, b: (g * a, g * b))
    a, b = leaf("b1"), leaf("b1")
    b.data, b.label = 2 * b.data, "b"
    wrong = [step for step in steps((a * b).sum()) if not step.is_right]
    assert [step.formula for step in wrong] == ["db1 ≠ dv1·b", "db ≠ dv1·b1"]
    assert np.array_equal(wrong[0].product, a.data)
    assert np.array_equal(wrong[1].product, b.data)


def test_a_wrong_shape_that_stops_the_walk_is_the_last_step_and_the_note_says_so(bend):
    leaf = bend("__matmul__", lambda g, a, b: ((g @ b.T).T, a.T @ g))
    found = steps(((leaf("x") @ leaf("W1")).tanh() @ leaf("W2")).sum())
    assert found[-1].op.name == "matmul"
    assert found[-1].product.shape == (4, 3)
    assert str(found).endswith(
        "It ends here: v2 is 3×4, so its gradient must be, and the vjp of matmul gave 4×3"
    )


def test_at_the_corner_of_relu_every_slope_is_right(Tensor):
    x = Tensor([-1.0, 0.0, 2.0], label="x", requires_grad=True)
    y = x.relu()
    y.vjp = lambda g: (g * (x.data >= 0),)
    assert all(step.is_right for step in steps(y.sum()))
    y.vjp = lambda g: (g,)
    assert not all(step.is_right for step in steps(y.sum()))


def test_an_op_that_only_has_a_known_name_gets_no_formula(Tensor):
    x = Tensor([1.0, 2.0], label="x", requires_grad=True)
    half = Tensor(x.data / 2, (x,), "tanh", lambda g: (g / 2,))
    text = str(steps(half.sum()))
    assert "dx = vjp of tanh (dv1)" in text
    cube = Tensor(x.data**3, (x,), "cube", lambda g: (3 * g * x.data**2,))
    found = steps(cube.sum())
    assert found[-1].formula == "dx = vjp of cube (dv1)"
    assert np.array_equal(found[-1].after, [3.0, 12.0])


@pytest.mark.parametrize(
    "vjp", [None, lambda g: g, lambda g: (g, g)], ids=["none", "no tuple", "one too many"]
)
def test_a_vjp_that_is_no_vjp_is_named(Tensor, vjp):
    x = Tensor([1.0, 2.0], label="x", requires_grad=True)
    y = Tensor(x.data**3, (x,), "cube", vjp)
    with pytest.raises(GradError, match="vjp of 'cube'"):
        steps(y.sum())
    assert "cube" in str(draw(y))


def test_a_gradient_that_is_none_is_passed_over(Tensor):
    x, n = (Tensor([1.0, 2.0], label=name, requires_grad=True) for name in "xn")
    y = Tensor(x.data + 1, (x, n), "shift", lambda g: (g, None))
    assert [step.to for step in steps(y.sum())] == ["v2", "v1", "x"]


def test_a_root_that_requires_no_gradient_or_is_no_number_is_refused(Tensor):
    with pytest.raises(GradError, match="one without a graph"):
        steps(Tensor([1.0]).sum())
    with pytest.raises(GradError, match="shape"):
        steps(Tensor([1.0, 2.0], requires_grad=True) + 1)


def test_a_node_that_lacks_an_attribute_is_told_which(Tensor):
    class Half:
        vjp, parents, data, op = None, (), 1.0, None

    with pytest.raises(NotANodeError, match="without grad, label"):
        draw(Half())


def test_a_drawing_has_the_rules_on_its_arrows_and_constants_by_name(Tensor):
    source = draw(network(Tensor)).source
    assert "label=<ȳ @ W2ᵀ>" in source
    assert "label=<xᵀ @ ȳ>" in source
    assert source.count('style="filled,dashed"') == 2
    constant = next(line for line in source.splitlines() if "<B>x</B>" in line)
    assert 'style="filled,dashed"' in constant
    parameter = next(line for line in source.splitlines() if "<B>W1</B>" in line)
    assert 'style="rounded,filled"' in parameter
    assert "<B>@</B>" in source  # the badge has the learner's word


def test_interior_gradients_are_drawn_too_since_such_nodes_keep_them(Tensor):
    loss = network(Tensor)
    before = draw(loss).source
    loss.backward()
    h = next(line for line in draw(loss).source.splitlines() if "<B>h</B>" in line)
    assert ">grad <" in h
    assert ">grad <" not in before


def test_a_gradient_of_the_wrong_shape_is_drawn_as_it_is(Tensor):
    x = Tensor([1.0, 2.0], label="x", requires_grad=True)
    x.grad = np.ones((3, 2))
    assert ">3<" not in draw(x * x).source
    assert draw(x * x).source.count(">1<") == 6


def test_a_graph_without_any_gradient_is_drawn_whole(Tensor):
    source = draw((Tensor([1.0], label="a") + Tensor([2.0], label="b")).sum()).source
    assert "<B>a</B>" in source
    assert "<B>b</B>" in source


def test_around_depth_and_several_roots_find_the_nodes(Tensor):
    x = Tensor([1.0, 2.0], label="x", requires_grad=True)
    y = x.tanh()
    a, b = (y * y).sum(), y.sum()
    assert "<B>x</B>" in draw(a, around=y, depth=1).source
    assert draw([a, b]).source.count("peripheries=2") == 2
    assert {step.to for step in steps(a, around=x)} == {"x"}
    assert draw(a, kind="backward").source.count("∂") > 3


def test_a_model_of_ones_own_names_its_parameters(Tensor):
    class Model:
        w = Tensor([1.0, 2.0], requires_grad=True)

        def named_parameters(self):
            return [("layer.w", self.w)]

    model = Model()
    source = draw((model.w * model.w).sum(), model=model).source
    assert "<B>layer.w</B>" in source
    assert "shape=tab" in source


def test_the_ledger_of_a_leaf_and_of_an_interior_node(Tensor):
    loss = stretched(Tensor)
    leaf = next(n for n in loss.parents[0].parents if n.label == "c")
    loss.backward()
    assert "c.grad is the same, to the last bit." in str(explain(leaf, of=loss))
    inner = loss.parents[0]
    assert "is the same, to the last bit." in str(explain(inner, of=loss))
    assert "= " in str(explain(leaf, of=loss, index=()))


def test_the_ledger_adds_in_the_order_of_their_backward_whichever_node_it_is_about(Tensor):
    x = Tensor([0.1, 0.2, 0.3], label="x", requires_grad=True)
    a = x.tanh()
    b, c, d = a * 0.1, a * 0.7, a * 1e-9
    inner = c + d
    loss = ((inner + b) * (a + inner)).sum()
    loss.backward()
    for node in (x, a, b, c, inner):
        assert "is the same, to the last bit." in str(explain(node, of=loss))


def test_nodes_in_a_wrapper_are_found_in_the_graph(Tensor):
    from micrograd_lab.course.own_tensors import Library

    library = Library(Tensor)
    w = library.tensor([1.0, 2.0], requires_grad=True)
    w.label = "w"
    loss = (w * w).sum()
    loss.backward()
    assert "w.grad is the same, to the last bit." in str(explain(w, of=loss))
    assert [step.to for step in steps(loss)] == ["v2", "v1", "w (1st)", "w (2nd)"]
    assert "<B>w</B>" in draw(loss).source


def test_constants_keep_their_names_on_our_tensors_as_well():
    loss = network(torch.tensor)
    source = draw(loss).source
    assert "<B>x</B>" in source
    assert "<B>t</B>" in source  # its numbers were not kept, its name was
    assert "v1 = x @ W1" in str(steps(loss))
    x, w = torch.tensor([2.0]), torch.tensor([3.0], requires_grad=True)
    x.label = "x"
    y = w.detach()
    y.label = "y"
    source = draw((w * x * y).sum()).source
    assert "label=<detach()>" in source
    assert "label=<ȳ·x>" in source
