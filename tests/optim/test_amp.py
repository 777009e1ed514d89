"""Half precision: what autocast lowers, that it leaves no trace, and how losses are scaled."""

import threading

import numpy as np
import pytest

import micrograd_lab as lab
import micrograd_lab.nn.functional as F
from micrograd_lab.errors import DtypeError, GradError, OptionError, StateError
from micrograd_lab.ops import casting
from micrograd_lab.ops.op import Op
from micrograd_lab.ops.operators import Operators


def pair(*shape):
    rng = np.random.default_rng(0)
    return [lab.tensor(rng.normal(size=shape).astype("float32"), requires_grad=True) for _ in "ab"]


def test_products_are_halves_inside_and_singles_outside():
    a, b = pair(4, 4)
    with lab.autocast("cpu", dtype=lab.float16):
        assert lab.is_autocast_enabled("cpu")
        assert (a @ b).dtype == F.linear(a, b).dtype == lab.einsum("ij,jk", a, b).dtype == lab.half
        assert (a + b).dtype == lab.float32
        with lab.autocast("cpu", enabled=False):
            assert (a @ b).dtype == lab.float32
        assert (a @ b).dtype == lab.half
    assert (a @ b).dtype == lab.float32
    assert not lab.is_autocast_enabled("cpu")


def test_losses_are_computed_on_singles():
    a, b = pair(4, 4)
    with lab.autocast("cpu"):
        y = a @ b
        assert F.mse_loss(y, y).dtype == F.cross_entropy(y, lab.arange(4)).dtype == lab.float32


def test_gradients_of_singles_are_singles_and_what_is_kept_is_halves():
    a, b = pair(4, 4)
    with lab.autocast("cpu"):
        y = a @ b
    assert {v.dtype for v in y.grad_fn.saved if isinstance(v, np.ndarray)} == {lab.float16}
    y.float().sin().sum().backward()
    assert a.grad.dtype == b.grad.dtype == lab.float32


def test_a_half_product_sums_in_singles():
    ones = lab.ones(1, 4096)
    with lab.autocast("cpu"):
        assert (ones @ ones.T).item() == 4096.0  # in halves, 2048 + 1 is 2048


def test_nothing_is_replaced_inside_and_an_error_ends_it_too():
    before = Op.__call__, F.cross_entropy, lab.einsum, vars(Operators)["softmax"]
    with lab.autocast("cpu"), lab.autocast("cpu"):
        assert before == (Op.__call__, F.cross_entropy, lab.einsum, vars(Operators)["softmax"])
    with pytest.raises(ZeroDivisionError), lab.autocast("cpu"), lab.autocast("cpu", enabled=False):
        1 / 0
    assert not lab.is_autocast_enabled()
    assert casting.blocks == []


def test_a_function_imported_by_name_is_caught_too():
    from micrograd_lab.nn.functional import conv1d, layer_norm, mse_loss
    from micrograd_lab.ops.curves import logsigmoid

    keep = {"trace": lab.trace, "sum": lab.Tensor.sum}
    a, b = pair(4, 4)
    x = lab.full((1, 3000), 40.0).half()
    with lab.autocast("cpu"):
        y = a @ b
        assert mse_loss(y, y).dtype == keep["trace"](y).dtype == y.prod().dtype == lab.float32
        assert conv1d(a[None], b[:, :, None], a[0]).dtype == lab.half
        assert keep["sum"](y).dtype == logsigmoid(y).dtype == layer_norm(y, (4,)).dtype == lab.half
        assert lab.nn.MSELoss()(y, y).dtype == lab.nn.functional.l1_loss(y, y).dtype == lab.float32
        assert x.norm().item() == pytest.approx(40 * 3000**0.5, rel=1e-3)  # the squares overflow


@pytest.mark.parametrize("on", [False, True])
def test_a_loss_warns_at_the_line_that_calls_it(on):
    a, _ = pair(4, 4)
    with (
        lab.autocast("cpu", enabled=on),
        pytest.warns(UserWarning, match="broadcast against each other") as seen,
    ):
        F.mse_loss(a @ a, a[0])
    assert seen[0].filename == __file__


def test_a_dtype_that_is_asked_for_is_given():
    a, b = pair(4, 4)
    with lab.autocast("cpu"):
        y = a @ b
        sums = y.sum(dtype=lab.float32), y.cumsum(0, dtype=lab.float32)
        assert {z.dtype for z in (*sums, F.softmax(y, -1, dtype=lab.float32))} == {lab.float32}
        assert F.softmax(input=y, dim=-1).dtype == lab.half


def test_blocks_nest_within_a_thread_while_another_has_its_own():
    a, b = pair(4, 4)
    seen, go, done = [], threading.Event(), threading.Event()

    def other():
        with lab.autocast("cpu"):
            done.set()
            go.wait(5)
            seen.append((a @ b).dtype)

    thread = threading.Thread(target=other)
    thread.start()
    assert done.wait(5)
    assert (a @ b).dtype == lab.float32  # on, but elsewhere
    with lab.autocast("cpu"), lab.autocast("cpu", enabled=False), lab.autocast("cpu"):
        go.set()
        thread.join()
        assert (a @ b).dtype == lab.half  # that the other has ended does not end this one
    assert seen == [lab.half]
    assert casting.blocks == []


def test_second_derivatives_and_tangents_go_through_halves():
    a, b = pair(4, 4)
    with lab.autocast("cpu"):
        (g,) = lab.autograd.grad((a @ b).softmax(-1).float().square().sum(), a, create_graph=True)
        y, dy = lab.func.jvp(lambda x: (x @ b).softmax(-1), (a.detach(),), (a.detach(),))
    assert y.dtype == dy.dtype == lab.half
    g.square().sum().backward()
    assert g.dtype == a.grad.dtype == lab.float32
    assert np.isfinite(a.grad.numpy()).all()


def test_other_threads_are_not_lowered():
    a, b = pair(4, 4)
    seen = []
    with lab.autocast("cpu"):
        thread = threading.Thread(target=lambda: seen.append((a @ b).dtype))
        thread.start()
        thread.join()
    assert seen == [lab.float32]


def test_it_decorates_functions():
    @lab.autocast("cpu", dtype=lab.float16)
    def product(a, b):
        return a @ b

    assert product(*pair(3, 3)).dtype == lab.half
    assert product(*pair(3, 3)).dtype == lab.half


def test_bfloat16_and_absent_devices_are_answered():
    for bfloat16 in ("bfloat16", lab.bfloat16):
        with pytest.raises(DtypeError, match=r"Use torch\.float16"):
            lab.autocast("cpu", dtype=bfloat16)
    with pytest.warns(UserWarning, match="no device 'cuda'"):
        off = lab.autocast("cuda")
    a, b = pair(3, 3)
    with off:
        assert (a @ b).dtype == lab.float32
    with pytest.warns(UserWarning, match="not to float32"):
        lab.autocast("cpu", dtype=lab.float32)
    with pytest.warns(UserWarning, match="does nothing here"):
        assert not lab.cuda.amp.GradScaler().is_enabled()
    assert not lab.amp.GradScaler(enabled=False).is_enabled()


def scaled(value=1.0, **options):
    x = lab.tensor([1.0], requires_grad=True)
    optimizer = lab.optim.SGD([x], 0.5)
    scaler = lab.amp.GradScaler("cpu", **{"init_scale": 8.0, "growth_interval": 2} | options)
    scaler.scale((x * value).sum()).backward()
    return x, optimizer, scaler


def test_a_step_uses_gradients_without_the_scale():
    x, optimizer, scaler = scaled()
    assert x.grad.item() == 8.0
    scaler.step(optimizer)
    assert x.item() == 0.5


@pytest.mark.parametrize("value", [np.inf, np.nan])
def test_a_step_on_inf_or_nan_is_left_out_and_the_scale_backs_off(value):
    x, optimizer, scaler = scaled(value)
    assert scaler.step(optimizer) is None
    scaler.update()
    assert x.item() == 1.0
    assert scaler.get_scale() == 4.0


def test_the_scale_grows_after_enough_good_steps():
    x, optimizer, scaler = scaled()
    for k in range(4):
        optimizer.zero_grad()
        scaler.scale(x.sum()).backward()
        scaler.step(optimizer)
        scaler.update()
        assert scaler.get_scale() == (8.0, 16.0, 16.0, 32.0)[k]


def test_clipping_sees_gradients_that_are_unscaled_once():
    x, optimizer, scaler = scaled(4.0)
    scaler.unscale_(optimizer)
    assert x.grad.item() == 4.0
    with pytest.raises(GradError, match="a second time"):
        scaler.unscale_(optimizer)
    x.grad.fill_(1.0)
    scaler.step(optimizer)
    assert x.item() == 0.5


def test_a_scaler_goes_on_from_its_state():
    _, optimizer, scaler = scaled()
    scaler.step(optimizer)
    scaler.update()
    other = lab.amp.GradScaler("cpu")
    other.load_state_dict(scaler.state_dict())
    assert other.state_dict() == scaler.state_dict()
    with pytest.raises(StateError, match="not enabled"):
        other.load_state_dict({})


def test_gradients_in_halves_are_not_unscaled():
    x = lab.tensor([1.0], dtype=lab.float16, requires_grad=True)
    scaler = lab.amp.GradScaler("cpu", init_scale=2.0)
    scaler.scale(x.sum()).backward()
    with pytest.raises(OptionError, match="float16"):
        scaler.step(lab.optim.SGD([x], 0.5))
