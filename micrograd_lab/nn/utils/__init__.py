"""Around a training step: gradients kept in bounds, parameters as one vector, sequences in batches."""

from micrograd_lab.nn.utils import parametrizations as parametrizations
from micrograd_lab.nn.utils import parametrize as parametrize
from micrograd_lab.nn.utils import rnn as rnn
from micrograd_lab.nn.utils.clipping import clip_grad_norm as clip_grad_norm
from micrograd_lab.nn.utils.clipping import clip_grad_norm_ as clip_grad_norm_
from micrograd_lab.nn.utils.clipping import clip_grad_value_ as clip_grad_value_
from micrograd_lab.nn.utils.clipping import clip_grads_with_norm_ as clip_grads_with_norm_
from micrograd_lab.nn.utils.clipping import get_total_norm as get_total_norm
from micrograd_lab.nn.utils.reparametrized import remove_spectral_norm as remove_spectral_norm
from micrograd_lab.nn.utils.reparametrized import remove_weight_norm as remove_weight_norm
from micrograd_lab.nn.utils.reparametrized import spectral_norm as spectral_norm
from micrograd_lab.nn.utils.reparametrized import weight_norm as weight_norm
from micrograd_lab.nn.utils.vectors import parameters_to_vector as parameters_to_vector
from micrograd_lab.nn.utils.vectors import vector_to_parameters as vector_to_parameters
