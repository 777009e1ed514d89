"""Modes, Function, functional, gradcheck, anomaly detection, forward mode and checkpoint."""

import gc
import weakref

import numpy as np
import pytest

from micrograd_lab import autograd, func, methods  # noqa: F401  methods gives Tensor its methods
from micrograd_lab.autograd import Function, forward_ad, functional, gradcheck, gradgradcheck
from micrograd_lab.autograd.function import once_differentiable
from micrograd_lab.errors import (
    AnomalyError,
    DtypeError,
    FreedGraphError,
    GradcheckError,
    GradError,
    ModifiedError,
    ShapeError,
    SizeError,
)
from micrograd_lab.forward import jvp
from micrograd_lab.ops.contractions import matmul
from micrograd_lab.ops.elementwise import exp, log, relu, sin, tanh
from micrograd_lab.ops.op import sum_over
from micrograd_lab.tensor import Tensor, wrap
from micrograd_lab.utils.checkpoint import checkpoint, checkpoint_sequential

draw = np.random.default_rng(0)


def leaf(*shape):
    return Tensor(draw.normal(size=shape), requires_grad=True)


def total(x):
    return sum_over(x, dim=tuple(range(x.ndim)), keepdim=False)


# --- modes --------------------------------------------------------------------------------------


def test_the_modes_switch_recording_as_context_managers_and_decorators():
    x = leaf(3)

    @autograd.no_grad
    def bare(x):
        return x * x

    @autograd.no_grad()
    def called(x):
        with autograd.enable_grad():
            inner = x * x
        return x * x, inner

    assert not bare(x).requires_grad
    outer, inner = called(x)
    assert (outer.requires_grad, inner.requires_grad) == (False, True)
    with autograd.inference_mode():
        assert autograd.is_inference_mode_enabled()
        assert not (x * x).requires_grad
    assert (x * x).requires_grad
    assert autograd.is_grad_enabled()


def test_a_generator_is_in_the_mode_only_while_it_runs():
    @autograd.no_grad()
    def numbers():
        sent = yield autograd.is_grad_enabled()
        while sent is not None:
            sent = yield (autograd.is_grad_enabled(), sent)
        return "done"

    running = numbers()
    assert next(running) is False
    assert autograd.is_grad_enabled()
    assert running.send(5) == (False, 5)
    with pytest.raises(StopIteration, match="done"):
        running.send(None)
    assert autograd.is_grad_enabled()


def test_set_grad_enabled_acts_at_once_and_a_block_limits_it():
    autograd.set_grad_enabled(False)
    assert not autograd.is_grad_enabled()
    autograd.set_grad_enabled(True)
    with autograd.set_grad_enabled(False):
        assert not autograd.is_grad_enabled()
    assert autograd.is_grad_enabled()

    @autograd.set_grad_enabled(False)
    def f():
        return autograd.is_grad_enabled()

    assert autograd.is_grad_enabled()
    assert not f()


def test_an_error_in_a_block_leaves_the_mode_as_it_was():
    with pytest.raises(KeyError), autograd.no_grad():
        raise KeyError
    assert autograd.is_grad_enabled()


# --- forward mode -------------------------------------------------------------------------------


def test_nested_forward_passes_keep_their_levels_apart():
    one = np.array(1.0)
    confused = jvp(lambda x: x * jvp(lambda y: x + y, (one,), (one,))[1], (one,), (one,))[1]
    assert confused == 1.0
    third = jvp(
        lambda a: jvp(lambda b: jvp(sin, (b,), (one,))[1], (a,), (one,))[1],
        (np.array(0.3),),
        (one,),
    )
    np.testing.assert_allclose(third, (-np.sin(0.3), -np.cos(0.3)))


def test_what_does_not_move_has_tangent_zero_and_comparisons_are_plain():
    x = wrap(np.array([1.0, -2.0]))
    y, dy = jvp(lambda x: (x > 0, wrap(np.ones(3))), (x,), (x,))
    assert y[0].dtype == bool
    assert not dy[1].array.any()


def test_forward_ad_makes_and_unpacks_duals():
    x, t = leaf(3), wrap(draw.normal(size=3))
    with forward_ad.dual_level():
        y = forward_ad.unpack_dual(tanh(forward_ad.make_dual(x, t)))
        assert forward_ad.unpack_dual(x).tangent is None
    np.testing.assert_allclose(y.tangent.array, (1 - np.tanh(x.array) ** 2) * t.array)
    with pytest.raises(GradError, match="dual_level"):
        forward_ad.make_dual(x, t)


def test_jvp_wants_tangents_that_fit():
    x = wrap(np.ones(3))
    with pytest.raises(ShapeError, match="tangent"):
        jvp(tanh, (x,), (wrap(np.ones(2)),))
    with pytest.raises(SizeError):
        jvp(tanh, (x,), ())
    with pytest.raises(DtypeError):
        jvp(tanh, (wrap(np.arange(3)),), (wrap(np.arange(3)),))


# --- Function -----------------------------------------------------------------------------------


class ExpAndScaled(Function):
    """(eᵃ, eᵃ·b·n): two outputs, an argument that is no tensor, an output saved."""

    @staticmethod
    def forward(ctx, a, b, n):
        y = exp(a)
        ctx.save_for_backward(y, b)
        ctx.n = n
        return y, y * b * n

    @staticmethod
    def backward(ctx, gy, gz):
        y, b = ctx.saved_tensors
        return (gy + gz * b * ctx.n) * y, gz * y * ctx.n, None

    @staticmethod
    def jvp(ctx, da, db, _):
        y, b = ctx.saved_tensors
        return y * da, (da * y * b + db * y) * ctx.n


class Cube(Function):
    @staticmethod
    def forward(x):
        return x * x * x

    @staticmethod
    def setup_context(ctx, inputs, output):
        (x,) = inputs
        ctx.save_for_backward(x)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 3 * x * x * g


def test_a_function_passes_the_checks_of_both_orders_and_of_forward_mode():
    a, b = leaf(2, 3), leaf(2, 3)
    assert gradcheck(lambda a, b: ExpAndScaled.apply(a, b, 3), (a, b), check_forward_ad=True)
    assert gradgradcheck(lambda a, b: ExpAndScaled.apply(a, b, 3), (a, b))
    assert gradcheck(Cube.apply, a)
    assert gradgradcheck(Cube.apply, a)


def test_an_output_that_nobody_used_sends_zeros_or_none():
    seen = []

    class Two(Function):
        @staticmethod
        def forward(ctx, x, materialize):
            ctx.set_materialize_grads(materialize)
            return x * 1, x * 2

        @staticmethod
        def backward(ctx, g, h):
            seen.append(h if h is None else h.array.sum())
            return g, None

    for materialize in (True, False):
        total(Two.apply(leaf(2), materialize)[0]).backward()
    assert seen == [0.0, None]


def test_needs_input_grad_non_differentiable_outputs_and_no_grad():
    needs = []

    class Sorted(Function):
        @staticmethod
        def forward(ctx, x, y):
            needs.append(ctx.needs_input_grad)
            index = wrap(np.argsort(x.array))
            extra = x * 2
            ctx.mark_non_differentiable(index, extra)
            return x * y, index, extra

        @staticmethod
        def backward(ctx, g, g_index, g_extra):
            return g, None

    out, index, extra = Sorted.apply(leaf(3), wrap(np.ones(3)))
    assert needs == [(True, False)]
    assert [out.requires_grad, index.requires_grad, extra.requires_grad] == [True, False, False]
    with autograd.no_grad():
        assert not Sorted.apply(leaf(3), leaf(3))[0].requires_grad


def test_a_function_that_works_in_place_says_so():
    class AddOne(Function):
        @staticmethod
        def forward(ctx, x):
            x.array += 1
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx, g):
            return g * 5

    x = leaf(2)
    y = x * 1
    z = AddOne.apply(y)
    assert z is y
    assert y._version == 1
    total(y).backward()
    np.testing.assert_array_equal(x.grad.array, [5, 5])
    with pytest.raises(GradError, match="leaf"):
        AddOne.apply(leaf(2))


def test_once_differentiable_refuses_the_second_derivative():
    class Square(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @once_differentiable
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return wrap(2 * x.array * g.array)

    x = leaf(3)
    total(Square.apply(x)).backward()
    np.testing.assert_allclose(x.grad.array, 2 * x.array)
    y = Square.apply(x * 1) * x
    (g,) = autograd.grad(total(y), x, create_graph=True)
    with pytest.raises(GradError, match="once_differentiable"):
        total(g).backward()


def test_a_function_that_returns_the_wrong_gradients_is_told_so():
    def function(answer):
        class Wrong(Function):
            @staticmethod
            def forward(ctx, x, n):
                return x * n

            @staticmethod
            def backward(ctx, g):
                return answer(g)

        return total(Wrong.apply(leaf(3), 2.0))

    with pytest.raises(SizeError, match="1 gradients for 2 inputs"):
        function(lambda g: g).backward()
    with pytest.raises(ShapeError, match=r"shape \(2,\)"):
        function(lambda g: (wrap(np.ones(2)), None)).backward()
    with pytest.raises(GradError, match="no tensor"):
        function(lambda g: (g, g)).backward()


def test_what_a_function_saved_is_freed_and_guarded():
    x = leaf(3)
    y = Cube.apply(x)
    total(y).backward(retain_graph=True)
    y.backward(wrap(np.ones(3)))
    with pytest.raises(FreedGraphError):
        y.backward(wrap(np.ones(3)))
    y = Cube.apply(x)
    x._version_counter[0] += 1
    with pytest.raises(ModifiedError):
        total(y).backward()


def test_no_reference_cycle_is_made():
    x, w = leaf(3), leaf(3)
    gc.collect()
    gc.disable()
    try:
        y, z = ExpAndScaled.apply(x, w, 2)
        total(y * z).backward()
        total(checkpoint(lambda x: tanh(x * w), x)).backward()
        func.hessian(lambda x: total(exp(x) * x))(x)
        del y, z
        assert gc.collect() == 0
    finally:
        gc.enable()


# --- functional ---------------------------------------------------------------------------------


def test_functional_agrees_with_the_matrices_it_stands_for():
    x = wrap(draw.normal(size=3))
    w = wrap(draw.normal(size=(2, 3)))
    v, u = wrap(draw.normal(size=3)), wrap(draw.normal(size=2))

    def f(x):
        return tanh(matmul(w, x))

    jacobian = functional.jacobian(f, x).array
    np.testing.assert_allclose(jacobian, (1 - np.tanh(w.array @ x.array) ** 2)[:, None] * w.array)
    np.testing.assert_allclose(functional.jvp(f, x, v)[1].array, jacobian @ v.array)
    np.testing.assert_allclose(functional.vjp(f, x, u)[1].array, jacobian.T @ u.array)

    def g(x):
        return total(exp(x) * x[0])

    hessian = functional.hessian(g, x).array
    np.testing.assert_allclose(functional.hvp(g, x, v)[1].array, hessian @ v.array)
    np.testing.assert_allclose(functional.vhp(g, x, v)[1].array, v.array @ hessian)
    with pytest.raises(GradError, match="strict"):
        functional.jacobian(lambda x: wrap(np.ones(2)), x, strict=True)


# --- gradcheck ----------------------------------------------------------------------------------


class Wrong(Function):
    """x², with a gradient that forgets the one from above."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return total(x * x)

    @staticmethod
    def backward(ctx, g):
        return 2 * ctx.saved_tensors[0]


def test_gradcheck_finds_a_rule_that_forgets_the_upstream_gradient():
    with pytest.raises(GradcheckError, match="not linear"):
        gradcheck(Wrong.apply, leaf(3))
    assert not gradcheck(Wrong.apply, leaf(3), raise_exception=False)
    assert not gradcheck(Wrong.apply, leaf(3), raise_exception=False, fast_mode=True)


def test_gradcheck_checks_every_input_and_names_the_wrong_one():
    class Half(Function):
        @staticmethod
        def forward(ctx, a, b):
            ctx.save_for_backward(a, b)
            return a * b

        @staticmethod
        def backward(ctx, g):
            a, b = ctx.saved_tensors
            return g * b, g * a * 0.5

    with pytest.raises(GradcheckError, match=r"input 1.*0\.5 times"):
        gradcheck(Half.apply, (leaf(2), leaf(2)))


def test_gradcheck_accepts_any_slope_at_a_corner_and_says_so():
    x = Tensor(np.array([0.0, 1.0, -1.0]), requires_grad=True)
    with pytest.warns(autograd.GradcheckWarning, match=r"corner at \[0\]"):
        assert gradcheck(relu, x)


def test_gradcheck_warns_where_it_is_blind():
    with pytest.warns(autograd.GradcheckWarning, match="below atol"):
        gradcheck(lambda x: x * 1e-8, leaf(3))


def test_gradcheck_demands_float64_and_something_to_check():
    with pytest.raises(DtypeError, match="float64"):
        gradcheck(tanh, Tensor(np.ones(2, "float32"), requires_grad=True))
    with pytest.raises(GradError, match="requires a gradient"):
        gradcheck(tanh, wrap(np.ones(2)))


def test_forward_over_reverse_passes_the_check_of_the_second_order():
    def f(a, b):
        return tanh(a) * exp(b), total(a * b * b)

    assert gradgradcheck(f, (leaf(2), leaf(2)), check_fwd_over_rev=True)


# --- anomaly ------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")
def test_the_first_bad_number_is_named_with_its_line_forward_and_backward():
    with autograd.detect_anomaly():
        with pytest.raises(AnomalyError, match=r"log made the first nan .*test_autograd\.py:\d+"):
            log(wrap(np.array([-1.0]))) * leaf(1)
        x = Tensor(np.array(0.0), requires_grad=True)
        y = x**0.5
        with pytest.raises(AnomalyError, match=r"pow passed on .*test_autograd\.py:\d+"):
            (y * 2.0).backward()
    y = log(leaf(1) * 0.0)
    assert not np.isfinite(y.array).any()


def test_an_inf_that_was_asked_for_passes():
    with autograd.detect_anomaly():
        mask = wrap(np.array([0.0, -np.inf]))
        y = exp(leaf(2) + mask)
        total(y).backward()
    with autograd.set_detect_anomaly(True, check_nan=False):
        assert autograd.is_anomaly_enabled()
    assert not autograd.is_anomaly_enabled()


# --- checkpoint ---------------------------------------------------------------------------------


def test_checkpoint_changes_no_gradient_of_either_order():
    x, w = leaf(2, 3), leaf(3, 3)

    def plain(x, w):
        inner = w * 1.5
        return tanh(matmul(x, inner)) * exp(inner[0] * 0.1)

    def saved(x, w):
        inner = w * 1.5  # reaches the segment by its closure, not as an argument
        parts = checkpoint(
            lambda x: {"a": tanh(matmul(x, inner)), "b": [exp(inner[0] * 0.1)]},
            x,
            preserve_rng_state=False,
        )
        return parts["a"] * parts["b"][0]

    total(plain(x, w)).backward()
    expected, x.grad, w_expected, w.grad = x.grad, None, w.grad, None
    total(saved(x, w)).backward()
    np.testing.assert_allclose(x.grad.array, expected.array)
    np.testing.assert_allclose(w.grad.array, w_expected.array)
    assert gradcheck(saved, (x, w))
    assert gradgradcheck(saved, (x, w))


def test_checkpoint_keeps_no_intermediate_alive():
    alive = []

    def segment(x):
        for _ in range(5):
            x = tanh(x * 2.0)
            alive.append(weakref.ref(x))
        return x

    x = leaf(1000)
    y = checkpoint(segment, x, preserve_rng_state=False)
    assert sum(ref() is not None for ref in alive) == 0
    assert y._grad_fn.parents == [x]
    total(y).backward()
    assert x.grad is not None


def test_checkpoint_gives_the_second_run_the_same_random_numbers():
    from micrograd_lab.random import manual_seed, rand

    seen = []

    def noisy(x):
        noise = rand(4)
        seen.append(noise.array.copy())
        return tanh(x * noise)

    manual_seed(0)
    y = checkpoint(noisy, leaf(4))
    after = rand(1).array
    total(y).backward()
    np.testing.assert_array_equal(*seen)
    manual_seed(0)
    rand(4)
    assert after == rand(1).array


def test_checkpoint_sequential_is_the_chain():
    x = leaf(3)
    chain = [tanh, sin, exp, tanh, sin]
    y = checkpoint_sequential(chain, 2, x, preserve_rng_state=False)
    z = x
    for f in chain:
        z = f(z)
    np.testing.assert_array_equal(y.array, z.array)
    (a,), (b,) = autograd.grad(total(y), x), autograd.grad(total(z), x)
    np.testing.assert_allclose(a.array, b.array)


def test_checkpoint_notices_a_function_that_does_not_repeat_itself():
    calls = []

    def fickle(x):
        calls.append(1)
        return (tanh(x), x * 2.0) if len(calls) == 1 else (tanh(x),)

    y, z = checkpoint(fickle, leaf(3), preserve_rng_state=False)
    with pytest.raises(GradError, match="second run"):
        total(y * z).backward()


def test_a_hook_of_a_leaf_used_inside_and_outside_a_checkpoint_sees_one_whole_gradient():
    w, seen = Tensor([2.0], requires_grad=True), []
    w.register_hook(lambda g: seen.append(g.item()))
    x = Tensor([3.0], requires_grad=True)
    y = checkpoint(lambda x: x * w, x) + 5 * w
    y.backward()
    assert seen == [8.0]
    assert w.grad.item() == 8.0


def test_a_gradient_that_a_function_keeps_is_not_changed_by_the_next_backward():
    kept = []

    class Twice(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            kept.append(g * 2)
            return kept[-1]

    x = leaf(3)
    for _ in range(2):
        total(Twice.apply(x)).backward()
    assert kept[0].tolist() == [2.0, 2.0, 2.0]
    assert x.grad.tolist() == [4.0, 4.0, 4.0]


def by_slices(x):
    """What uses y many times: whole, in overlapping slices, and a slice of a slice."""
    y = sin(x)
    first, last = y[1:4], y[..., 2:]
    return y, (first * first).sum() + exp(last).sum() + (y * y).sum() + first[0, 1:3].sum()


@pytest.mark.parametrize("look", ["", "hook", "retain_grad", "inputs", "create_graph", "anomaly"])
def test_slices_add_up_in_place_and_nobody_who_looks_sees_another_gradient(look):
    x = Tensor(draw.standard_normal((5, 4)), requires_grad=True)
    y, loss = by_slices(x)
    seen = []
    if look == "hook":
        y.register_hook(lambda g: seen.append(g.numpy().copy()))
        y.grad_fn.register_hook(lambda to, of: seen.append(np.array(of[0])))
    if look == "retain_grad":
        y.retain_grad()
    with autograd.set_detect_anomaly(look == "anomaly"):
        loss.backward(inputs=[x] if look == "inputs" else None, create_graph=look == "create_graph")
    dy = 2 * y.array
    dy[1:4] += 2 * y.array[1:4]
    dy[:, 2:] += np.exp(y.array[:, 2:])
    dy[1, 1:3] += 1
    for g in [*seen, *([y.grad.numpy()] if look == "retain_grad" else [])]:
        np.testing.assert_allclose(g, dy)
    np.testing.assert_allclose(x.grad.detach().numpy(), dy * np.cos(x.array))


def test_what_flows_into_a_sum_of_gradients_is_not_written_to():
    upstream, x = draw.standard_normal((4, 3)), Tensor(draw.standard_normal((4, 3)))
    x.requires_grad_()
    y = sin(x)
    given, kept = wrap(upstream.copy()), []
    z = y[:] + y[:] + y + y[1:].sum()  # the same upstream gradient arrives four times
    z.register_hook(lambda g: kept.append(g))
    z.backward(given, retain_graph=True)
    once = x.grad.numpy().copy()
    np.testing.assert_array_equal(given.array, upstream)
    np.testing.assert_array_equal(kept[0].array, upstream)
    x.grad = None
    z.backward(given)
    np.testing.assert_array_equal(x.grad.numpy(), once)


def test_a_variable_is_a_leaf_with_the_numbers_of_a_tensor():
    x = leaf(3)
    y = autograd.Variable(x * 2, requires_grad=True)
    assert y.is_leaf
    assert y.requires_grad
    assert not autograd.Variable(x).requires_grad
    assert x.requires_grad
    with pytest.raises(TypeError, match="takes a tensor"):
        autograd.Variable([1.0])
