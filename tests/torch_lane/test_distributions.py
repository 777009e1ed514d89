"""Distributions next to PyTorch's: probabilities, entropies, divergences, texts and gradients."""

import numpy as np
import pytest

import micrograd_lab as lab
import micrograd_lab.distributions

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(0)
A, B = RNG.normal(size=(2, 3)), RNG.normal(size=(2, 3))
C, D = RNG.uniform(0.1, 0.9, (2, 2, 3))
MAKE = {
    "Normal": lambda d, a, b, c, e: d.Normal(a, c),
    "Normal of numbers": lambda d, a, b, c, e: d.Normal(0.5, c),
    "Uniform": lambda d, a, b, c, e: d.Uniform(a, a + c),
    "Bernoulli": lambda d, a, b, c, e: d.Bernoulli(c),
    "Bernoulli of logits": lambda d, a, b, c, e: d.Bernoulli(logits=a),
    "Categorical": lambda d, a, b, c, e: d.Categorical(c),
    "Categorical of logits": lambda d, a, b, c, e: d.Categorical(logits=a),
    "Independent": lambda d, a, b, c, e: d.Independent(d.Normal(a, c), 1),
    "Independent coins": lambda d, a, b, c, e: d.Independent(d.Bernoulli(c), 2),
}


def made(module, name, arrays=(A, B, C, D)):
    leaves = [module.tensor(x, requires_grad=True) for x in arrays]
    return MAKE[name](module.distributions, *leaves), leaves


def same(ours, theirs):
    assert tuple(ours.shape) == tuple(theirs.shape)
    found, expected = ours.detach().numpy(), theirs.detach().numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def same_with_gradients(ours, theirs, leaves, goals):
    same(ours, theirs)
    if not theirs.requires_grad:
        return
    dx = torch.autograd.grad(theirs.sum(), goals, materialize_grads=True, retain_graph=True)
    dz = lab.autograd.grad(ours.sum(), leaves, materialize_grads=True, retain_graph=True)
    for z, x in zip(dz, dx, strict=True):
        same(z, x)


@pytest.mark.parametrize("name", MAKE)
def test_all_that_can_be_asked_agrees(name):
    (ours, leaves), (theirs, goals) = made(lab, name), made(torch, name)
    assert repr(ours) == repr(theirs)
    assert tuple(ours.batch_shape) == tuple(theirs.batch_shape)
    assert tuple(ours.event_shape) == tuple(theirs.event_shape)
    assert ours.has_rsample == theirs.has_rsample
    for what in ("mean", "variance", "stddev", "probs", "logits"):
        if hasattr(theirs, what):
            same_with_gradients(getattr(ours, what), getattr(theirs, what), leaves, goals)
    if name != "Uniform":
        same(ours.mode, theirs.mode)
    same_with_gradients(ours.entropy(), theirs.entropy(), leaves, goals)
    same(ours.perplexity(), theirs.perplexity())
    torch.manual_seed(0)
    for shape in ((), (4,), (2, 3)):
        x = theirs.sample(shape)
        assert ours.sample(shape).shape == tuple(x.shape)
        assert f"torch.{ours.sample(shape).dtype}" == str(x.dtype)
        value = lab.tensor(x.numpy())
        same_with_gradients(ours.log_prob(value), theirs.log_prob(x), leaves, goals)
    wide = (5, *theirs.batch_shape)
    same(ours.expand(wide).entropy(), theirs.expand(wide).entropy())
    if theirs.has_enumerate_support and "Independent" not in name:
        for expand in (True, False):
            same(ours.enumerate_support(expand), theirs.enumerate_support(expand))


@pytest.mark.parametrize("name", ["Normal", "Uniform"])
def test_cumulated_probabilities_agree(name):
    (ours, leaves), (theirs, goals) = made(lab, name), made(torch, name)
    x = C * 0.5 + A if name == "Uniform" else B
    same_with_gradients(ours.cdf(lab.tensor(x)), theirs.cdf(torch.tensor(x)), leaves, goals)
    same_with_gradients(ours.icdf(lab.tensor(C)), theirs.icdf(torch.tensor(C)), leaves, goals)


@pytest.mark.parametrize("name", MAKE)
def test_divergences_agree(name):
    other = (B, A, D, C)
    (p, leaves), (q, more) = made(lab, name), made(lab, name, other)
    (r, goals), (s, others) = made(torch, name), made(torch, name, other)
    ours = lab.distributions.kl_divergence(p, q)
    theirs = torch.distributions.kl_divergence(r, s)
    same_with_gradients(ours, theirs, [*leaves, *more], [*goals, *others])


def test_what_is_impossible_gives_the_same_infinities():
    for c, d in ([0.0, 0.5, 0.5], [0.5, 0.5, 0.0]), ([1.0, 0.0, 0.0], [1.0, 0.0, 0.0]):
        for kind in ("Categorical", "Bernoulli"):
            found = []
            for m in (lab, torch):
                make = getattr(m.distributions, kind)
                p, q = make(m.tensor(c)), make(m.tensor(d))
                found.append(m.distributions.kl_divergence(p, q).tolist())
            np.testing.assert_allclose(*found)
