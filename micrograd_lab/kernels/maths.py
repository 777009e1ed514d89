"""Functions of one float32, as polynomials, so that a loop over them runs in vector registers.

The compiler makes one instruction work on 8 or 16 numbers, but only if there is no call in the loop;
a library's exp is a call.
"""

from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.extending import intrinsic

from micrograd_lab.kernels.jit import inlined

f4 = np.float32
LOG2_E, LN2_HIGH, LN2_LOW = f4(1.44269504), f4(0.693359375), f4(-2.12194440e-4)
ONE, HALF = f4(1), f4(0.5)


@intrinsic  # type: ignore[untyped-decorator]
def _from_bits(context: Any, bits: Any) -> Any:
    """The float32 with these 32 bits."""

    def generate(target: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.FloatType())

    return numba.float32(numba.int32), generate


def _sorted_bits(builder: Any, bits: Any) -> Any:
    """The bits of a float32 as an int32 that sorts alike, or back: below 0 all but the sign turn round."""
    i32 = ir.IntType(32)
    turned = builder.and_(builder.ashr(bits, ir.Constant(i32, 31)), ir.Constant(i32, 0x7FFFFFFF))
    return builder.xor(bits, turned)


@intrinsic  # type: ignore[untyped-decorator]
def rank(context: Any, x: Any) -> Any:
    """An int32 that is larger for a larger float32: whole numbers have a maximum in vector registers."""

    def generate(target: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _sorted_bits(builder, builder.bitcast(args[0], ir.IntType(32)))

    return numba.int32(numba.float32), generate


@intrinsic  # type: ignore[untyped-decorator]
def of_rank(context: Any, k: Any) -> Any:
    """The float32 that has this rank."""

    def generate(target: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(_sorted_bits(builder, args[0]), ir.FloatType())

    return numba.float32(numba.int32), generate


@inlined
def exp_below(x: Any) -> Any:
    """eˣ for x up to 88 (and nan) = 2ⁿ eʳ with |r| ≤ ln 2 / 2; relative error 2e-7, 0 below e⁻⁸⁷.

    The polynomial is that of the Cephes library (Moshier, 1989).  Comparisons are written so that
    nan goes through them.
    """
    n = np.floor(x * LOG2_E + HALF)
    r = (x - n * LN2_HIGH) - n * LN2_LOW
    p = f4(1.9875691500e-4)
    p = p * r + f4(1.3981999507e-3)
    p = p * r + f4(8.3334519073e-3)
    p = p * r + f4(4.1665795894e-2)
    p = p * r + f4(1.6666665459e-1)
    p = p * r + f4(5.0000001201e-1)
    y = (p * r * r + r + ONE) * _from_bits(numba.int32((numba.int32(n) + 127) << 23))
    return f4(0) if x < f4(-87.3) else y


@inlined
def exp(x: Any) -> Any:
    """eˣ, but never more than e^88.7, which is nearly the largest float32."""
    return exp_below(f4(88.7) if x > f4(88.7) else x)


@inlined
def sigmoid(x: Any) -> Any:
    """1 / (1 + e⁻ˣ)"""
    return ONE / (ONE + exp(-x))


@inlined
def tanh(x: Any) -> Any:
    """(e²ˣ - 1) / (e²ˣ + 1); near 0, where that cancels, a polynomial (Cephes)."""
    z = x * x
    p = f4(-5.70498872745e-3)
    p = p * z + f4(2.06390887954e-2)
    p = p * z + f4(-5.37397155531e-2)
    p = p * z + f4(1.33314422036e-1)
    p = p * z + f4(-3.33332819422e-1)
    near = p * z * x + x
    size = abs(x)
    far = ONE - f4(2) / (exp(f4(2) * size) + ONE)
    far = -far if x < f4(0) else far
    return near if size < f4(0.625) else far


@inlined
def erf(x: Any) -> Any:
    """The error function, to 1.5e-7 (Abramowitz and Stegun 7.1.26)."""
    size = abs(x)
    t = ONE / (ONE + f4(0.3275911) * size)
    p = f4(1.061405429)
    p = p * t + f4(-1.453152027)
    p = p * t + f4(1.421413741)
    p = p * t + f4(-0.284496736)
    p = p * t + f4(0.254829592)
    y = ONE - p * t * exp_below(-x * x)
    return -y if x < f4(0) else y
