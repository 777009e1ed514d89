"""The whole table at once: what must be true of an op is true of every op."""

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab.ops.op import OPS
from micrograd_lab.tensor import Tensor, wrap
from tensor.samples import SAMPLES

DIFFERENTIABLE = sorted(name for name, op in OPS.items() if op.differentiable)
CONSTANT = sorted(set(OPS) - set(DIFFERENTIABLE))
STEP = 1e-6
SYMMETRIC = {"cholesky", "eigvalsh", "eigenvectors"}  # a symmetric matrix moves symmetrically


def is_float(x):
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


def cases(name):
    """(op, float64 inputs, params, which inputs have gradients, a random generator)"""
    op = OPS[name]
    for k, sample in enumerate(SAMPLES.get(name, [])):
        rng = np.random.default_rng(k)
        xs = tuple(x.astype(np.float64) if is_float(x) else x for x in sample.inputs)
        moving = [i for i, x in enumerate(xs) if is_float(x) and (op.variadic or i < len(op.vjps))]
        if op.forward(*xs, **sample.params).dtype.kind == "f" and moving and steady(op, sample):
            yield op, xs, sample.params, moving, rng


def steady(op, sample):
    """Whether the op keeps float64: a cast to float32 is checked where it is cast back."""
    return not (op.name == "astype" and sample.params["dtype"] != np.float64)


def direction_for(name, x, rng):
    d = rng.normal(size=x.shape)
    return d + d.swapaxes(-1, -2) if name in SYMMETRIC and x.ndim > 1 else d


def moved(xs, i, by):
    return tuple(x + by if k == i else x for k, x in enumerate(xs))


def close(a, b, rtol=1e-5, atol=1e-6):
    np.testing.assert_allclose(a, b, rtol=rtol, atol=atol * max(1.0, np.abs(b).max(initial=0)))


def leaves(xs, moving):
    return [
        Tensor(x.copy(), requires_grad=k in moving) if isinstance(x, np.ndarray) else x
        for k, x in enumerate(xs)
    ]


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_there_is_a_sample(name):
    count = len(SAMPLES.get(name, [])) if name == "astype" else len(list(cases(name)))
    assert count, f"{name}: let one of the EXAMPLES in samples.py use it"


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_tensors_and_arrays_give_the_same_values_shapes_and_dtypes(name):
    for op, xs, params, moving, _ in cases(name):
        expected = op.forward(*xs, **params)
        y = op(*leaves(xs, moving), **params)
        assert y.requires_grad
        assert y.shape == expected.shape
        assert y.dtype == expected.dtype
        np.testing.assert_array_equal(y.array, expected)


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_float32_stays_float32_and_gradients_have_the_shape_of_their_inputs(name):
    for op, xs, params, moving, rng in cases(name):
        xs = tuple(x.astype(np.float32) if is_float(x) else x for x in xs)
        params = {k: p.astype(np.float32) if is_float(p) else p for k, p in params.items()}
        tensors = leaves(xs, moving)
        y = op(*tensors, **params)
        if name != "astype":
            assert y.dtype == np.float32
        y.backward(wrap(rng.normal(size=y.shape).astype(y.dtype)))
        for i in moving:
            assert tensors[i].grad.dtype == np.float32
            assert tensors[i].grad.shape == xs[i].shape


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_first_order_gradients_are_slopes(name):
    for op, xs, params, moving, rng in cases(name):
        tensors = leaves(xs, moving)
        y = op(*tensors, **params)
        upstream = rng.normal(size=y.shape)
        y.backward(wrap(upstream))
        for i in moving:
            direction = direction_for(name, xs[i], rng)
            ahead, behind = (
                op.forward(*moved(xs, i, s * STEP * direction), **params) for s in (1, -1)
            )
            slope = ((ahead - behind) * upstream).sum() / (2 * STEP)
            close((tensors[i].grad.array * direction).sum(), slope)


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_vjp_is_the_transpose_of_jvp(name):
    for op, xs, params, moving, rng in cases(name):
        if not op.jvps:
            continue  # forward mode transposes the vjp itself
        y = op.forward(*xs, **params)
        upstream = rng.normal(size=y.shape)
        for i in moving:
            tangent = direction_for(name, xs[i], rng)
            pushed = op.jvp(i, tangent, y, xs, params)
            pulled = op.vjp(i, upstream, y, xs, params)
            close((pushed * upstream).sum(), (pulled * tangent).sum(), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_second_order_gradients_are_slopes_of_the_first(name):
    for op, xs, params, moving, rng in cases(name):
        y = op.forward(*xs, **params)
        upstream = rng.normal(size=y.shape)
        weights = {i: direction_for(name, xs[i], rng) for i in moving}

        def first(xs, upstream, op=op, params=params, weights=weights):
            """One number made of all the first-order gradients, on arrays."""
            y = op.forward(*xs, **params)
            parts = {i: op.vjp(i, upstream, y, xs, params) for i in weights}
            return sum((parts[i] * w).sum() for i, w in weights.items())

        tensors = leaves(xs, moving)
        g = Tensor(upstream.copy(), requires_grad=True)
        y = op(*tensors, **params)
        firsts = torch.autograd.grad(y, [tensors[i] for i in moving], g, create_graph=True)
        total = sum((k * wrap(w)).sum() for k, w in zip(firsts, weights.values(), strict=True))
        close(total.array, first(xs, upstream), rtol=1e-10, atol=1e-12)
        inputs = [*(tensors[i] for i in moving), g]
        seconds = torch.autograd.grad(total, inputs, materialize_grads=True)
        for i, second in zip([*moving, None], seconds, strict=True):
            at = upstream if i is None else xs[i]
            direction = rng.normal(size=at.shape) if i is None else direction_for(name, at, rng)
            ahead, behind = (
                first(xs, upstream + s * STEP * direction)
                if i is None
                else first(moved(xs, i, s * STEP * direction), upstream)
                for s in (1, -1)
            )
            close((second.array * direction).sum(), (ahead - behind) / (2 * STEP))


@pytest.mark.parametrize("name", CONSTANT)
def test_nothing_flows_through_a_constant_op(name):
    op = OPS[name]
    for sample in SAMPLES.get(name, []):
        inputs = leaves(sample.inputs, [k for k, x in enumerate(sample.inputs) if is_float(x)])
        assert not op(*inputs, **sample.params).requires_grad
