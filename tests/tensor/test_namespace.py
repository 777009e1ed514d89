"""`import micrograd_lab as torch`: PyTorch's names, found on first use."""

import importlib
import subprocess
import sys

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab.errors import DeviceError, LabError
from micrograd_lab.methods import tables
from micrograd_lab.namespace import NAMES
from micrograd_lab.ops.op import Op
from micrograd_lab.ops.operators import Operators

# What the programs of learners use; each is checked to be there.
NEEDED = """
    Generator Size Tensor abs add addmm all allclose amax any arange argmax argmin as_tensor
    bernoulli bmm bool cat chunk clamp concat cos cumsum device diag div dot double e einsum empty
    enable_grad eq equal exp eye finfo flatten flip float float16 float32 float64 from_numpy full gather
    get_default_dtype half iinfo index_select inf inference_mode int int64 int8 is_grad_enabled
    is_tensor isfinite isinf isnan linspace load log log_softmax logsumexp long manual_seed
    masked_select matmul max maximum mean meshgrid min mm multinomial nan newaxis no_grad norm normal
    ones ones_like outer permute pi pow prod rand rand_like randint randn randn_like randperm relu
    reshape round save set_default_dtype set_grad_enabled set_printoptions short sigmoid sign sin
    softmax sort split sqrt squeeze stack std sum swapaxes take_along_dim tan tanh tensor tensordot
    topk transpose tril triu uint8 unbind unsqueeze var where zeros zeros_like
"""


@pytest.mark.parametrize("name", NEEDED.split())
def test_it_is_there(name):
    assert getattr(torch, name, "missing") != "missing"
    assert name in dir(torch)


def test_submodules_need_no_import_of_their_own():
    code = (
        "import micrograd_lab as torch\n"
        "torch.nn.functional.relu, torch.linalg.norm, torch.autograd.grad, torch.func.vmap\n"
        "torch.autograd.functional.jacobian, torch.utils.checkpoint.checkpoint, torch.random\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_they_can_be_imported_as_usual():
    code = (
        "import micrograd_lab.nn.functional as F\n"
        "from micrograd_lab import nn, tensor\n"
        "from micrograd_lab.tensor import Tensor\n"
        "import micrograd_lab as torch\n"
        "assert F is nn.functional and callable(tensor) and torch.tensor is tensor\n"
        "assert isinstance(tensor(1.0), Tensor)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", ["Value", "MLP", "Dual", "gradcheck", "jvp", "draw", "steps"])
def test_the_first_lessons_need_no_numpy(name):
    code = f"import sys, micrograd_lab; micrograd_lab.{name}; print('numpy' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == ["False"]


def test_a_name_that_is_not_there_is_the_usual_error():
    with pytest.raises(AttributeError, match="no attribute 'conv9d'"):
        torch.conv9d
    with pytest.raises(ImportError):
        importlib.import_module("micrograd_lab.nothing")
    assert not hasattr(torch, "__wrapped__")


def test_every_function_that_is_declared_exists_once_and_says_what_it_does():
    homes = {}
    for module in tables():
        for name in module.FUNCTIONS:
            function = getattr(module, name)
            first = homes.setdefault(name, function)
            assert first is function, f"{name} is two things"
            assert NAMES[name] is function
            assert isinstance(function, Op) or callable(function)


def test_every_method_is_the_function():
    for module in tables():
        for name in module.METHODS:
            assert callable(getattr(Operators, name)), name
        for name in module.IN_PLACE:
            assert callable(getattr(torch.Tensor, f"{name}_")), name
    x = torch.tensor([1.0, 4.0])
    assert x.sqrt().tolist() == torch.sqrt(x).tolist() == [1.0, 2.0]
    assert x.sum().item() == torch.sum(x).item() == 5.0


def test_a_shape_prints_like_pytorchs_and_counts():
    x = torch.zeros(2, 3)
    assert repr(x.shape) == repr(x.size()) == "torch.Size([2, 3])"
    assert x.shape == (2, 3)
    assert x.shape.numel() == 6
    assert repr(x.shape[:1] + x.shape[1:]) == "torch.Size([2, 3])"
    assert repr(torch.tensor(1.0).shape) == "torch.Size([])"
    assert f"{x.shape}" == "(2, 3)"
    rows, columns = x.shape
    assert (rows, columns) == (2, 3)


def test_there_is_only_the_cpu():
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    assert str(device) == device.type == "cpu"
    assert repr(device) == "device(type='cpu')"
    x = torch.ones(2, device=device).to(device)
    assert x.device == device == torch.device("cpu")
    assert not torch.backends.mps.is_available()
    for ask in (lambda: torch.device("cuda:0"), lambda: torch.ones(2, device="cuda"), x.cuda):
        with pytest.raises(DeviceError, match="CPU"):
            ask()


# --- next to NumPy, and next to the scalar engine ---------------------------------------------


def test_numpy_gets_the_numbers_and_gives_them():
    a = np.arange(6.0).reshape(2, 3)
    x = torch.from_numpy(a)
    assert np.asarray(x) is a
    assert x.numpy() is a
    assert np.array_equal(np.array(torch.tensor([1, 2])), [1, 2])
    assert float(torch.tensor(2.5)) == 2.5


@pytest.mark.parametrize("side", ["left", "right"])
def test_an_array_in_arithmetic_with_a_tensor_gives_a_tensor(side):
    a, x = np.array([1.0, 2.0]), torch.tensor([3.0, 4.0], requires_grad=True)
    y = a * x if side == "left" else x * a
    assert torch.is_tensor(y)
    y.sum().backward()
    assert x.grad.tolist() == [1.0, 2.0]


def test_numpys_own_functions_refuse_a_tensor_that_needs_its_history():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    for ask in (lambda: np.exp(x), lambda: np.add(np.ones(2), x)):
        with pytest.raises(TypeError):
            ask()
    with pytest.raises(LabError, match="detach"):
        np.asarray(x)


@pytest.mark.parametrize("op", ["+", "-", "*", "/", "**"])
@pytest.mark.parametrize("shape", [(), (2,)])
def test_the_two_engines_do_not_mix(op, shape):
    both = {"v": torch.Value(2.0), "x": torch.ones(shape)}
    for expression in (f"v {op} x", f"x {op} v"):
        with pytest.raises(LabError, match="two engines"):
            eval(expression, both)


# --- pictures -----------------------------------------------------------------------------------


def test_a_graph_of_tensors_is_drawn_with_shapes_and_the_names_of_ops():
    X = torch.ones(4, 3)
    W = torch.ones(3, 2, requires_grad=True)
    b = torch.tensor([1.0, -0.5], requires_grad=True)
    W.label, b.label = "W", "b"
    hidden = X @ W + b
    loss = torch.tanh(hidden * hidden).sum()
    loss.label = "loss"
    loss.backward()
    picture = torch.draw(loss)
    assert picture.source == torch.draw(loss).source
    for word in ("matmul", "tanh", "sum", "×", "float32 3×2", "float32 4×2", "1, −0.5", "loss"):
        assert word in picture.source, word
    assert "0x" not in picture.source
    assert "Inputs: W = float32 3×2" in picture.alt
    assert len(torch.draw(loss, depth=1).source) < len(picture.source)


def test_a_root_that_another_root_was_made_from_is_drawn_once():
    x = torch.ones(2, requires_grad=True)
    hidden = torch.exp(x)
    source = torch.draw([hidden, torch.sin(hidden)]).source
    assert source.count("<B>exp</B>") == 1
    assert source.count("peripheries=2") == 2


def test_an_entry_that_is_not_finite_stands_out():
    x = torch.tensor([1.0, 0.0], requires_grad=True)
    good, bad = torch.draw(x + 1).source, torch.draw(torch.log(x)).source
    assert bad.count("BGCOLOR") > good.count("BGCOLOR")


def test_steps_says_that_it_starts_from_one_number():
    x = torch.ones(2, requires_grad=True)
    with pytest.raises(LabError, match=r"starts from one number.*found shape \(2,\).*y\.sum\(\)"):
        torch.steps(x * x)
