"""Training as a person would want it: watched, checked on other data, saved, and resumed exactly."""

from micrograd_lab.train.checkpoint import Checkpoints as Checkpoints
from micrograd_lab.train.early import EarlyStop as EarlyStop
from micrograd_lab.train.fit import accuracy as accuracy
from micrograd_lab.train.fit import evaluate as evaluate
from micrograd_lab.train.fit import fit as fit
from micrograd_lab.train.history import History as History
from micrograd_lab.train.interrupts import Interrupted as Interrupted
from micrograd_lab.train.run import Callback as Callback
from micrograd_lab.train.run import Run as Run
