"""compile(): functions and modules, what is recorded anew, and what stays eager, with a reason."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import micrograd_lab as torch
from micrograd_lab.compiler import part

nn = torch.nn
settings.register_profile("compiler", deadline=None, max_examples=25, derandomize=True)
settings.load_profile("compiler")


@pytest.fixture(autouse=True)
def on_numpy(monkeypatch):
    monkeypatch.setattr(part, "switched_on", lambda: False)


def numbers(*shape, seed=0, requires_grad=False):
    array = np.random.default_rng(seed).standard_normal(shape).astype("f")
    return torch.tensor(array, requires_grad=requires_grad)


def call(f, *shapes, times=4):
    """f compiled, after some calls with other numbers each, all of which must be f's own."""
    compiled = torch.compile(f)
    for k in range(times):
        xs = [numbers(*shape, seed=10 * k + j) for j, shape in enumerate(shapes)]
        np.testing.assert_allclose(compiled(*xs).numpy(), f(*xs).numpy(), rtol=1e-5, atol=1e-6)
    return compiled


# --- functions ---------------------------------------------------------------------------------


def test_a_function_is_compiled_at_its_third_call():
    compiled = torch.compile(lambda x: torch.tanh(x) * 2)
    for k, programs in enumerate((0, 1, 1)):
        compiled(numbers(3, seed=k))
        assert compiled.cache_info()["compiled"] == programs


def test_another_shape_is_recorded_anew():
    compiled = call(lambda x: (x * x).sum(0), (3, 2))
    for k in range(4):
        assert compiled(numbers(5, 2, seed=k)).shape == (2,)
    assert compiled.cache_info() == {"signatures": 2, "compiled": 2}


def test_plain_arguments_are_part_of_the_signature():
    compiled = torch.compile(lambda x, power: x**power)
    for power in (2, 3, 2, 3, 2, 3):
        x = numbers(4, seed=power)
        np.testing.assert_allclose(compiled(x, power).numpy(), x.numpy() ** power, rtol=1e-5)
    assert compiled.cache_info() == {"signatures": 2, "compiled": 2}


def test_nests_of_results_and_arguments():
    compiled = torch.compile(
        lambda pair, k: {"a": pair[0] + k, "b": (pair[1], [pair[0] * pair[1]])}
    )
    for seed in range(4):
        x, y = numbers(2, seed=seed), numbers(2, seed=seed + 9)
        found = compiled((x, y), 1.5)
        np.testing.assert_allclose(found["a"].numpy(), x.numpy() + 1.5)
        assert found["b"][0] is y
        np.testing.assert_allclose(found["b"][1][0].numpy(), x.numpy() * y.numpy())


def test_gradients_of_a_compiled_function_flow_on():
    def f(x, w):
        return torch.relu(x @ w).exp().mean(1)

    compiled = torch.compile(f)
    for k in range(5):
        x, w = numbers(4, 3, seed=k, requires_grad=True), numbers(3, 2, seed=k, requires_grad=True)
        y = compiled(x * 2, w)
        (y * y).sum().backward()
        a, b = (t.detach().clone().requires_grad_() for t in (x, w))
        z = f(a * 2, b)
        (z * z).sum().backward()
        np.testing.assert_allclose(x.grad.numpy(), a.grad.numpy(), rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(w.grad.numpy(), b.grad.numpy(), rtol=1e-4, atol=1e-6)
    assert compiled.cache_info()["compiled"] == 1


def test_two_calls_before_backward_keep_their_own_numbers():
    compiled = torch.compile(lambda x: torch.tanh(x) * x)
    for k in range(3):
        compiled(numbers(3, seed=k, requires_grad=True))
    x, y = numbers(3, seed=5, requires_grad=True), numbers(3, seed=6, requires_grad=True)
    (compiled(x).sum() + compiled(y).sum()).backward()
    for t in (x, y):
        expected = torch.tanh(t) + t * (1 - torch.tanh(t) ** 2)
        np.testing.assert_allclose(t.grad.numpy(), expected.detach().numpy(), rtol=1e-5)


def test_without_gradients_it_is_another_program():
    compiled = torch.compile(lambda x: x * 3)
    x = numbers(2, requires_grad=True)
    for _ in range(4):
        assert compiled(x).requires_grad
        with torch.no_grad():
            assert not compiled(x).requires_grad
    assert compiled.cache_info() == {"signatures": 2, "compiled": 2}


CHAIN = {
    "tanh": torch.tanh, "relu": torch.relu, "sigmoid": torch.sigmoid, "square": lambda x: x * x,
    "half": lambda x: x / 2, "shift": lambda x: 1 - x, "centre": lambda x: x - x.mean(0),
    "rows": lambda x: x * x.sum(1, keepdim=True).tanh(), "turn": lambda x: x.T.contiguous().T,
    "fold": lambda x: x.reshape(2, 6).reshape(4, 3), "mix": lambda x: torch.where(x > 0, x, -x),
}  # fmt: skip


@given(st.lists(st.sampled_from(sorted(CHAIN)), min_size=1, max_size=6))
def test_any_chain_of_ops_is_the_same_compiled(names):
    def f(x):
        for name in names:
            x = CHAIN[name](x)
        return x

    call(f, (4, 3), times=3)


# --- modules -----------------------------------------------------------------------------------


def test_a_compiled_module_shares_its_parameters():
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    compiled = torch.compile(model)
    assert list(compiled.parameters()) == list(model.parameters())
    optimizer = torch.optim.SGD(compiled.parameters(), lr=0.1)
    for k in range(6):
        x = numbers(5, 3, seed=k)
        expected = model(x)
        found = compiled(x)
        np.testing.assert_allclose(found.detach().numpy(), expected.detach().numpy(), rtol=1e-5)
        optimizer.zero_grad()
        (found**2).mean().backward()
        grads = [p.grad.numpy().copy() for p in model.parameters()]
        optimizer.zero_grad()
        (expected**2).mean().backward()
        for p, g in zip(model.parameters(), grads, strict=True):
            np.testing.assert_allclose(g, p.grad.numpy(), rtol=1e-4, atol=1e-6)
        optimizer.step()
    assert "compiled:" in compiled.explain()


def test_eval_is_not_train():
    model = nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.5))
    compiled = torch.compile(model)
    x = torch.ones(2, 3)
    for _ in range(4):
        compiled(x)
    model.eval()
    for _ in range(4):
        np.testing.assert_allclose(
            compiled(x).detach().numpy(), model(x).detach().numpy(), rtol=1e-6
        )


# --- what stays eager ----------------------------------------------------------------------------


def branching(x):
    return x * 2 if x.sum() > 0 else x - 1


def reading(x):
    return x * x.mean().item()


def printing(x):
    print("here")
    return x + 1


def drawing(x):
    return x + torch.randn(3)


calls = []


def counting(x):
    calls.append(1)
    return x * len(calls)


def writing(x):
    y = x * 1
    y[0] = 0
    return y


def overwriting(x):
    x.add_(1)
    return x * 2


@pytest.mark.parametrize(
    ("f", "reason"),
    [
        (branching, "bool() of a tensor"),
        (reading, "item()"),
        (printing, "it prints"),
        (drawing, "made within the call and holds other numbers each time"),
        (counting, "then 9"),
        (writing, "part of a tensor is written in place"),
        (overwriting, "an argument or a constant is changed in place"),
    ],
)
def test_what_cannot_be_compiled_runs_eagerly_and_says_why(f, reason, capsys):
    compiled = torch.compile(f)
    calls.clear()
    for k in range(12):
        torch.manual_seed(k)
        x = numbers(3, seed=k)
        found = compiled(x.clone())
        calls[k:] = []
        torch.manual_seed(k)
        np.testing.assert_allclose(found.numpy(), f(x.clone()).numpy(), rtol=1e-6)
        calls[k + 1 :] = []
    assert compiled.cache_info()["compiled"] == 0
    assert reason in compiled.explain()


def test_targets_out_of_the_ordinary_run_eagerly():
    def f(x, y):
        return nn.functional.cross_entropy(x, y)

    compiled = torch.compile(f)
    for k in range(4):
        x, y = numbers(3, 4, seed=k), torch.tensor([0, 1 + k % 3, 3])
        np.testing.assert_allclose(compiled(x, y).numpy(), f(x, y).numpy(), rtol=1e-6)
    y = torch.tensor([0, -100, 2])
    np.testing.assert_allclose(compiled(x, y).numpy(), f(x, y).numpy(), rtol=1e-6)
    assert "ran eagerly" in compiled.explain()


def test_an_error_is_that_of_eager_mode():
    compiled = torch.compile(lambda x: x @ x)
    with pytest.raises(ValueError, match="matmul"):
        compiled(numbers(2, 3))


def test_nothing_is_left_of_a_recording():
    before = torch.Tensor.apply, torch.Tensor.item, print
    with pytest.raises(ValueError, match="matmul"):
        torch.compile(lambda x: x @ x)(numbers(2, 3))
    assert (torch.Tensor.apply, torch.Tensor.item, print) == before


def test_a_function_is_recorded_anew_inside_autocast():
    compiled = torch.compile(lambda a, b: a @ b)
    a, b = torch.ones(3, 3), torch.ones(3, 3)
    for _ in range(4):
        assert compiled(a, b).dtype == torch.float32
    with torch.autocast("cpu", dtype=torch.float16):
        for _ in range(4):
            assert compiled(a, b).dtype == torch.float16
    assert compiled(a, b).dtype == torch.float32
