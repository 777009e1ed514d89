"""Adaptive softmax, DataParallel, and PyTorch's other and older names for what there is."""

import copy
import importlib

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab import nn
from micrograd_lab.errors import LabError, OptionError
from micrograd_lab.nn import utils


def near(found, expected, tolerance=1e-5):
    np.testing.assert_allclose(found.detach().numpy(), expected, tolerance, tolerance)


# --- adaptive softmax ----------------------------------------------------------------------


def test_the_adaptive_softmax_is_a_distribution_over_all_classes():
    torch.manual_seed(0)
    m = nn.AdaptiveLogSoftmaxWithLoss(8, 30, [4, 10, 20], 2.0)
    x = torch.randn(5, 8)
    every = m.log_prob(x)
    assert every.shape == (5, 30)
    near(every.exp().sum(1), 1)
    assert m.predict(x).tolist() == every.detach().numpy().argmax(1).tolist()
    for target in ([0, 3, 4, 19, 29], [1, 1, 1, 1, 1], [25, 26, 27, 28, 29]):
        output, loss = m(x, torch.tensor(target))
        near(output, every.detach().numpy()[range(5), target])
        near(loss, -every.detach().numpy()[range(5), target].mean())


def test_only_the_clusters_that_are_asked_for_are_computed():
    m = nn.AdaptiveLogSoftmaxWithLoss(8, 30, [4, 10, 20])
    m(torch.randn(3, 8), torch.tensor([0, 5, 9])).loss.backward()
    assert m.head.weight.grad is not None
    assert [tail[0].weight.grad is None for tail in m.tail] == [False, True, True]


@pytest.mark.parametrize("cutoffs", [[], [0], [5, 5], [10, 5], [30], [1.5]])
def test_cutoffs_must_rise(cutoffs):
    with pytest.raises(OptionError, match="cutoffs"):
        nn.AdaptiveLogSoftmaxWithLoss(8, 30, cutoffs)


def test_targets_must_be_classes_and_as_many_as_inputs():
    m = nn.AdaptiveLogSoftmaxWithLoss(8, 30, [4])
    for shape, target in (((2, 8), [1, 30]), ((2, 8), [-1, 1]), ((2, 8), [1]), ((8,), [1])):
        with pytest.raises(LabError):
            m(torch.ones(shape), torch.tensor(target))


# --- DataParallel --------------------------------------------------------------------------


def test_data_parallel_runs_the_module_itself():
    net = nn.Linear(3, 2)
    m = nn.DataParallel(net, device_ids=[0, 1])
    assert m.module is net
    assert list(m.state_dict()) == ["module.weight", "module.bias"]
    x = torch.randn(4, 3)
    assert m(x).tolist() == net(x).tolist()
    assert nn.parallel.DataParallel is nn.DataParallel
    assert m.device_ids == []


# --- nn.modules ----------------------------------------------------------------------------


def test_nn_modules_has_every_layer_under_its_own_name_and_its_files():
    from micrograd_lab.nn.modules import Linear

    assert Linear is nn.Linear
    assert importlib.import_module("micrograd_lab.nn.modules.conv").Conv2d is nn.Conv2d
    assert torch.nn.modules.module.Module is nn.Module
    layers = {n: c for n, c in vars(nn).items() if isinstance(c, type) and issubclass(c, nn.Module)}
    assert all(getattr(nn.modules, n) is c for n, c in layers.items() if n != "DataParallel")


def test_bases_that_programs_ask_for_are_there():
    batchnorm = importlib.import_module("micrograd_lab.nn.modules.batchnorm")
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ConvTranspose1d(1, 2, 3))
    assert [isinstance(m, nn.modules.conv._ConvNd) for m in net] == [True, False, True]
    assert [isinstance(m, batchnorm._BatchNorm) for m in net] == [False, True, False]
    assert isinstance(nn.MSELoss(), nn.modules.loss._Loss)


# --- older names in nn.utils ---------------------------------------------------------------


def test_weight_norm_trains_lengths_and_directions_under_the_older_names():
    f = nn.Linear(3, 2)
    before = f.weight.tolist()
    assert utils.weight_norm(f) is f
    assert list(f.state_dict()) == ["bias", "weight_g", "weight_v"]
    near(f.weight, before)
    x = torch.randn(4, 3)
    near(f(x), x.numpy() @ np.transpose(before) + f.bias.detach().numpy())
    f.weight_g.data.mul_(2)
    near(f(x), 2 * x.numpy() @ np.transpose(before) + f.bias.detach().numpy())
    f(x).sum().backward()
    # along the direction itself nothing can be gained
    near((f.weight_v.grad * f.weight_v).sum(1), 0)
    utils.remove_weight_norm(f)
    assert list(f.state_dict()) == ["bias", "weight"]
    near(f.weight, 2 * np.array(before))
    assert isinstance(f.weight, nn.Parameter)


def test_a_copy_of_a_reparametrized_layer_goes_its_own_way():
    for kind in (utils.weight_norm, utils.spectral_norm):
        f = kind(nn.Linear(3, 2)).eval()
        g = copy.deepcopy(f)
        x = torch.ones(1, 3)
        y = g(x).tolist()
        next(p for n, p in f.named_parameters() if n != "bias").data.mul_(
            torch.arange(2.0, 4)[:, None]
        )
        assert g(x).tolist() == y
        assert f(x).tolist() != y


def test_spectral_norm_divides_by_the_largest_singular_value():
    torch.manual_seed(0)
    f = utils.spectral_norm(nn.Linear(6, 5), n_power_iterations=3)
    assert set(f.state_dict()) == {"bias", "weight_orig", "weight_u", "weight_v"}
    for _ in range(20):
        f(torch.ones(1, 6))
    assert np.linalg.norm(f.weight.detach().numpy(), 2) == pytest.approx(1, abs=1e-4)
    f.eval()
    u = f.weight_u.tolist()
    f(torch.ones(1, 6))
    assert f.weight_u.tolist() == u
    utils.remove_spectral_norm(f)
    assert list(f.state_dict()) == ["bias", "weight"]
    assert np.linalg.norm(f.weight.detach().numpy(), 2) == pytest.approx(1, abs=1e-4)


def test_what_is_not_there_cannot_be_normed_or_removed():
    f = utils.weight_norm(nn.Linear(3, 2))
    for act in (
        lambda: utils.weight_norm(f),
        lambda: utils.weight_norm(f, "nothing"),
        lambda: utils.remove_weight_norm(nn.Linear(3, 2)),
        lambda: utils.remove_spectral_norm(f),
        lambda: utils.spectral_norm(nn.Linear(3, 2), "bias"),
    ):
        with pytest.raises(OptionError):
            act()
    f(torch.ones(1, 3))


def test_clip_grad_norm_is_clip_grad_norm_():
    assert utils.clip_grad_norm is utils.clip_grad_norm_
