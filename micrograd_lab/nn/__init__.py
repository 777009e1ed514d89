"""Neural networks: their functions (nn.functional), and the modules that hold their parameters."""

from micrograd_lab import methods as methods  # so that x.mT and x[i] are there, whoever comes first
from micrograd_lab.nn import functional as functional
from micrograd_lab.nn import init as init
from micrograd_lab.nn import modules as modules
from micrograd_lab.nn import parallel as parallel
from micrograd_lab.nn import utils as utils
from micrograd_lab.nn.activation import *
from micrograd_lab.nn.adaptive_softmax import *
from micrograd_lab.nn.attention_modules import *
from micrograd_lab.nn.cells import *
from micrograd_lab.nn.containers import *
from micrograd_lab.nn.convolution import *
from micrograd_lab.nn.distance import *
from micrograd_lab.nn.dropout import *
from micrograd_lab.nn.embedding import *
from micrograd_lab.nn.lazy import *
from micrograd_lab.nn.linear import *
from micrograd_lab.nn.loss import *
from micrograd_lab.nn.margin_loss import *
from micrograd_lab.nn.module import Module as Module
from micrograd_lab.nn.normalisation import *
from micrograd_lab.nn.padding import *
from micrograd_lab.nn.parallel import DataParallel as DataParallel
from micrograd_lab.nn.parameter import Buffer as Buffer
from micrograd_lab.nn.parameter import Parameter as Parameter
from micrograd_lab.nn.parameter import UninitializedBuffer as UninitializedBuffer
from micrograd_lab.nn.parameter import UninitializedParameter as UninitializedParameter
from micrograd_lab.nn.parameter_containers import *
from micrograd_lab.nn.pooling import *
from micrograd_lab.nn.recurrent import *
from micrograd_lab.nn.reshaping import *
from micrograd_lab.nn.transformer import *
from micrograd_lab.nn.upsampling import *
