"""func's transformations nest in any order; formulas come from the rules themselves."""

import numpy as np
import pytest

import micrograd_lab as lab
from micrograd_lab import formula, func, samples
from micrograd_lab.errors import DtypeError, GradError, OptionError, ShapeError, SizeError
from micrograd_lab.forward import jvp
from micrograd_lab.ops.elementwise import elementwise
from micrograd_lab.ops.op import OPS, Op

draw = np.random.default_rng(0)
W = lab.tensor(draw.normal(size=(4, 3)))
X = lab.tensor(draw.normal(size=3))


def f(x):
    return (W @ x).tanh() * x.sum().exp()


def s(x):
    return f(x).sum()


def nudged(g, x, h=1e-5):
    """The Jacobian of g by central differences, entry by entry."""
    columns = []
    for e in np.eye(x.array.size):
        step = lab.tensor(h * e.reshape(x.shape))
        columns.append((g(x + step).array - g(x - step).array) / (2 * h))
    return np.stack(columns, axis=-1).reshape(*columns[0].shape, *x.shape)


def close(a, b, rtol=1e-5):
    np.testing.assert_allclose(np.asarray(a.array), np.asarray(getattr(b, "array", b)), rtol, 1e-7)


def test_both_jacobians_agree_with_nudging():
    close(func.jacrev(f)(X), nudged(f, X))
    close(func.jacfwd(f)(X), func.jacrev(f)(X))


ORDERS = {
    "forward over reverse": lambda g: func.jacfwd(func.jacrev(g)),
    "reverse over forward": lambda g: func.jacrev(func.jacfwd(g)),
    "reverse over reverse": lambda g: func.jacrev(func.grad(g)),
    "forward over forward": lambda g: func.jacfwd(func.jacfwd(g)),
}


@pytest.mark.parametrize("name", ORDERS)
def test_every_order_of_the_two_modes_gives_the_hessian(name):
    close(ORDERS[name](s)(X), nudged(func.grad(s), X))


def test_four_passes_deep():
    deep = func.jacfwd(func.jacrev(func.jacfwd(func.grad(s))))
    close(deep(X), nudged(func.hessian(func.grad(s)), X), rtol=1e-4)


def test_an_inner_derivative_does_not_take_an_outer_variable_for_its_own():
    inner = func.grad(lambda x: x * func.grad(lambda y: x * y)(x))
    assert inner(lab.tensor(3.0)).item() == 6.0
    swapped = func.grad(lambda x: x * func.jvp(lambda y: x + y, (x,), (lab.tensor(1.0),))[1])
    assert swapped(lab.tensor(3.0)).item() == 1.0


def test_results_are_outside_the_graph_unless_somebody_outside_can_ask():
    assert not func.grad(s)(X).requires_grad
    x = X.clone().requires_grad_()
    g = func.grad(s)(x)
    g.sum().backward()
    close(x.grad, func.hessian(s)(X).array.sum(0))
    w = lab.tensor(2.0, requires_grad=True)
    func.grad(lambda y: w * w * y)(lab.tensor(3.0)).backward()
    assert w.grad.item() == 4.0
    with lab.no_grad():
        assert not func.grad(s)(x).requires_grad
        close(func.grad(s)(x), func.grad(s)(X))


def test_grad_leaves_no_gradient_behind():
    w = lab.tensor(2.0, requires_grad=True)
    func.grad(lambda y: w * y)(w)
    assert w.grad is None


def test_argnums_aux_and_nests():
    def loss(params, x):
        y = params["w"] * x + params["b"][0]
        return (y * y).sum(), {"y": y}

    params = {"w": lab.tensor([1.0, 2.0]), "b": [lab.tensor(0.5)]}
    x = lab.tensor([3.0, 4.0])
    (gradients, (value, aux)) = func.grad_and_value(loss, has_aux=True)(params, x)
    np.testing.assert_allclose(aux["y"].array, [3.5, 8.5])
    np.testing.assert_allclose(gradients["w"].array, [21.0, 68.0])
    np.testing.assert_allclose(gradients["b"][0].array, 24.0)
    assert not value.requires_grad
    assert not aux["y"].requires_grad
    both = func.grad(lambda a, b: (a * b).sum(), argnums=(0, 1))(x, 2 * x)
    np.testing.assert_array_equal(both[1].array, x.array)


def test_vjp_linearize_and_jvp_are_one_linear_map():
    v, u = lab.tensor(draw.normal(size=3)), lab.tensor(draw.normal(size=4))
    y, pull = func.vjp(f, X)
    _, push = func.linearize(f, X)
    _, along = func.jvp(f, (X,), (v,))
    close(push(v), along)
    np.testing.assert_allclose((pull(u)[0] * v).sum().item(), (u * along).sum().item())
    close(y, f(X))


def test_vmap_maps_the_dims_it_is_told_to():
    A, b = lab.tensor(draw.normal(size=(5, 3))), lab.tensor(draw.normal(size=3))
    close(func.vmap(lambda a, b: a @ b, in_dims=(0, None))(A, b), (A @ b).array)
    doubled = func.vmap(lambda d: {"y": d["x"] * 2}, in_dims=1, out_dims=1)({"x": A})
    close(doubled["y"], 2 * A.array)
    close(func.vmap(func.grad(s))(A), np.stack([func.grad(s)(a).array for a in A]))
    inside = func.grad(lambda A: func.vmap(lambda a: a.exp().sum())(A).sum())
    close(inside(A), np.exp(A.array))
    close(func.jvp(func.vmap(lambda a: a * a), (A,), (A,))[1], 2 * A.array**2)


def test_what_func_is_asked_wrongly_is_answered():
    with pytest.raises(GradError, match="one number"):
        func.grad(f)(X)
    with pytest.raises(DtypeError, match="int64"):
        func.grad(lambda x: x.sum())(lab.tensor([1, 2]))
    with pytest.raises(SizeError, match="argnums"):
        func.grad(s, argnums=1)(X)
    with pytest.raises(ShapeError, match="different sizes"):
        func.vmap(lambda a, b: a)(X, W)
    with pytest.raises(ShapeError, match="cotangent"):
        func.vjp(f, X)[1](X)
    with pytest.raises(DtypeError, match="tuples"):
        func.jvp(f, X, X)


# --- formulas -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tanh", r"\bar{y}\,\left(1 - y^{2}\right)"),
        ("exp", r"\bar{y}\,y"),
        ("log", r"\frac{\bar{y}}{x}"),
        ("neg", r"-\bar{y}"),
        ("sin", r"\bar{y}\,\cos\left(x\right)"),
    ],
)
def test_the_formula_of_a_rule_is_the_one_in_the_book(name, expected):
    assert formula.vjp_formulas(OPS[name]) == [(r"\bar{x}", expected)]


def test_a_product_is_written_with_its_two_transposes():
    assert formula.vjp_formulas(OPS["matmul"]) == [
        (r"\bar{A}", r"\bar{Y}\,B^{\top}"),
        (r"\bar{B}", r"A^{\top}\,\bar{Y}"),
    ]
    assert formula.jvp_formula(OPS["mul"]) == r"\dot{a}\,b + \dot{b}\,a"


@pytest.fixture
def numpy_exp():
    """exp as somebody may declare it, with NumPy's exp in the rule."""
    yield elementwise("numpy_exp", np.exp, lambda y, x: np.exp(x))
    del OPS["numpy_exp"]


@pytest.mark.parametrize("ask", [formula.vjp_formulas, formula.jvp_formula])
def test_a_rule_that_calls_numpy_is_told_that_only_ops_write_themselves_down(ask, numpy_exp):
    with pytest.raises(GradError, match=r"formula of numpy_exp.*np\.exp"):
        ask(numpy_exp)
    assert formula.forward_formula(numpy_exp) == r"\operatorname{numpy\_exp}\left(x\right)"


def test_an_op_with_a_bare_ufunc_has_the_formula_of_its_rule():
    op = elementwise("bare_exp", np.exp, lambda y, x: y)
    del OPS["bare_exp"]
    assert formula.vjp_formulas(op) == [(r"\bar{x}", r"\bar{y}\,y")]


def test_an_op_whose_params_nobody_knows_is_asked_for_names_that_are_known():
    op = elementwise("bent", lambda x, bend: x * bend, lambda y, x, bend: bend)
    del OPS["bent"]
    with pytest.raises(OptionError, match=r"op bent.*takes bend"):
        formula.vjp_formulas(op)


def test_every_op_that_has_a_gradient_has_a_formula_for_each_input():
    missing = []
    for op in OPS.values():
        if op.differentiable and not (op.variadic or formula.vjp_formulas(op)):
            missing.append(op.name)
        assert formula.forward_formula(op)
    assert missing == []
    without = samples.ops_without_example()
    assert not [name for name in without if OPS[name].differentiable]


@pytest.mark.parametrize("style", ["markdown", "plain", "latex"])
def test_the_table_lists_every_op_and_is_the_same_each_time(style):
    table = formula.table(style)
    names = [name.replace("_", r"\_") if style == "latex" else name for name in OPS]
    assert all(name in table for name in names)
    assert table == formula.table(style)
    assert table.count(r"\left") == table.count(r"\right") if style != "plain" else True
    assert table.count("{") == table.count("}")


def test_any_function_of_ops_can_be_written_and_parentheses_are_kept():
    assert (
        formula.latex(lambda x, y: (x + y) * (x - y), "x", "y")
        == r"\left(x + y\right)\,\left(x - y\right)"
    )
    assert formula.latex(lambda x: x - (x - 1), "x") == r"x - \left(x - 1\right)"
    assert formula.latex(lambda x: 1 / (1 + (-x).exp()), "x") == r"\frac{1}{1 + e^{-x}}"
    with pytest.raises(GradError, match="branches"):
        formula.latex(lambda x: x if x > 0 else -x, "x")


def test_an_op_that_only_says_how_to_pull_back_can_be_pushed_forward_too():
    cube = Op("cube", "by hand", lambda x: x**3, (lambda g, y, x: g * 3 * x * x,), (), ((0, 2),))
    assert not cube.jvps
    x, v = np.array([2.0, 3.0]), np.array([1.0, 0.5])
    np.testing.assert_allclose(jvp(cube, (x,), (v,))[1], 3 * x * x * v)
    twice = jvp(lambda x: jvp(cube, (x,), (v,))[1], (x,), (v,))[1]
    np.testing.assert_allclose(twice, 6 * x * v * v)
    close(func.hessian(lambda x: cube(x).sum())(lab.tensor(x)), np.diag(6 * x))
