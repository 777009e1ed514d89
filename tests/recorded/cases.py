"""The questions: expressions in PyTorch's words, over a few fixed tensors.

`python -m tests.recorded.record` asks PyTorch and keeps the answers in answers.json;
test_recorded.py asks micrograd_lab.  Names: x, y (3, 4); p (3, 4) positive; v (4); m (4, 3);
c (2, 3, 8, 8) an image; k (4, 3, 3, 3) filters; s (4, 4) symmetric positive definite; i indices.
"""

import numpy as np

SHAPES = {"x": (3, 4), "y": (3, 4), "p": (3, 4), "v": (4,), "m": (4, 3), "c": (2, 3, 8, 8)}
SHAPES |= {"k": (4, 3, 3, 3), "s": (4, 4), "q": (2, 5, 4)}


def numbers(name):
    """The numbers of a tensor: spread out, far from ties and corners, the same on every machine."""
    shape = SHAPES[name]
    t = np.arange(np.prod(shape)) + 1.0
    waves = (np.sin(1.7 * t + 10 * sorted(SHAPES).index(name)) * 1.5 + 0.013 * t).reshape(shape)
    if name == "p":
        return np.abs(waves) + 0.3
    if name == "s":
        return waves @ waves.T + 3 * np.eye(shape[0])
    return waves


def upstream(shape):
    """An upstream gradient that is not all ones."""
    return np.cos(0.9 * np.arange(np.prod(shape, dtype=int)) + 0.4).reshape(shape)


CASES = """
x + y; x - y; x * y; x / p; x + v; v * x; 2 - x; 1 / p; p ** 2.5; p ** y; 2.0 ** x; x ** 3; -x
torch.exp(x); torch.log(p); torch.log1p(p); torch.log2(p); torch.log10(p); torch.expm1(x); torch.exp2(x)
torch.sqrt(p); torch.rsqrt(p); torch.square(x); torch.reciprocal(p); torch.sin(x); torch.cos(x); torch.tan(x)
torch.asin(x / 3); torch.acos(x / 3); torch.atan(x); torch.atan2(x, p); torch.sinh(x); torch.cosh(x); torch.tanh(x)
torch.sigmoid(x); torch.erf(x); torch.abs(x); torch.clamp(x, -0.5, 0.8); torch.clamp(x, min=y); torch.hypot(x, y)
torch.maximum(x, y); torch.minimum(x, y); torch.maximum(x, x); torch.where(x > y, x, y * 2); torch.lerp(x, y, 0.3)
torch.logaddexp(x, y); torch.addcmul(x, y, p, value=0.5); torch.addcdiv(x, y, p, value=0.5); torch.remainder(x, p)
torch.add(x, y, alpha=3); torch.div(x, p, rounding_mode='floor'); torch.nan_to_num(x / 0.0 * 0.0); x.masked_fill(y > 0, 2.0)
x.sum(); x.sum(0); x.sum(dim=(0, 1)); x.sum(-1, keepdim=True); x.mean(1); x.prod(1); x.prod(); x.max(); x.min(1).values
x.amax(1); x.amin((0, 1)); torch.amax(torch.zeros_like(x) * x, 1); x.var(1); x.std(); x.var(0, unbiased=False); torch.logsumexp(x, 1)
x.norm(); torch.linalg.vector_norm(x, 3, dim=1); torch.linalg.norm(x); x.cumsum(1); p.cumprod(1); x.median(); x.median(1).values
torch.topk(x, 2, dim=1).values; torch.sort(x, dim=0).values; torch.nansum(x, 1); x.argmax(1); x.argmin(); (x > 0).all(1); (x > 0).any()
torch.var_mean(x, 1)[1]; torch.std_mean(x, 0)[0]; torch.cummax(x, 1).values; torch.count_nonzero(x > 0); torch.aminmax(x).max
x.reshape(2, 6); x.permute(1, 0); x.transpose(0, 1); x.T @ y; x.unsqueeze(1); x[None].squeeze(0); x.flatten(); x.expand(2, 3, 4)
torch.cat([x, y], 1); torch.stack([x, y], 1); x.split(2, dim=1)[1]; x.chunk(2, dim=1)[0]; x.unbind(0)[2]; x.repeat(2, 1); x.tile(2)
x.repeat_interleave(2, dim=1); x.flip(1); x.roll(1, 0); torch.rot90(x); x.tril(); x.triu(1); torch.diag(v); x.diagonal(1); torch.hstack([x, y])
F.pad(x, (1, 2)); F.pad(c, (1, 1, 2, 2), mode='reflect'); x.movedim(0, 1); torch.meshgrid(v, v, indexing='ij')[0]; x.unflatten(1, (2, 2))
x[1]; x[:, 1:3]; x[..., -1]; x[i]; x[i, :2]; x[x > 0]; x[[0, 2], [1, 3]]; x[::2, None]; x.gather(1, i2); x.index_select(0, i); x.narrow(1, 1, 2)
torch.zeros_like(x).scatter_add(1, i2, x[:, :3]); torch.take_along_dim(x, i2, 1); x.masked_select(y > 0); x.select(1, 2); x.index_add(0, i, y[i])
x @ m; torch.mv(m, x[:, 0]); torch.dot(v, v); torch.outer(v, v); torch.bmm(q, q.transpose(1, 2)); q @ m; torch.einsum('ij,kj->ik', x, y)
torch.einsum('bij,jk->bik', q, m); torch.einsum('ii->i', s); torch.addmm(x[:, :3], x, m, beta=0.5); torch.tensordot(x, m, 1); torch.kron(v, v); torch.trace(s)
torch.linalg.inv(s); torch.linalg.solve(s, m); torch.linalg.det(s); torch.linalg.slogdet(s)[1]; torch.linalg.cholesky(s)
F.linear(x, m.T, v[:3]); F.relu(x); F.leaky_relu(x, 0.2); F.elu(x); F.selu(x); F.celu(x, 0.7); F.gelu(x); F.gelu(x, approximate='tanh'); F.silu(x)
F.mish(x); F.softplus(x); F.softsign(x); F.hardtanh(x); F.hardsigmoid(x); F.hardswish(x); F.logsigmoid(x); F.tanhshrink(x); F.relu6(x * 4); F.glu(x)
F.softmax(x, 1); F.log_softmax(x, 0); F.layer_norm(x, (4,), v, v); F.rms_norm(x, (4,), v); F.group_norm(c, 3); F.instance_norm(c)
F.batch_norm(c, None, None, training=True); F.embedding(i, x); F.conv2d(c, k); F.conv2d(c, k, stride=2, padding=1); F.conv2d(c, k[:3, :1], groups=3, dilation=2)
F.conv_transpose2d(c, k.transpose(0, 1), stride=2, padding=1, output_padding=1); F.conv1d(q.transpose(1, 2), m[:, :, None].transpose(0, 1)); F.max_pool2d(c, 2)
F.avg_pool2d(c, 3, stride=2, padding=1); F.adaptive_avg_pool2d(c, (3, 3)); F.unfold(c, 3, stride=2); F.max_pool1d(q, 2)
F.interpolate(c, scale_factor=2, mode='nearest'); F.interpolate(c, size=(5, 11), mode='bilinear', align_corners=False); F.normalize(x, dim=1)
F.scaled_dot_product_attention(q, q, q, is_causal=True); F.cosine_similarity(x, y, dim=1)
F.grid_sample(c, torch.tanh(q[:, :, None, :2]) * 0.9, align_corners=False)
F.mse_loss(x, y); F.l1_loss(x, y); F.huber_loss(x, y, delta=0.5); F.smooth_l1_loss(x, y); F.cross_entropy(x, i); F.cross_entropy(x, i, weight=p[0].detach(), label_smoothing=0.1)
F.cross_entropy(x, torch.softmax(y, 1)); F.cross_entropy(x, i, ignore_index=2); F.nll_loss(torch.log_softmax(x, 1), i, reduction='sum')
F.binary_cross_entropy(torch.sigmoid(x), torch.sigmoid(y)); F.binary_cross_entropy_with_logits(x, torch.sigmoid(y), pos_weight=p[0].detach())
F.kl_div(F.log_softmax(x, 1), F.softmax(y, 1), reduction='batchmean'); F.hinge_embedding_loss(x, torch.sign(y)); F.gaussian_nll_loss(x, y, p)
"""


def all_cases():
    """Every expression, in order."""
    return [
        case.strip()
        for line in CASES.strip().splitlines()
        for case in line.split(";")
        if case.strip()
    ]


def answer(torch, functional, case):
    """{"value", "dtype", "grads": {name: ...}, "second": {name: ...}} of one expression, as plain lists."""
    names = [n for n in SHAPES if any(w == n for w in _words(case))]
    leaves = {n: torch.tensor(numbers(n), requires_grad=True) for n in names}
    scope = {"torch": torch, "F": functional, "i": torch.tensor([2, 0, 1])} | leaves
    scope["i2"] = torch.tensor([[0, 1, 1], [3, 0, 2], [2, 2, 2]])
    out = eval(case, scope)
    result = {
        "value": _plain(out),
        "shape": list(out.shape),
        "dtype": str(out.dtype).removeprefix("torch."),
    }
    if not out.requires_grad:
        return result
    g = torch.tensor(upstream(tuple(out.shape)))
    wanted = list(leaves.values())
    grads = torch.autograd.grad(out, wanted, g, create_graph=True, allow_unused=True)
    result["grads"] = {
        n: None if d is None else _plain(d) for n, d in zip(names, grads, strict=True)
    }
    total = sum((d * d).sum() for d in grads if d is not None)
    if total.requires_grad:
        try:
            seconds = torch.autograd.grad(total, wanted, allow_unused=True)
        except RuntimeError as error:  # PyTorch has no second derivative for a few
            if "not implemented" not in str(error):
                raise
            return result
        result["second"] = {
            n: None if d is None else _plain(d) for n, d in zip(names, seconds, strict=True)
        }
    return result


def _words(case):
    word = ""
    for ch in case + " ":
        if ch.isalnum() or ch in "_.'":
            word += ch
        else:
            yield word.split(".")[0]
            word = ""


def _plain(t):
    flat = (t.detach().double() + 0.0).clone().reshape(-1)  # PyTorch's lazy zeros become real ones
    return [float(f"{v:.12g}") for v in flat.tolist()]
