"""python -m micrograd_lab.formula [markdown|latex|plain]: the table of all ops."""

import sys

from micrograd_lab.formula import table

print(table(*sys.argv[1:2]))
