"""Stage one, numbers: Value, the networks made of it, forward mode, and an honest gradient check."""

from micrograd_lab.scalar.value import Value as Value
