"""Whether two answers are the same: kind and shape first, then finiteness, then the distance."""

import math
from typing import Any

from micrograd_lab.grader.wire import entries


def same(found: Any, expected: Any, tol: float) -> bool:
    """Compare two encoded answers, {"answer": ...} or {"error": ...}; no answer equals none."""
    if not isinstance(found, dict) or not isinstance(expected, dict):
        return False
    if "error" in expected:  # two failures are alike when they raise the same kind of exception
        error = found.get("error")
        return isinstance(error, dict) and error.get("kind") == expected["error"]["kind"]
    return "answer" in found and alike(found["answer"], expected["answer"], tol)


def alike(found: Any, expected: Any, tol: float) -> bool:
    """Compare two values made of numbers, text, None, lists and arrays; NaN is like nothing."""
    if isinstance(expected, list):
        return (
            isinstance(found, list)
            and len(found) == len(expected)
            and all(alike(a, b, tol) for a, b in zip(found, expected, strict=True))
        )
    if isinstance(expected, dict) and "data" in expected:
        return (
            isinstance(found, dict)
            and found.get("dtype") == expected["dtype"]
            and found.get("shape") == expected["shape"]
            and all(
                alike(a, b, tol) for a, b in zip(entries(found), entries(expected), strict=True)
            )
        )
    if isinstance(expected, (int, float)) and not isinstance(expected, bool):
        if not isinstance(found, (int, float)):
            return False
        try:
            if not (math.isfinite(found) and math.isfinite(expected)):
                return found == expected
        except OverflowError:  # an int beyond the largest float
            return found == expected
        return abs(found - expected) <= tol
    return type(found) is type(expected) and bool(found == expected)
