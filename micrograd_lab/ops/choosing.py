"""x.where(condition, other): the method, in which the condition does not come first."""

from typing import Any

from micrograd_lab.ops.elementwise import where_op


def where(input: Any, condition: Any, other: Any) -> Any:
    """input where the condition holds, other elsewhere."""
    return where_op(condition, input, other)


FUNCTIONS = ()
METHODS = ("where",)
IN_PLACE = ()
