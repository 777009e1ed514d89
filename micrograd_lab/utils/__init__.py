"""Help around a training step: memory for time, and data in batches."""

from micrograd_lab.utils import checkpoint as checkpoint
from micrograd_lab.utils import data as data
