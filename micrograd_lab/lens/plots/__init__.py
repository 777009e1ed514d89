"""Plots of a model, a function or a training run: each takes ax= and theme=, and returns its Axes.

    from micrograd_lab.lens import plots

    ax = plots.decision_boundary(model, x, y, theme="dark")
    ax.figure.savefig("boundary.png")

Those that call a model leave it as it was: weights, gradients, mode, buffers and random numbers.
matplotlib loads with the first plot.
"""

from micrograd_lab.lens.plots.attention import attention_map as attention_map
from micrograd_lab.lens.plots.boundaries import decision_boundary as decision_boundary
from micrograd_lab.lens.plots.checks import gradcheck_curve as gradcheck_curve
from micrograd_lab.lens.plots.confusion import confusion_matrix as confusion_matrix
from micrograd_lab.lens.plots.flow import gradient_norms as gradient_norms
from micrograd_lab.lens.plots.histograms import histograms as histograms
from micrograd_lab.lens.plots.landscapes import loss_landscape as loss_landscape
from micrograd_lab.lens.plots.landscapes import snapshot as snapshot
from micrograd_lab.lens.plots.ratios import update_ratios as update_ratios
from micrograd_lab.lens.plots.saturation import saturation as saturation
from micrograd_lab.lens.plots.spectra import jacobian_spectra as jacobian_spectra
from micrograd_lab.lens.plots.trajectories import trajectories as trajectories
