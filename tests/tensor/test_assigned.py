"""What may be put into x.grad: None, or a tensor like x."""

import numpy as np
import pytest

import micrograd_lab as lab
from micrograd_lab.errors import DtypeError, GradError, LabError, ShapeError


def leaf():
    return lab.tensor([1.0, 2.0, 3.0], requires_grad=True)


@pytest.mark.parametrize(
    ("g", "error", "advice"),
    [
        (lab.ones(4, 3), ShapeError, r"\(4, 3\), where x has shape \(3,\).*g\.sum_to_size"),
        (lab.ones(1, 3), ShapeError, r"\(1, 3\), where x has shape \(3,\).*g\.reshape"),
        (lab.ones(2), ShapeError, r"\(2,\), where x has shape \(3,\).*another tensor"),
        (lab.ones(3, dtype=lab.float64), DtypeError, r"float64, where x has float32.*g\.to"),
        (0.0, DtypeError, "float: expected a tensor, or None"),
        ([1.0, 2.0, 3.0], DtypeError, "list: expected a tensor, or None"),
        (np.ones(3, np.float32), DtypeError, "ndarray: expected a tensor, or None"),
    ],
    ids=["broadcast", "another shape", "too few", "dtype", "number", "list", "array"],
)
def test_what_is_no_gradient_of_x_is_refused_and_the_old_one_stays(g, error, advice):
    x = leaf()
    x.grad = old = lab.ones(3)
    with pytest.raises(error, match=advice):
        x.grad = g
    assert x.grad is old


def test_no_tensor_is_its_own_gradient():
    x = leaf()
    with pytest.raises(GradError, match="its own gradient"):
        x.grad = x


def test_none_and_a_tensor_like_x_are_taken_as_they_are_and_backward_adds_to_it():
    x = leaf()
    x.grad = g = lab.tensor([10.0, 20.0, 30.0])
    assert x.grad is g
    (x * x).sum().backward()
    assert x.grad.tolist() == [12.0, 24.0, 36.0]
    x.grad = None
    (x * x).sum().backward()
    assert x.grad.tolist() == [2.0, 4.0, 6.0]
    del x.grad
    assert x.grad is None


def test_the_advice_of_each_message_works():
    x = leaf()
    x.grad = lab.ones(4, 3).sum_to_size(x.shape)
    assert x.grad.tolist() == [4.0, 4.0, 4.0]
    x.grad = lab.ones(1, 3).reshape(x.shape)
    x.grad = lab.ones(3, dtype=lab.float64).to(x.dtype)
    x.grad = x.detach().clone()
    assert x.grad.tolist() == [1.0, 2.0, 3.0]


def test_a_parameter_that_has_no_shape_yet_takes_no_gradient():
    waiting = lab.nn.UninitializedParameter()
    with pytest.raises(LabError, match="no shape"):
        waiting.grad = lab.ones(3)
    assert waiting.grad is None


def test_gradients_that_the_engine_writes_are_not_asked_about(monkeypatch):
    from micrograd_lab.autograd import assigned

    def asked(x, g):
        raise AssertionError("the engine's own gradient went through the door for users")

    monkeypatch.setattr(assigned, "check_gradient", asked)
    x = leaf()
    for create_graph in (False, True):
        y = x * 2
        y.retain_grad()
        (y * y).sum().backward(create_graph=create_graph)
        (y * y).sum().backward(create_graph=create_graph)
        x.grad = None
