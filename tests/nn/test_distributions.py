"""Distributions: their draws, their probabilities, and how far one is from another."""

import math

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab.distributions import (
    Bernoulli,
    Categorical,
    Distribution,
    Independent,
    Normal,
    Uniform,
    kl_divergence,
    register_kl,
)
from micrograd_lab.errors import OptionError, ShapeError, UndefinedError

MANY = 20_000
P = torch.tensor([0.2, 0.5, 0.3])
EACH = {
    "Normal": Normal(torch.tensor([0.0, 2.0]), torch.tensor([1.0, 0.5])),
    "Uniform": Uniform(torch.tensor([-1.0, 0.0]), 3.0),
    "Bernoulli": Bernoulli(torch.tensor([0.2, 0.7])),
}


@pytest.mark.parametrize("name", EACH)
def test_draws_have_the_mean_and_variance_they_should_have(name):
    torch.manual_seed(0)
    d = EACH[name]
    x = d.sample((MANY,))
    assert x.shape == (MANY, 2)
    assert not x.requires_grad
    np.testing.assert_allclose(x.mean(0).tolist(), d.mean.tolist(), atol=0.03)
    np.testing.assert_allclose(x.std(0).tolist(), d.stddev.tolist(), atol=0.03)


@pytest.mark.parametrize("name", EACH)
def test_entropy_is_the_mean_surprise(name):
    torch.manual_seed(0)
    d = EACH[name]
    surprise = -d.log_prob(d.sample((MANY,))).mean(0)
    np.testing.assert_allclose(surprise.tolist(), d.entropy().tolist(), atol=0.03)
    np.testing.assert_allclose(d.perplexity().tolist(), np.exp(d.entropy().tolist()), rtol=1e-6)


def test_a_die_is_drawn_as_often_as_it_is_likely():
    torch.manual_seed(0)
    d = Categorical(torch.stack([P, P.flip(0)]) * 7)
    x = d.sample((MANY,))
    assert x.dtype == torch.int64
    for k in range(3):
        np.testing.assert_allclose((x == k).float().mean(0).tolist(), d.probs[:, k].tolist(), atol=0.02)  # fmt: skip
    values = d.enumerate_support()
    assert values.shape == (3, 2)
    np.testing.assert_allclose(d.log_prob(values).exp().sum(0).tolist(), 1.0, rtol=1e-6)
    assert Categorical(logits=P.log() + 5).mode.item() == 1


def test_gradients_pass_through_rsample_to_the_parameters():
    loc, scale = torch.tensor(1.0, requires_grad=True), torch.tensor(2.0, requires_grad=True)
    torch.manual_seed(0)
    x = Normal(loc, scale).rsample((5,))
    x.sum().backward()
    assert loc.grad.item() == 5
    assert scale.grad.item() == pytest.approx(((x - 1) / 2).sum().item(), rel=1e-5)
    with pytest.raises(UndefinedError, match="log_prob"):
        Categorical(P).rsample()


def test_the_policy_gradient_is_one_hot_minus_probabilities():
    logits = P.log().requires_grad_()
    Categorical(logits=logits).log_prob(torch.tensor(1)).backward()
    np.testing.assert_allclose(logits.grad.tolist(), [-0.2, 0.5, -0.3], atol=1e-6)


PAIRS = [
    (Normal(0.5, 2.0), Normal(-1.0, 1.5)),
    (Uniform(0.0, 1.0), Uniform(-1.0, 3.0)),
    (Bernoulli(0.3), Bernoulli(logits=0.4)),
    (Categorical(P), Categorical(logits=torch.tensor([0.5, -1.0, 0.1]))),
    (Independent(Normal(torch.zeros(3), 1.0), 1), Independent(Normal(torch.ones(3), 2.0), 1)),
]


@pytest.mark.parametrize(("p", "q"), PAIRS, ids=lambda d: type(d).__name__)
def test_divergence_is_the_mean_difference_of_log_probabilities(p, q):
    torch.manual_seed(0)
    x = p.sample((MANY,))
    estimate = (p.log_prob(x) - q.log_prob(x)).mean().item()
    assert kl_divergence(p, q).item() == pytest.approx(estimate, abs=0.03)
    assert kl_divergence(p, p).item() == pytest.approx(0, abs=1e-6)


def test_what_the_other_never_gives_is_infinitely_far():
    assert kl_divergence(Uniform(0.0, 2.0), Uniform(0.0, 1.0)).item() == math.inf
    assert kl_divergence(Bernoulli(0.5), Bernoulli(1.0)).item() == math.inf
    sure, fair = Categorical(torch.tensor([1.0, 0.0])), Categorical(torch.tensor([1.0, 1.0]))
    assert kl_divergence(fair, sure).item() == math.inf
    assert kl_divergence(sure, fair).item() == pytest.approx(math.log(2), abs=1e-5)


def test_a_divergence_without_a_rule_says_which_there_are_and_takes_a_new_one():
    class Certain(Distribution):
        pass

    with pytest.raises(OptionError, match="Normal and Normal"):
        kl_divergence(Certain(), Normal(0.0, 1.0))

    @register_kl(Certain, Certain)
    def rule(p, q):
        return 7

    assert kl_divergence(Certain(), Certain()) == 7


def test_independent_adds_up_its_last_axes():
    base = Normal(torch.zeros(2, 3), 1.0)
    d = Independent(base, 1)
    assert (tuple(d.batch_shape), tuple(d.event_shape)) == ((2,), (3,))
    x = d.sample((5,))
    assert torch.equal(d.log_prob(x), base.log_prob(x).sum(-1))
    assert d.entropy().shape == (2,)
    assert d.expand((4, 2)).sample().shape == (4, 2, 3)
    with pytest.raises(ShapeError, match="choose 0 to 2"):
        Independent(base, 3)


REFUSED = [
    (lambda: Normal(0.0, -1.0), "scale must be positive"),
    (lambda: Uniform(1.0, 0.0), "low must be below high"),
    (lambda: Bernoulli(1.5), "between 0 and 1"),
    (lambda: Categorical(torch.tensor([-1.0, 2.0])), "at least 0"),
    (lambda: Categorical(), "either probs or logits"),
    (lambda: Bernoulli(0.5, 0.0), "either probs or logits"),
    (lambda: Categorical(torch.tensor(1.0)), "last axis"),
    (lambda: Normal(0.0, 1.0).log_prob(2.0), "expected a tensor"),
    (lambda: Normal(torch.zeros(2), 1.0).log_prob(torch.zeros(3)), "does not broadcast"),
    (lambda: Categorical(P).log_prob(torch.tensor(3)), "from 0 to 2"),
    (lambda: Categorical(P).log_prob(torch.tensor(0.5)), "from 0 to 2"),
    (lambda: Bernoulli(0.5).log_prob(torch.tensor(0.5)), "0 or 1"),
    (lambda: Uniform(0.0, 1.0).log_prob(torch.tensor(2.0)), "between low and high"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "match"), REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_is_refused_as_a_value_error(make, match):
    with pytest.raises(ValueError, match=match):
        make()


def test_what_is_not_checked_is_computed():
    assert Uniform(0.0, 1.0, validate_args=False).log_prob(torch.tensor(2.0)).item() == -math.inf
