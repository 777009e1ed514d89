"""Optimisers, from the plainest to the cleverest, and schedules of their learning rates."""

from micrograd_lab.optim import lr_scheduler as lr_scheduler
from micrograd_lab.optim import swa_utils as swa_utils
from micrograd_lab.optim.adadelta import Adadelta as Adadelta
from micrograd_lab.optim.adafactor import Adafactor as Adafactor
from micrograd_lab.optim.adagrad import Adagrad as Adagrad
from micrograd_lab.optim.adam import Adam as Adam
from micrograd_lab.optim.adam import AdamW as AdamW
from micrograd_lab.optim.adamax import Adamax as Adamax
from micrograd_lab.optim.asgd import ASGD as ASGD
from micrograd_lab.optim.lbfgs import LBFGS as LBFGS
from micrograd_lab.optim.nadam import NAdam as NAdam
from micrograd_lab.optim.optimizer import Optimizer as Optimizer
from micrograd_lab.optim.radam import RAdam as RAdam
from micrograd_lab.optim.rmsprop import RMSprop as RMSprop
from micrograd_lab.optim.rprop import Rprop as Rprop
from micrograd_lab.optim.sgd import SGD as SGD
