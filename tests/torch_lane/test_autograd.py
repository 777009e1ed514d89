"""func, functional, Function, modes and checkpoint, beside PyTorch's own."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import micrograd_lab as lab  # noqa: E402
from micrograd_lab import func  # noqa: E402
from micrograd_lab.autograd import functional  # noqa: E402
from micrograd_lab.utils.checkpoint import checkpoint  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")  # PyTorch's own, of its forward mode

FUNCTIONS = {  # each as a function of the library and of one tensor of shape (3,)
    "tanh of a sum": lambda t, x: t.tanh(x * x.sum()),
    "a softmax": lambda t, x: t.softmax(x * 2, 0),
    "a number": lambda t, x: (x**3).sum() * x[0],
    "a matrix": lambda t, x: x.reshape(3, 1) @ x.reshape(1, 3).exp(),
    "slices": lambda t, x: t.cat([x[1:], x[:1] * x[2]]),
    "constant": lambda t, x: t.ones(2, dtype=t.float64),
    "linear": lambda t, x: 2 * x,
    "a part": lambda t, x: x[:2] * 3,
    "a reduction": lambda t, x: t.logsumexp(x, 0) + x.prod() + x.var(),
    "entries of nothing": lambda t, x: x[:0] * 2,
}
MATRICES = {
    "jacrev": lambda t, f: t.func.jacrev(f),
    "jacfwd": lambda t, f: t.func.jacfwd(f),
    "jacfwd of jacrev": lambda t, f: t.func.jacfwd(t.func.jacrev(f)),
    "jacrev of jacfwd": lambda t, f: t.func.jacrev(t.func.jacfwd(f)),
    "jacrev of jacrev": lambda t, f: t.func.jacrev(t.func.jacrev(f)),
    "hessian of the sum": lambda t, f: t.func.hessian(lambda x: f(x).sum()),
    "gradient of the squares": lambda t, f: t.func.grad(lambda x: (f(x) ** 2).sum()),
    "vmap of jacrev": lambda t, f: lambda x: t.func.vmap(t.func.jacrev(f))(t.stack([x, 2 * x])),
    "functional.jacobian": lambda t, f: lambda x: t.autograd.functional.jacobian(f, x),
    "functional.hessian": lambda t, f: (
        lambda x: t.autograd.functional.hessian(lambda x: (f(x) ** 2).sum(), x)
    ),
    "functional.jvp": lambda t, f: lambda x: t.autograd.functional.jvp(f, x, x * 3)[1],
    "functional.hvp": lambda t, f: (
        lambda x: t.autograd.functional.hvp(lambda x: (f(x) ** 2).sum(), x, x * 3)[1]
    ),
}
POINT = np.array([0.3, -0.7, 1.1])


@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivative_matrices_are_pytorchs(name, matrix):
    def run(t):
        f = FUNCTIONS[name]
        return MATRICES[matrix](t, lambda x: f(t, x))(t.tensor(POINT))

    try:
        theirs = run(torch)
    except (RuntimeError, IndexError, ValueError) as error:
        pytest.skip(f"PyTorch refuses: {type(error).__name__}")
    ours = run(lab)
    assert tuple(ours.shape) == tuple(theirs.shape)
    np.testing.assert_allclose(ours.array, theirs.numpy(force=True), rtol=1e-9, atol=1e-12)


def test_a_function_of_ones_own_behaves_as_in_pytorch():
    seen = []

    def run(t):
        class Two(t.autograd.Function):
            @staticmethod
            def forward(ctx, x, y, n):
                ctx.save_for_backward(x, y)
                ctx.n = n
                return x * y * n, x.exp()

            @staticmethod
            def backward(ctx, g, h):
                x, y = ctx.saved_tensors
                seen.append(ctx.needs_input_grad)
                return g * y * ctx.n + h * x.exp(), (g * x * ctx.n), None

        x = t.tensor(POINT, requires_grad=True)
        y = t.tensor(2 * POINT, requires_grad=True)
        a, b = Two.apply(x, y, 3)
        gx, gy = t.autograd.grad((a * b).sum(), (x, y), create_graph=True)
        (second,) = t.autograd.grad((gx * gy).sum(), x)
        one, _ = Two.apply(x, y.detach(), 2)
        one.sum().backward()
        return [v.detach().numpy() for v in (a, b, gx, gy, second, x.grad)] + [y.grad]

    ours, theirs = run(lab), run(torch)
    for a, b in zip(ours[:-1], theirs[:-1], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)
    assert ours[-1] is theirs[-1] is None
    half = len(seen) // 2
    assert seen[:half] == seen[half:]


@pytest.mark.parametrize("case", ["plain", "inference", "enabled", "set", "generator", "nested"])
def test_modes_are_pytorchs(case):
    def run(t):
        x = t.ones(2, requires_grad=True)
        if case == "plain":
            with t.no_grad():
                return (x * 2).requires_grad, t.is_grad_enabled()
        if case == "inference":
            with t.inference_mode():
                inside = (x * 2).requires_grad, t.is_grad_enabled()
                with t.inference_mode(False):
                    return (*inside, t.is_grad_enabled())
        if case == "enabled":
            with t.no_grad(), t.enable_grad():
                return (x * 2).requires_grad
        if case == "set":
            with t.no_grad():
                t.set_grad_enabled(True)
                inside = (x * 2).requires_grad
            return inside, t.is_grad_enabled()
        if case == "generator":

            @t.no_grad()
            def numbers():
                yield t.is_grad_enabled()
                yield t.is_grad_enabled()

            return [(seen, t.is_grad_enabled()) for seen in numbers()]
        with t.no_grad():
            with t.enable_grad():
                pass
            return t.is_grad_enabled()

    assert run(lab) == run(torch)


def test_checkpoint_gives_pytorchs_gradients():
    import torch.utils.checkpoint as theirs

    def run(t, save):
        x = t.tensor(POINT, requires_grad=True)
        w = t.tensor(2 * POINT, requires_grad=True)

        def segment(x):
            return (x * w).tanh(), x.exp() * w

        a, b = save(segment, x, use_reentrant=False)
        gx, gw = t.autograd.grad((a * b).sum(), (x, w), create_graph=True)
        (gx * gw).sum().backward()
        return [v.detach().numpy() for v in (gx, gw, x.grad, w.grad)]

    for a, b in zip(run(lab, checkpoint), run(torch, theirs.checkpoint), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10)


ERRORS = {
    "grad of a vector": lambda t, x: t.func.grad(lambda x: x * 2)(x),
    "vmap over nothing": lambda t, x: t.func.vmap(lambda x: x, in_dims=None)(x),
    "vmap sizes": lambda t, x: t.func.vmap(lambda a, b: a)(x, x[:2]),
    "jvp shapes": lambda t, x: t.func.jvp(lambda x: x, (x,), (x[:2],)),
    "cotangent shape": lambda t, x: t.func.vjp(lambda x: x, x)[1](x[:2]),
    "strict": lambda t, x: t.autograd.functional.jacobian(
        lambda x: t.ones(2, dtype=t.float64), x, strict=True
    ),
    "no v": lambda t, x: t.autograd.functional.vjp(lambda x: x * 2, x),
    "hessian of a vector": lambda t, x: t.autograd.functional.hessian(lambda x: x * 2, x),
}


@pytest.mark.parametrize("name", ERRORS)
def test_what_pytorch_refuses_is_refused(name):
    for t in (lab, torch):
        with pytest.raises((RuntimeError, ValueError)):
            ERRORS[name](t, t.tensor(POINT))


def test_func_and_functional_are_reached_by_pytorchs_names():
    assert lab.func is func
    assert lab.autograd.functional is functional


GRADS = {  # what is assigned to the grad of a tensor of three float64
    "nothing": lambda t, x: None,
    "like it": lambda t, x: t.ones(3, dtype=t.float64),
    "a result with a history": lambda t, x: x * 2,
    "a larger one": lambda t, x: t.ones(4, 3, dtype=t.float64),
    "a row": lambda t, x: t.ones(1, 3, dtype=t.float64),
    "a smaller one": lambda t, x: t.ones(2, dtype=t.float64),
    "of float32": lambda t, x: t.ones(3),
    "of integers": lambda t, x: t.ones(3, dtype=t.int64),
    "itself": lambda t, x: x,
    "a number": lambda t, x: 0.0,
    "a list": lambda t, x: [1.0, 2.0, 3.0],
    "an array": lambda t, x: np.ones(3),
}


@pytest.mark.parametrize("name", GRADS)
@pytest.mark.parametrize("kind", ["leaf", "constant", "interior"])
def test_what_pytorch_takes_for_a_gradient_is_taken_and_what_it_refuses_refused(name, kind):
    def verdict(t):
        x = t.tensor([1.0, 2.0, 3.0], dtype=t.float64, requires_grad=kind != "constant")
        x = x * 3 if kind == "interior" else x
        try:
            x.grad = GRADS[name](t, x)
        except (RuntimeError, TypeError) as error:
            return error
        return "taken"

    theirs, ours = verdict(torch), verdict(lab)
    assert ours == "taken" if theirs == "taken" else isinstance(ours, type(theirs))
