"""Formulas: an op as LaTeX.  The rule that computes a gradient, run on Symbols, writes itself down.

A Symbol stands for an array of which only the name matters; a small example array tags along, so
that it can answer for its shape and dtype.  The formula is made by the code that computes the
gradient, so it cannot disagree with it.

    print(vjp_formulas(tanh))       # [('\\bar{x}', '\\bar{y}\\,\\left(1 - y^{2}\\right)')]
    print(table())                  # every op of the lab
"""

from micrograd_lab.formula.forms import PLAIN as PLAIN
from micrograd_lab.formula.forms import TEX as TEX
from micrograd_lab.formula.rules import forward_formula as forward_formula
from micrograd_lab.formula.rules import jvp_formula as jvp_formula
from micrograd_lab.formula.rules import latex as latex
from micrograd_lab.formula.rules import vjp_formulas as vjp_formulas
from micrograd_lab.formula.symbol import Symbol as Symbol
from micrograd_lab.formula.table import Row as Row
from micrograd_lab.formula.table import rows as rows
from micrograd_lab.formula.table import table as table
