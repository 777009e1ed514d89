"""How far one distribution is from another: the Kullback-Leibler divergence, rule by rule."""

from collections.abc import Callable
from typing import Any

from micrograd_lab.distributions.bernoulli import Bernoulli
from micrograd_lab.distributions.categorical import Categorical
from micrograd_lab.distributions.independent import Independent
from micrograd_lab.distributions.normal import Normal
from micrograd_lab.distributions.uniform import Uniform
from micrograd_lab.errors import OptionError
from micrograd_lab.nn import functional as F

RULES: dict[tuple[type, type], Callable[[Any, Any], Any]] = {}
INFINITY = float("inf")


def register_kl(p: type, q: type) -> Callable[[Any], Any]:
    """A decorator: this function is the rule for these two classes and what derives from them."""

    def keep(rule: Any) -> Any:
        RULES[p, q] = rule
        return rule

    return keep


def kl_divergence(p: Any, q: Any) -> Any:
    """The mean of log p(x) - log q(x) over x drawn from p: 0 only if they are the same.

    Shape: the batch_shape of both.  OptionError if there is no rule for the two.
    """
    for left in type(p).__mro__:
        for right in type(q).__mro__:
            if (left, right) in RULES:
                return RULES[left, right](p, q)
    known = ", ".join(f"{a.__name__} and {b.__name__}" for a, b in RULES)
    raise OptionError(
        f"kl_divergence: no rule for {type(p).__name__} and {type(q).__name__}; there are {known}. "
        "Estimate it: (p.log_prob(x) - q.log_prob(x)).mean() for x = p.sample((1000,)), or register_kl."
    )


@register_kl(Normal, Normal)
def _normals(p: Any, q: Any) -> Any:
    ratio = (p.scale / q.scale) ** 2
    return (ratio + ((p.loc - q.loc) / q.scale) ** 2 - 1 - ratio.log()) / 2


@register_kl(Uniform, Uniform)
def _uniforms(p: Any, q: Any) -> Any:
    outside = (q.low > p.low) | (q.high < p.high)
    return ((q.high - q.low) / (p.high - p.low)).log().masked_fill(outside, INFINITY)


@register_kl(Bernoulli, Bernoulli)
def _coins(p: Any, q: Any) -> Any:
    one = p.probs * (F.softplus(-q.logits) - F.softplus(-p.logits))
    zero = (1 - p.probs) * (F.softplus(q.logits) - F.softplus(p.logits))
    return _where_possible(one, p.probs, q.probs) + _where_possible(zero, 1 - p.probs, 1 - q.probs)


@register_kl(Categorical, Categorical)
def _dice(p: Any, q: Any) -> Any:
    return _where_possible(p.probs * (p.logits - q.logits), p.probs, q.probs).sum(-1)


@register_kl(Independent, Independent)
def _many(p: Any, q: Any) -> Any:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise OptionError(
            "kl_divergence: two Independent with different reinterpreted_batch_ndims, "
            f"{p.reinterpreted_batch_ndims} and {q.reinterpreted_batch_ndims}."
        )
    return p.summed(kl_divergence(p.base_dist, q.base_dist))


def _where_possible(term: Any, p: Any, q: Any) -> Any:
    """What p never gives counts for nothing; what q never gives is infinitely far."""
    return term.masked_fill(q == 0, INFINITY).masked_fill(p == 0, 0.0)
