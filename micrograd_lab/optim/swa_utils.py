"""PyTorch's name for what averages weights: the averaged model, and the schedule that goes with it."""

from micrograd_lab.optim.averaging import AveragedModel as AveragedModel
from micrograd_lab.optim.averaging import get_ema_avg_fn as get_ema_avg_fn
from micrograd_lab.optim.averaging import get_ema_multi_avg_fn as get_ema_multi_avg_fn
from micrograd_lab.optim.averaging import get_swa_avg_fn as get_swa_avg_fn
from micrograd_lab.optim.averaging import get_swa_multi_avg_fn as get_swa_multi_avg_fn
from micrograd_lab.optim.averaging import update_bn as update_bn
from micrograd_lab.optim.lr_scheduler.constant_end import SWALR as SWALR
