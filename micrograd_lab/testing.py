"""torch.testing: two tensors that should be the same, up to rounding."""

from typing import Any

import numpy as np

from micrograd_lab.tensor import Tensor

# (rtol, atol) for each dtype, as PyTorch documents them; all others must be equal.
TOLERANCES = {"float16": (1e-3, 1e-5), "float32": (1.3e-6, 1e-5), "float64": (1e-7, 1e-7)}


def assert_close(
    actual: Any,
    expected: Any,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_dtype: bool = True,
    msg: str | None = None,
) -> None:
    """AssertionError unless |actual - expected| <= atol + rtol · |expected| everywhere.

    Shapes must be equal, and dtypes with check_dtype.  Lists, tuples and dicts are compared entry
    by entry.  The tolerances depend on the dtype unless both are given.
    """
    options = {"rtol": rtol, "atol": atol, "equal_nan": equal_nan, "check_dtype": check_dtype}
    if isinstance(expected, dict):
        assert actual.keys() == expected.keys(), msg or f"keys {[*actual]} and {[*expected]} differ"
        for key in expected:
            assert_close(actual[key], expected[key], **options, msg=msg)  # type: ignore[arg-type]
        return
    if isinstance(expected, list | tuple):
        assert len(actual) == len(expected), msg or f"{len(actual)} entries, not {len(expected)}"
        for a, b in zip(actual, expected, strict=True):
            assert_close(a, b, **options, msg=msg)  # type: ignore[arg-type]
        return
    if (rtol is None) != (atol is None):
        raise ValueError("assert_close: give both rtol and atol, or neither.")
    a, b = (x.array if isinstance(x, Tensor) else np.asarray(x) for x in (actual, expected))
    if a.shape != b.shape:
        raise AssertionError(msg or f"shapes {a.shape} and {b.shape} differ")
    if check_dtype and a.dtype != b.dtype:
        raise AssertionError(msg or f"dtypes {a.dtype} and {b.dtype} differ")
    usual = max(TOLERANCES.get(x.dtype.name, (0.0, 0.0)) for x in (a, b))
    rtol, atol = usual if rtol is None or atol is None else (rtol, atol)
    np.testing.assert_allclose(a, b, rtol, atol, equal_nan, msg or "")
