"""autocast and GradScaler, next to PyTorch's on its CPU."""

import warnings

import numpy as np
import pytest

import micrograd_lab as lab
import micrograd_lab.nn.functional as F

torch = pytest.importorskip("torch")
G = torch.nn.functional

# Each gets the module, its functional, two (4, 4) singles, their half product, and a (2, 3, 4) single.
CALLS = {
    "@": lambda t, f, a, b, h, x: a @ b,
    "@ mixed": lambda t, f, a, b, h, x: h @ a,
    "matmul": lambda t, f, a, b, h, x: t.matmul(x, x.mT),
    "mm": lambda t, f, a, b, h, x: t.mm(a, b),
    "bmm": lambda t, f, a, b, h, x: t.bmm(x, x.mT),
    "addmm": lambda t, f, a, b, h, x: t.addmm(a, a, b),
    "baddbmm": lambda t, f, a, b, h, x: t.baddbmm(x @ x.mT, x, x.mT),
    "linear": lambda t, f, a, b, h, x: f.linear(a, b, a[0]),
    "einsum": lambda t, f, a, b, h, x: t.einsum("ij,kj->ik", a, b),
    "conv1d": lambda t, f, a, b, h, x: f.conv1d(x, x[:, :, :2], a[0, :2]),
    "conv2d": lambda t, f, a, b, h, x: f.conv2d(x[None], x[None, :, :2, :2]),
    "conv_transpose1d": lambda t, f, a, b, h, x: f.conv_transpose1d(x, x[0][:, None, :2]),
    "attention": lambda t, f, a, b, h, x: f.scaled_dot_product_attention(x, x, x),
    "exp": lambda t, f, a, b, h, x: h.exp(),
    "log": lambda t, f, a, b, h, x: h.abs().log(),
    "pow": lambda t, f, a, b, h, x: h**2,
    "sum": lambda t, f, a, b, h, x: h.sum(),
    "sum of columns": lambda t, f, a, b, h, x: t.sum(h, 0),
    "mean": lambda t, f, a, b, h, x: h.mean(),
    "var": lambda t, f, a, b, h, x: h.var(),
    "prod": lambda t, f, a, b, h, x: h.prod(),
    "softmax": lambda t, f, a, b, h, x: f.softmax(h, dim=-1),
    "softmax method": lambda t, f, a, b, h, x: h.softmax(-1),
    "log_softmax": lambda t, f, a, b, h, x: t.log_softmax(h, -1),
    "logsumexp": lambda t, f, a, b, h, x: t.logsumexp(h, -1),
    "cross_entropy": lambda t, f, a, b, h, x: f.cross_entropy(h, t.arange(4)),
    "nll_loss": lambda t, f, a, b, h, x: f.nll_loss(h, t.arange(4)),
    "mse_loss": lambda t, f, a, b, h, x: f.mse_loss(h, h * 2),
    "mse_loss mixed": lambda t, f, a, b, h, x: f.mse_loss(h, a),
    "l1_loss": lambda t, f, a, b, h, x: f.l1_loss(h, h * 2),
    "smooth_l1_loss": lambda t, f, a, b, h, x: f.smooth_l1_loss(h, h * 2),
    "huber_loss": lambda t, f, a, b, h, x: f.huber_loss(h, h * 2),
    "bce": lambda t, f, a, b, h, x: f.binary_cross_entropy(h.sigmoid(), a.sigmoid()),
    "bce with logits": lambda t, f, a, b, h, x: f.binary_cross_entropy_with_logits(h, a.sigmoid()),
    "kl_div": lambda t, f, a, b, h, x: f.kl_div(h, a.sigmoid(), reduction="sum"),
    "layer_norm": lambda t, f, a, b, h, x: f.layer_norm(h, (4,), a[0], a[1]),
    "layer_norm single": lambda t, f, a, b, h, x: f.layer_norm(a, (4,)),
    "group_norm": lambda t, f, a, b, h, x: f.group_norm(h, 1),
    "gelu": lambda t, f, a, b, h, x: f.gelu(h),
    "relu": lambda t, f, a, b, h, x: f.relu(h),
    "tanh": lambda t, f, a, b, h, x: h.tanh(),
    "cat": lambda t, f, a, b, h, x: t.cat([h, a]),
    "stack": lambda t, f, a, b, h, x: t.stack([h, a]),
    "where": lambda t, f, a, b, h, x: t.where(h > 0, h, a),
    "+": lambda t, f, a, b, h, x: h + a,
    "double @": lambda t, f, a, b, h, x: a.double() @ b.double(),
    "cdist": lambda t, f, a, b, h, x: t.cdist(h, h + 1),
    "max_pool2d": lambda t, f, a, b, h, x: f.max_pool2d(h[None], 2),
    "tensordot": lambda t, f, a, b, h, x: t.tensordot(x, a, 1),
    "trace": lambda t, f, a, b, h, x: t.trace(h),
    "quantile": lambda t, f, a, b, h, x: t.quantile(h, 0.3, dim=1),
    "std": lambda t, f, a, b, h, x: h.std(1),
    "norm": lambda t, f, a, b, h, x: h.norm(),
    "norm of order 3": lambda t, f, a, b, h, x: t.norm(h, 3, 1),
    "cumsum": lambda t, f, a, b, h, x: h.cumsum(0),
    "cumprod": lambda t, f, a, b, h, x: t.cumprod(h, 1),
    "softmin": lambda t, f, a, b, h, x: f.softmin(h, dim=0),
    "softmax of dtype": lambda t, f, a, b, h, x: f.softmax(h, dim=-1, dtype=t.float32),
    "sum of dtype": lambda t, f, a, b, h, x: h.sum(dtype=t.float32),
    "mean of dtype": lambda t, f, a, b, h, x: t.mean(h, 0, dtype=t.float32),
    "silu": lambda t, f, a, b, h, x: f.silu(h),
    "mish": lambda t, f, a, b, h, x: f.mish(h),
    "softplus": lambda t, f, a, b, h, x: f.softplus(h),
    "logsigmoid": lambda t, f, a, b, h, x: f.logsigmoid(h),
    "gelu tanh": lambda t, f, a, b, h, x: f.gelu(h, approximate="tanh"),
    "batch_norm": lambda t, f, a, b, h, x: f.batch_norm(h, None, None, a[0], b[0], True),
    "instance_norm": lambda t, f, a, b, h, x: f.instance_norm(h[None]),
    "avg_pool3d": lambda t, f, a, b, h, x: f.avg_pool3d(h[None, None, None], (1, 2, 2)),
    "soft_margin_loss": lambda t, f, a, b, h, x: f.soft_margin_loss(h, a.detach().sign()),
    "addbmm": lambda t, f, a, b, h, x: t.addbmm(a[:3, :3], x, x.mT),
    "module": lambda t, f, a, b, h, x: t.nn.SmoothL1Loss()(h, a),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_dtypes_numbers_and_gradients_are_those_of_pytorch(name):
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=s).astype("float32") for s in ((4, 4), (4, 4), (2, 3, 4))]
    found = []
    for t, f in ((torch, G), (lab, F)):
        a, b, x = (t.tensor(z, requires_grad=True) for z in arrays)
        with t.autocast("cpu", dtype=t.float16):
            h = t.matmul(a, b)
            y = CALLS[name](t, f, a, b, h, x)
        y.float().sin().sum().backward()
        grads = [z.grad for z in (a, b, x)]
        found.append((y, [g for g in grads if g is not None]))
    (theirs, dx), (ours, dz) = found
    assert str(theirs.dtype) == f"torch.{ours.dtype}"
    y, z = theirs.detach().double().numpy(), ours.detach().double().numpy()
    np.testing.assert_allclose(z, y, rtol=4e-3, atol=4e-3)
    for g, e in zip(dz, dx, strict=True):
        assert str(g.dtype) == "float32"
        np.testing.assert_allclose(g.numpy(), e.numpy(), rtol=2e-2, atol=2e-2)


def test_a_half_product_of_many_terms_is_as_good_as_pytorchs():
    rng = np.random.default_rng(1)
    a, b = (
        rng.normal(size=(8, 3000)).astype("float32"),
        rng.normal(size=(3000, 8)).astype("float32"),
    )
    with torch.autocast("cpu", dtype=torch.float16):
        y = torch.tensor(a) @ torch.tensor(b)
    with lab.autocast("cpu", dtype=lab.float16):
        z = lab.tensor(a) @ lab.tensor(b)
    np.testing.assert_allclose(z.float().numpy(), y.float().numpy(), rtol=2e-3, atol=2e-2)


class Net:
    """The same two layers and clipping under either module."""

    def __init__(self, module, seed):
        rng = np.random.default_rng(seed)
        t = self.t = module
        self.f = module.nn.functional
        self.w = [
            t.tensor(rng.normal(size=s).astype("float32"), requires_grad=True)
            for s in ((8, 5), (8,), (3, 8), (3,))
        ]

    def loss(self, x, y):
        a, b, c, d = self.w
        h = self.f.relu(self.f.linear(self.t.tensor(x), a, b))
        return self.f.cross_entropy(self.f.linear(h, c, d), self.t.tensor(y))


@pytest.mark.parametrize("lower", [True, False])
def test_training_in_halves_follows_pytorch(lower):
    rng = np.random.default_rng(2)
    x = rng.normal(size=(20, 16, 5)).astype("float32")
    y = rng.integers(0, 3, (20, 16))
    losses = []
    for t in (torch, lab):
        net = Net(t, 3)
        optimizer = t.optim.SGD(net.w, lr=0.05, momentum=0.9)
        scaler = t.amp.GradScaler("cpu", init_scale=1024.0, growth_interval=5)
        losses.append([])
        for k in range(20):
            optimizer.zero_grad()
            with t.autocast("cpu", dtype=t.float16, enabled=lower):
                loss = net.loss(x[k], y[k])
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
            losses[-1].append(loss.item())
        losses[-1].append(scaler.get_scale() / 1e4)
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-2 if lower else 1e-4)


@pytest.mark.parametrize("seed", range(8))
def test_scales_and_skipped_steps_agree(seed):
    rng = np.random.default_rng(seed)
    options = {
        "init_scale": float(2.0 ** rng.integers(0, 16)),
        "growth_factor": float(rng.uniform(1.1, 4)),
        "backoff_factor": float(rng.uniform(0.1, 0.9)),
        "growth_interval": int(rng.integers(1, 4)),
    }
    plan = rng.choice(["fine", "inf", "nan", "clip"], 30, p=[0.5, 0.15, 0.15, 0.2])
    numbers = rng.normal(size=(30, 4)).astype("float32")
    found = []
    for t in (torch, lab):
        x = t.tensor(numbers[0], requires_grad=True)
        optimizer = t.optim.SGD([x], 0.1, momentum=0.5)
        scaler = t.amp.GradScaler("cpu", **options)
        found.append([])
        for what, row in zip(plan, numbers, strict=True):
            optimizer.zero_grad()
            scaler.scale((x * t.tensor(row)).sum()).backward()
            if what in ("inf", "nan"):
                with t.no_grad():
                    x.grad[1] = float(what)
            if what == "clip":
                scaler.unscale_(optimizer)
                with t.no_grad():
                    x.grad.clamp_(-0.1, 0.1)
            scaler.step(optimizer)
            scaler.update()
            state = scaler.state_dict()
            found[-1].append([*x.tolist(), state["scale"], state["_growth_tracker"]])
        assert list(state) == [*found_keys()]
    np.testing.assert_allclose(found[1], found[0], rtol=1e-6, atol=1e-6)


def found_keys():
    return ("scale", "growth_factor", "backoff_factor", "growth_interval", "_growth_tracker")


def twice(scaler, optimizer):
    scaler.unscale_(optimizer)
    scaler.unscale_(optimizer)


def after(scaler, optimizer):
    scaler.step(optimizer)
    scaler.unscale_(optimizer)


def two_steps(scaler, optimizer):
    scaler.step(optimizer)
    scaler.step(optimizer)


WRONG = [
    twice,
    after,
    two_steps,
    lambda s, o: s.update(),
    lambda s, o: s.step(o, closure=lambda: 0),
    lambda s, o: (o.zero_grad(), s.step(o)),
    lambda s, o: s.load_state_dict({}),
]


@pytest.mark.parametrize("scaled", [True, False])
@pytest.mark.parametrize("which", range(len(WRONG)))
def test_wrong_orders_are_refused_by_both(which, scaled):
    for t in (torch, lab):
        x = t.tensor([1.0], requires_grad=True)
        optimizer = t.optim.SGD([x], 0.1)
        scaler = t.amp.GradScaler("cpu")
        if scaled:
            scaler.scale(x.sum()).backward()
        with pytest.raises((RuntimeError, AssertionError)):
            WRONG[which](scaler, optimizer)


def test_a_device_that_is_not_there_is_warned_about():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scalers = [t.amp.GradScaler() for t in (torch, lab)]
    assert [s.is_enabled() for s in scalers] == [torch.cuda.is_available(), False]
