"""The plots that only the lessons need; each function draws one idea and returns its Axes.

    from micrograd_lab.course import figures

    ax = figures.secants(lambda x: x * x, 3.0, [2.0, 1.0, 0.1])

A file loads with the first of its plots, and NumPy and matplotlib with it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from micrograd_lab.course.figures.broadcasting import lookup as lookup
    from micrograd_lab.course.figures.broadcasting import stretched as stretched
    from micrograd_lab.course.figures.costs import paths_and_arrows as paths_and_arrows
    from micrograd_lab.course.figures.costs import two_modes as two_modes
    from micrograd_lab.course.figures.losses import excess as excess
    from micrograd_lab.course.figures.losses import fronts as fronts
    from micrograd_lab.course.figures.models import folds as folds
    from micrograd_lab.course.figures.models import lines as lines
    from micrograd_lab.course.figures.orders import play as play
    from micrograd_lab.course.figures.orders import turns as turns
    from micrograd_lab.course.figures.shares import blame as blame
    from micrograd_lab.course.figures.shares import end_to_end as end_to_end
    from micrograd_lab.course.figures.shares import growing_square as growing_square
    from micrograd_lab.course.figures.slopes import gates as gates
    from micrograd_lab.course.figures.slopes import secants as secants
    from micrograd_lab.course.figures.steps import error_against_step as error_against_step
    from micrograd_lab.course.figures.steps import errors as errors
    from micrograd_lab.course.figures.tables import claims as claims
    from micrograd_lab.course.figures.tables import jacobian as jacobian
    from micrograd_lab.course.figures.training import held as held
    from micrograd_lab.course.figures.training import journeys as journeys

# Each file, and what it draws.
_FILES = {
    "slopes": ("secants", "gates"),  # a curve and its slope
    "steps": ("error_against_step", "errors"),  # how small a step should be
    "shares": ("blame", "end_to_end", "growing_square"),  # who is behind how much of a change
    "costs": ("paths_and_arrows", "two_modes"),  # how fast work grows
    "orders": ("turns", "play"),  # whose turn it is in the backward pass
    "training": ("held", "journeys"),  # what happens step by step
    "models": ("lines", "folds"),  # what a trained model says
    "tables": ("jacobian", "claims"),  # many slopes at once
    "broadcasting": ("stretched", "lookup"),  # copied going forward, summed going back
    "losses": ("fronts", "excess"),  # the loss of a classifier, and its gradient
}
_HOMES = {name: file for file, names in _FILES.items() for name in names}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    file = import_module(f"{__name__}.{_HOMES[name]}")
    globals()[name] = found = getattr(file, name)  # the next time it is simply there
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
