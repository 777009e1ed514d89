"""The workloads on scalars in micrograd, where ours comes from."""

import micrograd.engine  # noqa: F401  so that it is missed at once where it is not installed

from benchmarks.scalars import SCALARS

WORKLOADS = {name: engines["micrograd"] for name, engines in SCALARS.items()}
