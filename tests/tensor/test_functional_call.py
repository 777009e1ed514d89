"""A module called with other parameters than its own."""

import numpy as np
import pytest

import micrograd_lab as lab
from micrograd_lab import func, nn
from micrograd_lab.errors import DtypeError, StateError


class Twice(nn.Module):
    """The same weight under two names, and a buffer."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(lab.tensor([[1.0, 2.0], [3.0, 4.0]]))
        self.again = self.weight
        self.register_buffer("shift", lab.tensor([1.0, 1.0]))

    def forward(self, x, scale=1.0):
        return (x @ self.weight) @ self.again * scale + self.shift


X = lab.tensor([1.0, 0.0])


def test_the_given_tensors_are_used_and_the_modules_own_come_back():
    model = Twice()
    before = model.weight
    y = func.functional_call(
        model, {"weight": lab.eye(2), "shift": lab.zeros(2)}, X, {"scale": 3.0}
    )
    assert y.tolist() == [3, 0]
    assert model.weight is model.again is before
    with pytest.raises(DtypeError):
        func.functional_call(model, {"weight": lab.eye(2)}, "no tensor")
    assert model.weight is before


def test_tied_weights_are_replaced_under_all_their_names_or_one():
    model = Twice()
    both = func.functional_call(model, {"weight": lab.eye(2)}, X)
    one = func.functional_call(model, {"weight": lab.eye(2)}, X, tie_weights=False)
    assert (both.tolist(), one.tolist()) == ([2, 1], [2, 3])


def test_wrong_names_are_named():
    with pytest.raises(StateError, match="no bias"):
        func.functional_call(Twice(), {"bias": X}, X)
    with pytest.raises(StateError, match="again, shift"):
        func.functional_call(Twice(), {"weight": X}, X, strict=True)


def test_gradients_per_example_by_vmap_of_grad():
    model, xs = Twice(), lab.tensor(np.random.default_rng(0).normal(size=(3, 2)), dtype=lab.float32)

    def loss(parameters, x):
        return func.functional_call(model, parameters, x).square().sum()

    parameters = {name: p.detach() for name, p in model.named_parameters()}
    each = func.vmap(func.grad(loss), in_dims=(None, 0))(parameters, xs)["weight"]
    for x, g in zip(xs, each, strict=True):
        model.zero_grad()
        model(x).square().sum().backward()
        np.testing.assert_allclose(g.array, model.weight.grad.array, rtol=1e-5)


def test_models_stacked_are_an_ensemble():
    models = [Twice(), Twice()]
    parameters, buffers = func.stack_module_state(models)
    assert parameters["weight"].shape == (2, 2, 2)
    assert parameters["weight"].requires_grad
    assert buffers["shift"].shape == (2, 2)
    ys = func.vmap(lambda p, b: func.functional_call(models[0], (p, b), X))(parameters, buffers)
    np.testing.assert_array_equal(ys.array, [m(X).detach().array for m in models])
