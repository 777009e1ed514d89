"""What autocast does to which function: the lists that PyTorch has for its CPU.

    lowered    32-bit inputs become halves, and so does the result: the products
    raised     halves become 32 bits wide: losses, and what easily overflows
    rounded    halves stay halves, but the sums inside are made in 32 bits

All other functions take what comes; where a half meets a single, the result is single.
"""

from collections.abc import Callable
from typing import Any

from micrograd_lab.amp.halves import down, in_singles, up
from micrograd_lab.ops.affine import linear_op
from micrograd_lab.ops.contractions import matmul
from micrograd_lab.ops.convolution import conv, conv_input
from micrograd_lab.ops.labels import contract
from micrograd_lab.ops.op import Op

LOWERED_OPS: tuple[Op, ...] = (matmul, linear_op, conv, conv_input, contract)

LOWERED = [
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "scaled_dot_product_attention",
    "einsum",
    "tensordot",
    "addmm",
    "addbmm",
    "baddbmm",
]
RAISED = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cdist",
    "cosine_embedding_loss",
    "cross_entropy",
    "grid_sample",
    "hinge_embedding_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "margin_ranking_loss",
    "mse_loss",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "nll_loss",
    "poisson_nll_loss",
    "prod",
    "quantile",
    "nanquantile",
    "smooth_l1_loss",
    "soft_margin_loss",
    "trace",
    "triplet_margin_loss",
    "avg_pool3d",
]
ROUNDED = [
    "softmax",
    "log_softmax",
    "softmin",
    "logsumexp",
    "layer_norm",
    "group_norm",
    "instance_norm",
    "batch_norm",
    "rms_norm",
    "gelu",
    "silu",
    "mish",
    "softplus",
    "logsigmoid",
    "sum",
    "mean",
    "var",
    "std",
    "norm",
    "cumsum",
    "cumprod",
]


def _deep(change: Callable[[Any], Any], x: Any) -> Any:
    """change, also inside a list or tuple of tensors."""
    if isinstance(x, list | tuple):
        return type(x)(_deep(change, y) for y in x) if type(x) in (list, tuple) else x
    return change(x)


def _given(change: Callable[[Any], Any], f: Callable[..., Any]) -> Callable[..., Any]:
    def changed(*args: Any, **kwargs: Any) -> Any:
        return f(
            *(_deep(change, x) for x in args),
            **{key: _deep(change, x) for key, x in kwargs.items()},
        )

    return changed


def lowered(f: Callable[..., Any]) -> Callable[..., Any]:
    """f, given halves."""
    return _given(down, f)


def raised(f: Callable[..., Any]) -> Callable[..., Any]:
    """f, given singles."""
    return _given(up, f)


POLICIES: dict[str, Callable[[Callable[..., Any]], Callable[..., Any]]] = {
    **dict.fromkeys(LOWERED, lowered),
    **dict.fromkeys(RAISED, raised),
    **dict.fromkeys(ROUNDED, in_singles),
}
