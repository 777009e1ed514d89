"""Distributions with parameters that can be learnt: draw from them, and ask how likely a value is.

policy = Categorical(logits=net(state))
action = policy.sample()
loss = -policy.log_prob(action) * reward      # the policy gradient
"""

from micrograd_lab.distributions.bernoulli import Bernoulli as Bernoulli
from micrograd_lab.distributions.categorical import Categorical as Categorical
from micrograd_lab.distributions.distribution import Distribution as Distribution
from micrograd_lab.distributions.independent import Independent as Independent
from micrograd_lab.distributions.kl import kl_divergence as kl_divergence
from micrograd_lab.distributions.kl import register_kl as register_kl
from micrograd_lab.distributions.normal import Normal as Normal
from micrograd_lab.distributions.uniform import Uniform as Uniform
