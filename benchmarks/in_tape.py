"""The workloads on scalars on a tape."""

from benchmarks.scalars import SCALARS, TAPE

WORKLOADS = {name: engines[TAPE] for name, engines in SCALARS.items()}
