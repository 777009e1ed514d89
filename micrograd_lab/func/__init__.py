"""Functions to functions: grad, vjp, jvp, jacobians and vmap, which nest in any order."""

from micrograd_lab.func.forward import hessian as hessian
from micrograd_lab.func.forward import jacfwd as jacfwd
from micrograd_lab.func.forward import jvp as jvp
from micrograd_lab.func.forward import linearize as linearize
from micrograd_lab.func.modules import functional_call as functional_call
from micrograd_lab.func.modules import stack_module_state as stack_module_state
from micrograd_lab.func.pullback import transpose_of as transpose_of
from micrograd_lab.func.reverse import grad as grad
from micrograd_lab.func.reverse import grad_and_value as grad_and_value
from micrograd_lab.func.reverse import jacrev as jacrev
from micrograd_lab.func.reverse import vjp as vjp
from micrograd_lab.func.slices import vmap as vmap
