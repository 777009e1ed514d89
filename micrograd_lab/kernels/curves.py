"""Curves of activations, and the gradient through them, each in one pass over memory."""

from typing import Any

import numpy as np
from numba import prange

from micrograd_lab.kernels.jit import compiled
from micrograd_lab.kernels.maths import HALF, ONE, erf, exp_below, f4, sigmoid

ROOT_HALF = f4(0.7071067811865476)
ONE_BY_ROOT_TWO_PI = f4(0.3989422804014327)


@compiled
def gelu_kernel(x: Any, y: Any) -> None:
    for i in prange(x.size):
        y[i] = HALF * x[i] * (ONE + erf(x[i] * ROOT_HALF))


@compiled
def gelu_back_kernel(g: Any, x: Any, dx: Any) -> None:
    for i in prange(x.size):
        bell = exp_below(-HALF * x[i] * x[i]) * ONE_BY_ROOT_TWO_PI
        dx[i] = g[i] * (HALF * (ONE + erf(x[i] * ROOT_HALF)) + x[i] * bell)


@compiled
def silu_kernel(x: Any, y: Any) -> None:
    for i in prange(x.size):
        y[i] = x[i] * sigmoid(x[i])


@compiled
def silu_back_kernel(g: Any, x: Any, dx: Any) -> None:
    for i in prange(x.size):
        s = sigmoid(x[i])
        dx[i] = g[i] * (s * (ONE + x[i] * (ONE - s)))


@compiled
def sigmoid_kernel(x: Any, y: Any) -> None:
    for i in prange(x.size):
        y[i] = sigmoid(x[i])


@compiled
def sigmoid_back_kernel(g: Any, y: Any, dx: Any) -> None:
    for i in prange(y.size):
        dx[i] = g[i] * (y[i] * (ONE - y[i]))


@compiled
def tanh_back_kernel(g: Any, y: Any, dx: Any) -> None:
    for i in prange(y.size):
        dx[i] = g[i] * (ONE - y[i] * y[i])


@compiled
def relu_back_kernel(g: Any, y: Any, dx: Any) -> None:
    for i in prange(y.size):
        dx[i] = g[i] if y[i] > f4(0) else f4(0)


def along(kernel: Any) -> Any:
    """A forward of one array, made of a kernel that goes along it."""

    def forward(x: Any) -> Any:
        y = np.empty_like(x)
        kernel(x.reshape(-1), y.reshape(-1))
        return y

    return forward


def back_by_x(kernel: Any) -> Any:
    """All gradients in one call, of a curve whose slope is known from x."""

    def pull(parents: Any, g: Any, y: Any, x: Any) -> Any:
        dx = np.empty_like(x)
        kernel(g.reshape(-1), x.reshape(-1), dx.reshape(-1))
        return (dx,)

    return pull


def back_by_y(kernel: Any) -> Any:
    """The same, of a curve whose slope is known from y."""

    def pull(parents: Any, g: Any, y: Any, x: Any) -> Any:
        dx = np.empty_like(y)
        kernel(g.reshape(-1), y.reshape(-1), dx.reshape(-1))
        return (dx,)

    return pull


gelu, gelu_back = along(gelu_kernel), back_by_x(gelu_back_kernel)
silu, silu_back = along(silu_kernel), back_by_x(silu_back_kernel)
sigmoid_all, sigmoid_back = along(sigmoid_kernel), back_by_y(sigmoid_back_kernel)
tanh_back = back_by_y(tanh_back_kernel)
relu_back = back_by_y(relu_back_kernel)
