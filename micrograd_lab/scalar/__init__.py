"""Stage one, numbers: Value, the networks made of it, forward mode, tapes, and an honest gradient check."""

from micrograd_lab.scalar.dual import Dual as Dual
from micrograd_lab.scalar.dual import jvp as jvp
from micrograd_lab.scalar.gradcheck import gradcheck as gradcheck
from micrograd_lab.scalar.nn import MLP as MLP
from micrograd_lab.scalar.nn import Layer as Layer
from micrograd_lab.scalar.nn import Neuron as Neuron
from micrograd_lab.scalar.tape import Tape as Tape
from micrograd_lab.scalar.taped import taped as taped
from micrograd_lab.scalar.value import Value as Value
