"""Schedules: how the learning rate changes from step to step."""

from micrograd_lab.optim.lr_scheduler.combined import ChainedScheduler as ChainedScheduler
from micrograd_lab.optim.lr_scheduler.combined import SequentialLR as SequentialLR
from micrograd_lab.optim.lr_scheduler.cosine import CosineAnnealingLR as CosineAnnealingLR
from micrograd_lab.optim.lr_scheduler.cosine import (
    CosineAnnealingWarmRestarts as CosineAnnealingWarmRestarts,
)
from micrograd_lab.optim.lr_scheduler.cycles import CyclicLR as CyclicLR
from micrograd_lab.optim.lr_scheduler.factors import ConstantLR as ConstantLR
from micrograd_lab.optim.lr_scheduler.factors import ExponentialLR as ExponentialLR
from micrograd_lab.optim.lr_scheduler.factors import LambdaLR as LambdaLR
from micrograd_lab.optim.lr_scheduler.factors import LinearLR as LinearLR
from micrograd_lab.optim.lr_scheduler.factors import MultiplicativeLR as MultiplicativeLR
from micrograd_lab.optim.lr_scheduler.factors import MultiStepLR as MultiStepLR
from micrograd_lab.optim.lr_scheduler.factors import PolynomialLR as PolynomialLR
from micrograd_lab.optim.lr_scheduler.factors import StepLR as StepLR
from micrograd_lab.optim.lr_scheduler.one_cycle import OneCycleLR as OneCycleLR
from micrograd_lab.optim.lr_scheduler.plateau import ReduceLROnPlateau as ReduceLROnPlateau
from micrograd_lab.optim.lr_scheduler.scheduler import LRScheduler as LRScheduler

_LRScheduler = LRScheduler  # its older name
