"""What people are taught to expect of PyTorch, said with `import micrograd_lab as torch`."""

import numpy as np
import pytest

import micrograd_lab as torch


def test_a_parabola_plus_a_line_has_slope_7_at_2():
    x = torch.tensor(2.0, requires_grad=True)
    y = x**2 + 3 * x
    y.backward()
    assert repr(x.grad) == "tensor(7.)"


def test_the_gradient_of_a_sum_of_squares_and_lines_is_2x_plus_2():
    torch.manual_seed(0)
    x = torch.randn(3, requires_grad=True)
    z = (x**2 + 2 * x).sum()
    z.backward()
    assert torch.equal(x.grad, 2 * x.detach() + 2)


def test_autograd_grad_gives_the_same_and_leaves_grad_alone():
    x = torch.tensor([1.0, -2.0], requires_grad=True)
    (g,) = torch.autograd.grad((x**2 + 2 * x).sum(), x)
    assert g.tolist() == [4.0, -2.0]
    assert x.grad is None


def test_gradients_add_up_until_they_are_zeroed():
    w = torch.tensor(3.0, requires_grad=True)
    for expected in (6.0, 12.0):
        (w * w).backward()
        assert w.grad.item() == expected
    w.grad.zero_()
    (w * w).backward()
    assert w.grad.item() == 6.0
    w.grad = None
    (w * w).backward()
    assert w.grad.item() == 6.0


def test_two_paths_to_a_node_both_count():
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x + x
    y.backward()
    assert (y.item(), x.grad.item()) == (12.0, 7.0)


def test_a_square_of_an_affine_map_blames_each_input():
    x, w, b = (torch.tensor(v, requires_grad=True) for v in (2.0, 3.0, 1.0))
    loss = (x * w + b) ** 2
    loss.backward()
    assert [v.item() for v in (loss, x.grad, w.grad, b.grad)] == [49.0, 42.0, 28.0, 14.0]


def test_an_affine_layer_has_the_gradients_of_the_textbook():
    torch.manual_seed(1)
    X, W, b = torch.randn(5, 3), torch.randn(2, 3, requires_grad=True), torch.zeros(2)
    b.requires_grad_()
    Z = X @ W.T + b
    G = torch.randn(5, 2)
    Z.backward(G)
    assert torch.allclose(W.grad, G.T @ X)
    assert torch.allclose(b.grad, G.sum(0))


def test_detach_and_data_cut_the_graph():
    x = torch.tensor(2.0, requires_grad=True)
    y = x**2
    assert not y.detach().requires_grad
    assert not y.data.requires_grad
    (y.detach() * x).backward()  # as if y were the number 4
    assert x.grad.item() == 4.0


def test_nothing_is_recorded_under_no_grad():
    w = torch.tensor(2.0, requires_grad=True)
    with torch.no_grad():
        assert torch.is_grad_enabled() is False
        y = w * w
    assert not y.requires_grad
    with pytest.raises(RuntimeError, match="does not require a gradient"):
        y.backward()


def test_an_update_step_by_hand():
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    (w**2).sum().backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
    assert w.is_leaf
    assert w.requires_grad
    assert torch.allclose(w, torch.tensor([0.8, 1.6]))


def test_a_second_backward_needs_retain_graph():
    x = torch.tensor(2.0, requires_grad=True)
    hidden = x**3
    loss_a, loss_b = hidden * 2, hidden * 3
    loss_a.backward()
    with pytest.raises(RuntimeError, match="retain_graph=True"):
        loss_b.backward()

    x.grad = None
    hidden = x**3
    loss_a, loss_b = hidden * 2, hidden * 3
    loss_a.backward(retain_graph=True)
    loss_b.backward()
    apart = x.grad.item()
    x.grad = None
    hidden = x**3
    (hidden * 2 + hidden * 3).backward()
    assert x.grad.item() == apart == 60.0


def test_a_residual_added_in_place_overwrites_what_backward_needs():
    x = torch.randn(4, requires_grad=True)
    hidden = x.exp()
    residual = torch.ones(4)
    loss = (hidden * hidden).sum()
    hidden += residual
    with pytest.raises(RuntimeError, match="in place"):
        loss.backward()

    x = torch.zeros(4, requires_grad=True)
    hidden = x.exp()
    loss = (hidden * hidden).sum()
    hidden = hidden + residual
    loss.backward()
    assert x.grad.tolist() == [2.0] * 4


def test_none_is_not_zero():
    used, dead, unused = (torch.ones(2, requires_grad=True) for _ in range(3))
    (used * 2 + torch.relu(dead - 5)).sum().backward()
    assert used.grad.tolist() == [2.0, 2.0]
    assert dead.grad.tolist() == [0.0, 0.0]  # connected, but nothing comes through
    assert unused.grad is None  # not connected


def test_a_frozen_tensor_gets_no_gradient():
    w = torch.ones(2, requires_grad=True)
    w.requires_grad_(False)
    b = torch.zeros(2, requires_grad=True)
    (w * 3 + b).sum().backward()
    assert w.grad is None
    assert b.grad.tolist() == [1.0, 1.0]


def test_invalid_numbers_can_be_looked_for():
    x = torch.tensor([-1.0, 0.0, 1.0])
    y = torch.log(x)
    assert torch.isnan(y).any()
    assert torch.isinf(y).any()
    assert torch.isfinite(x).all()


def test_norms_of_gradients_are_printed_as_numbers():
    w = torch.tensor([3.0, -4.0], requires_grad=True)
    (w**2 / 2).sum().backward()
    g = w.grad.detach()
    line = f"norm={g.norm().item():.3e}, min={g.min().item():.3e}, max={g.max().item():.3e}"
    assert line == "norm=5.000e+00, min=-4.000e+00, max=3.000e+00"
    assert w.grad.abs().mean().item() == 3.5


def test_a_hook_sees_the_gradient_and_can_be_taken_away():
    seen = []
    w = torch.tensor([1.0, 0.0], requires_grad=True)

    def hook(grad):
        seen.append(bool(torch.isinf(grad).any()))
        return grad

    handle = w.register_hook(hook)
    torch.sqrt(w).sum().backward()
    assert seen == [True]
    handle.remove()
    torch.sqrt(w).sum().backward()
    assert seen == [True]


def test_gradients_vanish_through_saturated_sigmoids():
    x = torch.tensor(0.5, requires_grad=True)
    y = x
    for _ in range(10):
        y = torch.sigmoid(y)
    y.backward()
    assert 0 < x.grad.item() < 0.25**10 * 1.01


def test_logits_keep_the_loss_finite_where_probabilities_do_not():
    logits = torch.tensor([200.0, -200.0], requires_grad=True)
    target = torch.tensor([0.0, 1.0])
    naive = -(target * torch.log(torch.sigmoid(logits)))
    assert not torch.isfinite(naive).all()
    stable = torch.nn.functional.binary_cross_entropy_with_logits(logits, target)
    assert stable.item() == 200.0
    stable.backward()
    assert logits.grad.tolist() == [0.5, -0.5]


def test_clipping_a_norm_keeps_the_direction():
    w = torch.tensor([30.0, 40.0], requires_grad=True)
    (w**2 / 2).sum().backward()
    norm = torch.linalg.vector_norm(w.grad)
    w.grad.mul_(1.0 / norm)
    assert np.allclose(w.grad.numpy(), [0.6, 0.8])


def test_the_log_of_a_sigmoid_has_the_slope_of_differences():
    x = torch.tensor([-2.0, 0.1, 3.0], dtype=torch.float64, requires_grad=True)
    torch.log(torch.sigmoid(x)).sum().backward()
    f, eps = lambda v: np.log(1 / (1 + np.exp(-v))), 1e-6
    v = x.detach().numpy()
    assert np.allclose(x.grad.numpy(), (f(v + eps) - f(v - eps)) / (2 * eps))
