"""Gradients on request: backward, grad, the modes of recording, and what is built on them."""

from micrograd_lab.autograd import forward_ad as forward_ad
from micrograd_lab.autograd import functional as functional
from micrograd_lab.autograd.anomaly import detect_anomaly as detect_anomaly
from micrograd_lab.autograd.anomaly import (
    is_anomaly_check_nan_enabled as is_anomaly_check_nan_enabled,
)
from micrograd_lab.autograd.anomaly import is_anomaly_enabled as is_anomaly_enabled
from micrograd_lab.autograd.anomaly import set_detect_anomaly as set_detect_anomaly
from micrograd_lab.autograd.function import Function as Function
from micrograd_lab.autograd.gradcheck import GradcheckWarning as GradcheckWarning
from micrograd_lab.autograd.gradcheck import gradcheck as gradcheck
from micrograd_lab.autograd.gradcheck import gradgradcheck as gradgradcheck
from micrograd_lab.autograd.modes import enable_grad as enable_grad
from micrograd_lab.autograd.modes import inference_mode as inference_mode
from micrograd_lab.autograd.modes import is_grad_enabled as is_grad_enabled
from micrograd_lab.autograd.modes import is_inference_mode_enabled as is_inference_mode_enabled
from micrograd_lab.autograd.modes import no_grad as no_grad
from micrograd_lab.autograd.modes import set_grad_enabled as set_grad_enabled
from micrograd_lab.autograd.variable import Variable as Variable
from micrograd_lab.autograd.walk import backward as backward
from micrograd_lab.autograd.walk import grad as grad
