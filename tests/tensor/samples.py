"""Sample inputs for every op of the table, most of them overheard.

The public functions are called on small tensors, and backward runs through them twice; whatever op
runs on the way is written down with its inputs and parameters.  So an op gets the parameters that
it really meets, and the ops that only occur inside other rules are met as well.  Elementwise ops,
which need no parameters, get their samples from their number of inputs.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

import micrograd_lab as torch
import micrograd_lab.nn.functional as F
from micrograd_lab.ops import recurrence
from micrograd_lab.ops.op import OPS
from micrograd_lab.tensor import Tensor

MOST = 8  # samples kept of one op
SHIFT = {"acosh": 1.0}  # where numbers between 0.3 and 0.9 have no result


@dataclass(frozen=True)
class Sample:
    """One use of an op: its inputs as float64 arrays (or numbers, or indices), and its params."""

    inputs: tuple[Any, ...]
    params: dict[str, Any]

    def __repr__(self) -> str:
        shapes = [x.shape if isinstance(x, np.ndarray) else x for x in self.inputs]
        return f"Sample({shapes}, {self.params})"


def t(*shape: int, seed: int = 0, low: float = 0.3, high: float = 0.9) -> Tensor:
    """Random numbers that stay away from 0, 1 and each other's kinks."""
    rng = np.random.default_rng([seed, *shape])
    return torch.tensor(rng.uniform(low, high, shape), requires_grad=True)


def index(*rows: Any) -> Tensor:
    return torch.tensor(list(rows))


mask = torch.tensor([[True, False, True], [False, True, True]])
spd = torch.eye(3, dtype=torch.float64) * 2 + t(3, 3).detach() * 0.1
square = spd.requires_grad_()
image = t(2, 4, 6, 5)
sequence = t(2, 4, 7)
grid = t(2, 3, 3, 2, low=-0.8, high=0.8)
target = index(0, 2)

# fmt: off
EXAMPLES = {
    # recurrences
    "rnn_tanh": lambda: recurrence.rnn_tanh(t(3, 2, 4), t(2, 4), t(4, 4)),
    "rnn_relu": lambda: recurrence.rnn_relu(t(3, 2, 4), t(2, 4), t(4, 4), reverse=True),
    "lstm": lambda: recurrence.lstm(t(3, 2, 8), t(2, 2), t(2, 2, seed=1), t(8, 2)),
    "gru": lambda: recurrence.gru(t(3, 2, 6), t(2, 2), t(6, 2), t(6)),
    # shapes
    "reshape": lambda: t(2, 3).reshape(3, 2),
    "view": lambda: t(2, 3).view(-1),
    "permute": lambda: torch.permute(t(2, 3, 4), (2, 0, 1)),
    "transpose": lambda: t(2, 3).T @ t(2, 2).transpose(0, 1),
    "expand": lambda: t(1, 3).expand(2, 3) * torch.broadcast_to(t(3), (2, 3)),
    "squeeze": lambda: t(2, 1, 3).squeeze(1).unsqueeze(0),
    "flatten": lambda: torch.flatten(t(2, 3, 2), 1).unflatten(1, (3, 2)),
    "cat": lambda: torch.cat([t(2, 3), t(1, 3)]),
    "stack": lambda: torch.stack([t(2, 3), t(2, 3, seed=1)], 1),
    "split": lambda: [p * k for k, p in enumerate(torch.split(t(5, 2), [2, 3]), 2)],
    "repeat": lambda: t(2, 3).repeat(2, 2),
    "repeat_interleave": lambda: torch.repeat_interleave(t(3), 2),
    "flip": lambda: torch.flip(t(2, 3), (0, 1)),
    "roll": lambda: torch.roll(t(2, 3), 1, 1),
    "rot90": lambda: torch.rot90(t(2, 3)),
    "tril": lambda: torch.tril(t(3, 3)) + torch.triu(t(3, 3), 1),
    "diag": lambda: torch.diag(t(3)) + torch.diag(t(3, 3)),
    "diagonal": lambda: torch.diagonal(t(2, 3, 3), dim1=1, dim2=2),
    "diag_embed": lambda: torch.diag_embed(t(2, 3)),
    "pad": lambda: F.pad(t(2, 3), (1, 2)),
    "pad_reflect": lambda: F.pad(t(1, 2, 4), (1, 2), mode="reflect"),
    "pad_replicate": lambda: F.pad(t(1, 2, 4), (1, 2), mode="replicate"),
    "pad_circular": lambda: F.pad(t(1, 2, 4), (1, 2), mode="circular"),
    "meshgrid": lambda: torch.meshgrid(t(2), t(3), indexing="ij"),
    "clone": lambda: t(3).clone(),
    "astype": lambda: t(3).float(),
    # reductions, scans, sorting
    "sum": lambda: t(2, 3).sum(),
    "sum_keepdim": lambda: t(2, 3).sum(1, keepdim=True),
    "mean": lambda: t(2, 3).mean(0),
    "prod": lambda: t(2, 3).prod(1),
    "prod_with_zero": lambda: (t(2, 3) * torch.tensor([1.0, 0, 1])).prod(1),
    "amax": lambda: t(2, 3).amax(1) + t(2, 3).amin(1),
    "max": lambda: [t(2, 3).max(), t(2, 3).max(1).values, t(2, 3).min(0).values],
    "var": lambda: [t(2, 3).var(1), t(2, 3).std(1, keepdim=True)],
    "logsumexp": lambda: torch.logsumexp(t(2, 3), 1),
    "norm": lambda: [t(2, 3).norm(), torch.linalg.vector_norm(t(2, 3), 3, dim=1)],
    "norm_more": lambda: [torch.linalg.vector_norm(t(2, 3), p, dim=1) for p in (1, 2.5, np.inf, 0)],
    "median": lambda: [t(5).median(), t(2, 3).median(1).values, torch.nanmedian(t(5))],
    "cumsum": lambda: t(2, 3).cumsum(1),
    "cumprod": lambda: t(2, 3).cumprod(1),
    "cumprod_with_zero": lambda: (t(2, 4) * torch.tensor([1.0, 0, 1, 1])).cumprod(1),
    "logcumsumexp": lambda: torch.logcumsumexp(t(2, 3), 1),
    "cummax": lambda: torch.cummax(t(2, 3), 1).values,
    "sort": lambda: [t(2, 3).sort(1).values, t(2, 4).topk(2).values, t(4).kthvalue(2).values],
    "softmax": lambda: [torch.softmax(t(2, 3), 1), torch.log_softmax(t(2, 3), 0)],
    "nansum": lambda: [torch.nansum(t(2, 3), 1), torch.nanmean(t(2, 3))],
    "quantile": lambda: torch.quantile(t(5), 0.3),
    # indexing
    "slice": lambda: t(4, 3)[1:3, ::2],
    "int": lambda: t(4, 3)[1],
    "index": lambda: t(4, 3)[index(0, 2, 2)],
    "index_mixed": lambda: t(4, 3, 2)[:, index(0, 2, 2), None, 1],
    "mask": lambda: t(2, 3)[mask],
    "gather": lambda: torch.gather(t(2, 3), 1, index([0, 0], [2, 1])),
    "take_along_dim": lambda: torch.take_along_dim(t(2, 3), index([0], [1]), 1),
    "scatter": lambda: t(2, 3).scatter(1, index([0], [2]), t(2, 1)),
    "scatter_add": lambda: t(2, 3).scatter_add(1, index([0, 0], [2, 1]), t(2, 2)),
    "scatter_prod": lambda: t(2, 3).scatter_reduce(1, index([0, 0], [2, 1]), t(2, 2), "prod"),
    "scatter_mean": lambda: t(2, 3).scatter_reduce(1, index([0, 0], [2, 1]), t(2, 2), "mean"),
    "scatter_amax": lambda: t(2, 3).scatter_reduce(1, index([0, 0], [2, 1]), t(2, 2), "amax"),
    "scatter_amin": lambda: t(2, 3).scatter_reduce(1, index([0, 0], [2, 1]), t(2, 2), "amin"),
    "index_select": lambda: t(4, 3).index_select(0, index(0, 3, 3)),
    "index_add": lambda: t(4, 3).index_add(0, index(0, 3), t(2, 3)),
    "index_copy": lambda: t(4, 3).index_copy(0, index(0, 3), t(2, 3)),
    "index_fill": lambda: t(4, 3).index_fill(0, index(0, 3), 2.0),
    "index_put": lambda: t(4).index_put((index(0, 2),), t(2)),
    "index_accumulate": lambda: t(4).index_put((index(2, 2),), t(2), accumulate=True),
    "masked": lambda: [t(2, 3).masked_fill(mask, 2.0), t(2, 3).masked_select(mask)],
    "masked_scatter": lambda: t(2, 3).masked_scatter(mask, t(4)),
    "windows": lambda: [t(5, 2).unfold(0, 3, 2), torch.as_strided(t(4, 3), (3, 2), (2, 2), 1)],
    "narrow": lambda: [t(4, 3).narrow(0, 1, 2), t(4, 3).select(1, 2)],
    "where": lambda: torch.where(mask, t(2, 3), t(3)),
    "in_place": lambda: setitem(t(4, 3) * 1),
    # contractions
    "matmul": lambda: t(2, 3) @ t(3, 2),
    "matmul_vectors": lambda: [t(3) @ t(3), t(2, 3) @ t(3), t(3) @ t(3, 2)],
    "matmul_batched": lambda: t(2, 1, 2, 3) @ t(4, 3, 2),
    "einsum": lambda: [torch.einsum("bij,bjk->bik", t(2, 2, 3), t(2, 3, 2)), torch.einsum("ii", t(3, 3)),
                       torch.einsum("ii->i", t(3, 3)), torch.einsum("ij,j->", t(2, 3), t(3))],
    "tensordot": lambda: [torch.tensordot(t(2, 3), t(3, 2), 1), torch.kron(t(2), t(3))],
    "outer": lambda: torch.outer(t(2), t(3)),
    "trace": lambda: torch.trace(t(3, 3)),
    "cross": lambda: torch.linalg.cross(t(2, 3), t(2, 3, seed=1)),
    "addmm": lambda: torch.addmm(t(2), t(2, 3), t(3, 2), beta=0.5, alpha=2.0),
    "inv": lambda: [torch.linalg.inv(square), torch.linalg.solve(square, t(3, 2))],
    "det": lambda: [torch.linalg.det(square), torch.linalg.slogdet(square)[1], torch.logdet(square)],
    "cholesky": lambda: torch.linalg.cholesky(square @ square.mT),
    "svd": lambda: [torch.linalg.pinv(t(3, 2)), torch.linalg.svdvals(t(3, 2))],
    "eigh": lambda: [torch.linalg.eigvalsh(square + square.mT), *torch.linalg.eigh(square + square.mT)],
    "qr": lambda: [*torch.linalg.qr(t(4, 3))],
    "singular_vectors": lambda: [*torch.linalg.svd(t(4, 3), full_matrices=False)[::2]],
    "matrix_power": lambda: torch.linalg.matrix_power(square, 3),
    "linear": lambda: [F.linear(t(2, 3), t(4, 3), t(4)), F.linear(t(2, 3), t(4, 3))],
    "cdist": lambda: torch.cdist(t(2, 3), t(4, 3, low=2.0, high=3.0)),
    # nn.functional
    "conv1d": lambda: F.conv1d(sequence, t(2, 4, 3), t(2), padding=1),
    "conv2d": lambda: F.conv2d(image, t(2, 2, 3, 2), stride=2, padding=1, dilation=2, groups=2),
    "conv_transpose": lambda: F.conv_transpose2d(image, t(4, 2, 3, 2), stride=2, padding=1),
    "pool": lambda: [F.max_pool2d(image, 2), F.avg_pool2d(image, 2, padding=1), F.max_pool1d(sequence, 2),
                     F.adaptive_avg_pool2d(image, (2, 3))],
    "unfold": lambda: [F.unfold(image, (2, 3), padding=1), F.fold(t(2, 8, 6), (3, 4), (2, 2))],
    "activations": lambda: [f(t(2, 3, low=-0.9)) for f in (
        F.relu, F.relu6, F.leaky_relu, F.elu, F.selu, F.celu, F.gelu, F.silu, F.mish, F.softplus,
        F.softsign, F.hardtanh, F.hardsigmoid, F.hardswish, F.tanhshrink, F.softshrink, F.logsigmoid)],
    "glu": lambda: [F.glu(t(2, 4)), F.gelu(t(3), approximate="tanh"), F.prelu(t(2, 3), t(3)),
                    F.hardshrink(t(3)), F.threshold(t(3), 0.5, 0.0)],
    "norms": lambda: [F.layer_norm(t(2, 3), (3,), t(3), t(3)), F.rms_norm(t(2, 3), (3,)),
                      F.group_norm(image, 2), F.instance_norm(image),
                      F.batch_norm(t(4, 3), None, None, training=True)],
    "embedding": lambda: F.embedding(index(0, 2, 2), t(3, 2)),
    "interpolate": lambda: [F.interpolate(image, scale_factor=2),
                            F.interpolate(image, size=(3, 7), mode="bilinear")],
    "grid_sample": lambda: F.grid_sample(t(2, 2, 4, 4), grid, align_corners=False),
    "attention": lambda: F.scaled_dot_product_attention(t(1, 3, 4), t(1, 3, 4), t(1, 3, 4), is_causal=True),
    "losses": lambda: [F.mse_loss(t(3), t(3, seed=1)), F.l1_loss(t(3), t(3, seed=1)), F.huber_loss(t(3), t(3, seed=1)),
                       F.smooth_l1_loss(t(3), t(3, seed=1)), F.kl_div(t(3), t(3, seed=1)),
                       F.binary_cross_entropy(t(3), t(3, seed=1)), F.nll_loss(t(2, 3), target),
                       F.binary_cross_entropy_with_logits(t(3), t(3, seed=1)), F.cosine_similarity(t(2, 3), t(2, 3, seed=1))],
    "cross_entropy": lambda: [F.cross_entropy(t(2, 3), target), F.cross_entropy(t(2, 3), target, label_smoothing=0.1),
                              F.cross_entropy(t(2, 3), target, weight=t(3).detach()),
                              F.cross_entropy(t(2, 3), torch.softmax(t(2, 3), 1))],
    # elementwise with parameters
    "special": lambda: [torch.lgamma(t(3)), torch.polygamma(1, t(3)), torch.sinc(t(3)), torch.i0(t(3))],
    "nan_to_num": lambda: torch.nan_to_num(t(3), 0.0),
    "clamp": lambda: torch.clamp(t(2, 3), 0.4, 0.7),
    "lerp": lambda: [torch.lerp(t(3), t(3, seed=1), 0.3), torch.addcmul(t(3), t(3), t(3), value=2.0)],
    "round": lambda: torch.round(t(3), decimals=1),
    "powers": lambda: [t(3) ** 2, t(3) ** -1.5, 2.0 ** t(3), t(3) ** t(3)],
}
# fmt: on


def setitem(x: Tensor) -> Tensor:
    x[1:3, 0] = t(2)
    x[index(0, 3)] = t(2, 3)
    x[0] *= 2
    return x


def overheard() -> dict[str, list[Sample]]:
    """Every op that ran while the examples did, with what it ran on."""
    heard: dict[str, dict[str, Sample]] = {}
    plain = Tensor.apply

    def listening(self: Tensor, op: Any, inputs: Any, params: Any) -> Any:
        arrays = tuple(x.array.copy() if isinstance(x, Tensor) else x for x in inputs)
        sample = Sample(arrays, params)
        small = sum(np.size(x) for x in arrays) <= 500
        found = heard.setdefault(op.name, {})
        if small and len(found) < MOST:
            found.setdefault(repr(sample), sample)
        return plain(self, op, inputs, params)

    Tensor.apply = listening  # type: ignore[method-assign]
    try:
        for example in EXAMPLES.values():
            twice_differentiated(example())
    finally:
        Tensor.apply = plain  # type: ignore[method-assign]
    return {name: list(found.values()) for name, found in heard.items()}


def twice_differentiated(results: Any) -> None:
    """Run backward, and backward through backward, so that the rules' own ops are overheard."""
    for y in results if isinstance(results, (list, tuple)) else [results]:
        if not y.requires_grad:
            continue
        g = torch.ones_like(y).requires_grad_()
        leaves = [g, *leaves_of(y)]
        gs = torch.autograd.grad(y, leaves[1:], g, create_graph=True)
        scalar = sum((k * k).sum() for k in gs if k.requires_grad)
        if torch.is_tensor(scalar):
            torch.autograd.grad(scalar, leaves, create_graph=True, allow_unused=True)


def leaves_of(y: Tensor) -> list[Tensor]:
    found: dict[int, Any] = {}
    stack, seen = [y.grad_fn], set()
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        for parent in node.parents:
            if isinstance(parent, Tensor):
                found[id(parent)] = parent
            elif parent is not None:
                stack.append(parent)
    return list(found.values())


def by_arity(op: Any) -> list[Sample]:
    """Inputs of one shape, and of two shapes that broadcast, for an op that needs no parameters."""
    count = len(op.vjps)
    shapes = [[(2, 3)] * count, [(), *[(3,)] * (count - 1)]]
    if count > 1:
        shapes.append([(2, 1, 3), *[(4, 1)] * (count - 1)])
    samples = []
    for k, row in enumerate(shapes):
        inputs = tuple(
            np.asarray(t(*shape, seed=10 * k + i).array + SHIFT.get(op.name, 0.0))
            for i, shape in enumerate(row)
        )
        samples.append(Sample(inputs, {}))
    return samples


def samples() -> dict[str, list[Sample]]:
    """Of every differentiable op in the table at least one use."""
    found = overheard()
    for op in list(OPS.values()):
        if op.kind == "elementwise":
            found.setdefault(op.name, []).extend(filter(partial(works, op), by_arity(op)))
    return found


def works(op: Any, sample: Sample) -> bool:
    """Whether the op needs no more than its inputs."""
    try:
        op.forward(*sample.inputs)
    except TypeError:
        return False
    return True


SAMPLES = samples()
