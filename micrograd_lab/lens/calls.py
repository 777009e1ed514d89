"""Run a function, but not for ever: what takes a step per path would never end."""

import sys
from collections.abc import Callable
from typing import Any

CALLS = 50_000


class TooManyCallsError(Exception):
    """The function had not ended after so many calls."""


def with_few_calls(function: Callable[[], Any]) -> None:
    """Run it; TooManyCallsError after CALLS calls of Python functions."""
    left = CALLS

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal left
        left -= event == "call"
        if left < 0:
            raise TooManyCallsError

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        function()
    finally:
        sys.setprofile(before)
