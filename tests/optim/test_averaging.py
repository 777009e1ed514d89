"""A second model holds the mean of the weights, and batch norms learn their numbers anew for it."""

import copy

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab import nn
from micrograd_lab.errors import OptionError
from micrograd_lab.optim import SGD, swa_utils


def model():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))


def walk(net, averaged, steps=5):
    """Move the net by known amounts, and average after each; the weights of its first layer."""
    seen = []
    for k in range(steps):
        for p in net.parameters():
            p.data = p.data + (k + 1) ** 2
        net[1].running_mean.add_(k + 1)
        averaged.update_parameters(net)
        seen.append(net[0].weight.detach().numpy().copy())
    return np.array(seen)


def test_the_average_is_the_plain_mean_unless_told_otherwise():
    net = model()
    averaged = swa_utils.AveragedModel(net)
    seen = walk(net, averaged)
    np.testing.assert_allclose(averaged.module[0].weight.detach().numpy(), seen.mean(0), 1e-5)
    assert averaged.n_averaged.item() == 5
    assert averaged.module[1].running_mean.tolist() == [15] * 4  # copied
    assert list(averaged.state_dict())[:2] == ["n_averaged", "module.0.weight"]


def test_buffers_are_averaged_if_asked():
    net = model()
    averaged = swa_utils.AveragedModel(net, use_buffers=True)
    walk(net, averaged)
    assert averaged.module[1].running_mean.tolist() == [7] * 4  # of 1, 3, 6, 10, 15


@pytest.mark.parametrize("how", ["avg_fn", "multi_avg_fn"])
def test_an_exponential_average_forgets(how):
    net = model()
    kind = swa_utils.get_ema_avg_fn if how == "avg_fn" else swa_utils.get_ema_multi_avg_fn
    averaged = swa_utils.AveragedModel(net, **{how: kind(0.75)})
    first, *rest = walk(net, averaged)
    for new in rest:
        first = 0.75 * first + 0.25 * new
    np.testing.assert_allclose(averaged.module[0].weight.detach().numpy(), first, 1e-5)


def test_the_two_forms_of_the_plain_mean_agree():
    net = model()
    one = swa_utils.AveragedModel(net, avg_fn=swa_utils.get_swa_avg_fn())
    two = swa_utils.AveragedModel(net, multi_avg_fn=swa_utils.get_swa_multi_avg_fn())
    for p in net.parameters():
        p.data = p.data * 3
    for averaged in (one, two):
        walk(copy.deepcopy(net), averaged)
    for p, q in zip(one.parameters(), two.parameters(), strict=True):
        np.testing.assert_array_equal(p.detach().numpy(), q.detach().numpy())


def test_the_averaged_model_is_a_copy_and_runs_like_one():
    net = model().eval()
    averaged = swa_utils.AveragedModel(net)
    x = torch.randn(5, 3)
    np.testing.assert_array_equal(averaged(x).detach().numpy(), net(x).detach().numpy())
    net[0].weight.data.fill_(0)
    assert not (averaged.module[0].weight == 0).any()


def test_averages_resume_from_a_file(tmp_path):
    net = model()
    one = swa_utils.AveragedModel(net)
    walk(net, one, 3)
    torch.save(one.state_dict(), tmp_path / "mean.npz")
    two = swa_utils.AveragedModel(model())
    two.load_state_dict(torch.load(tmp_path / "mean.npz"))
    walk(copy.deepcopy(net), one, 2)
    walk(copy.deepcopy(net), two, 2)
    for p, q in zip(one.parameters(), two.parameters(), strict=True):
        np.testing.assert_array_equal(p.detach().numpy(), q.detach().numpy())


@pytest.mark.parametrize("pairs", [False, True])
def test_update_bn_learns_mean_and_variance_of_all_batches_and_restores_the_rest(pairs):
    net = nn.Sequential(nn.BatchNorm1d(3, momentum=0.3), nn.Dropout(0.5)).eval()
    net[0].running_mean.fill_(9)
    batches = [torch.randn(8, 3) * 2 + 1 for _ in range(4)]
    swa_utils.update_bn([(x, None) for x in batches] if pairs else batches, net)
    every = np.array([x.numpy() for x in batches])
    np.testing.assert_allclose(net[0].running_mean.numpy(), every.mean((0, 1)), 1e-4, 1e-6)
    np.testing.assert_allclose(net[0].running_var.numpy(), every.var(1, ddof=1).mean(0), 1e-4)
    assert net[0].momentum == 0.3
    assert not net.training
    assert not net[1].training


def test_a_model_without_batch_norm_is_not_run():
    def no_batches():
        raise AssertionError("nothing to learn")
        yield

    swa_utils.update_bn(no_batches(), nn.Linear(3, 2))


def test_swalr_goes_to_its_rate_and_stays():
    optimizer = SGD([torch.zeros(2, requires_grad=True)], lr=1.0)
    schedule = swa_utils.SWALR(optimizer, 0.2, 4, "linear")
    rates = []
    for _ in range(7):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    np.testing.assert_allclose(rates, [1, 0.8, 0.6, 0.4, 0.2, 0.2, 0.2])


def test_what_cannot_be_is_refused():
    net = model()
    with pytest.raises(OptionError, match="not both"):
        swa_utils.AveragedModel(net, avg_fn=max, multi_avg_fn=max)
    with pytest.raises(OptionError, match="between 0 and 1"):
        swa_utils.get_ema_avg_fn(1.5)
    optimizer = SGD(net.parameters(), lr=0.1)
    for given in ({"anneal_strategy": "step"}, {"anneal_epochs": -1}, {"swa_lr": [0.1, 0.2]}):
        with pytest.raises(OptionError):
            swa_utils.SWALR(optimizer, **{"swa_lr": 0.1} | given)
