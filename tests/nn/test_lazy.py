"""Lazy layers learn their input's size from the first one, or from a state; then they are ordinary."""

import copy

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab import nn
from micrograd_lab.errors import ShapeError, StateError
from micrograd_lab.nn.lazy import LazyModuleMixin
from micrograd_lab.nn.parameter import Parameter, UninitializedParameter, is_lazy

LAZY = [
    (nn.LazyLinear(4), nn.Linear(6, 4), (5, 6)),
    (nn.LazyLinear(4, bias=False), nn.Linear(6, 4, bias=False), (2, 5, 6)),
    (nn.LazyConv1d(4, 3, 2, groups=2), nn.Conv1d(6, 4, 3, 2, groups=2), (2, 6, 9)),
    (nn.LazyConv2d(4, 3, padding="same"), nn.Conv2d(6, 4, 3, padding="same"), (2, 6, 5, 5)),
    (nn.LazyConv2d(4, 3), nn.Conv2d(6, 4, 3), (6, 5, 5)),
    (nn.LazyConv3d(4, 2), nn.Conv3d(6, 4, 2), (2, 6, 3, 3, 3)),
    (nn.LazyConvTranspose1d(4, 3, 2), nn.ConvTranspose1d(6, 4, 3, 2), (2, 6, 4)),
    (
        nn.LazyConvTranspose2d(4, 3, 2, 1, 1, 2),
        nn.ConvTranspose2d(6, 4, 3, 2, 1, 1, 2),
        (2, 6, 4, 4),
    ),
    (nn.LazyConvTranspose3d(4, 2), nn.ConvTranspose3d(6, 4, 2), (2, 6, 3, 2, 2)),
    (nn.LazyBatchNorm1d(), nn.BatchNorm1d(6), (5, 6)),
    (nn.LazyBatchNorm2d(1e-3, None, False), nn.BatchNorm2d(6, 1e-3, None, False), (2, 6, 3, 3)),
    (nn.LazyBatchNorm3d(bias=False), nn.BatchNorm3d(6, bias=False), (2, 6, 3, 3, 3)),
    (nn.LazyInstanceNorm1d(), nn.InstanceNorm1d(6, 1e-5, 0.1, True, True), (2, 6, 5)),
    (nn.LazyInstanceNorm1d(), nn.InstanceNorm1d(6, 1e-5, 0.1, True, True), (6, 5)),
    (
        nn.LazyInstanceNorm2d(affine=False, track_running_stats=False),
        nn.InstanceNorm2d(6),
        (2, 6, 4, 4),
    ),
    (nn.LazyInstanceNorm3d(), nn.InstanceNorm3d(6, 1e-5, 0.1, True, True), (2, 6, 3, 3, 3)),
]
NAMES = [f"{type(lazy).__name__} {shape}" for lazy, _, shape in LAZY]


@pytest.mark.parametrize(("lazy", "plain", "shape"), LAZY, ids=NAMES)
def test_it_becomes_the_layer_that_fits_its_first_input(lazy, plain, shape):
    lazy, before = copy.deepcopy(lazy), list(copy.deepcopy(lazy).state_dict())
    optimised = list(lazy.parameters())
    torch.manual_seed(3)
    y = lazy(torch.ones(shape))
    assert type(lazy) is type(plain)
    assert repr(lazy) == repr(plain)
    assert before == list(plain.state_dict())
    found = {name: x.shape for name, x in lazy.state_dict().items()}
    assert found == {name: x.shape for name, x in plain.state_dict().items()}
    assert all(p is q for p, q in zip(lazy.parameters(), optimised, strict=True))
    assert all(type(p) is Parameter for p in optimised)
    # Its first weights are those that the plain layer draws.
    torch.manual_seed(3)
    plain = copy.deepcopy(plain)
    plain.reset_parameters()
    np.testing.assert_array_equal(y.detach().numpy(), plain(torch.ones(shape)).detach().numpy())
    if optimised:
        (y * torch.randn(y.shape)).sum().backward()
        assert all(p.grad.shape == p.shape for p in optimised)


@pytest.mark.parametrize(("lazy", "plain", "shape"), LAZY, ids=NAMES)
def test_a_state_may_come_before_the_first_input(lazy, plain, shape):
    lazy = copy.deepcopy(lazy)
    held = {k: torch.randn(x.shape).abs() if x.ndim else x for k, x in plain.state_dict().items()}
    lazy.load_state_dict(held)
    assert not lazy.has_uninitialized_params()
    lazy.eval(), lazy(torch.ones(shape))
    assert repr(lazy) == repr(plain)
    for name, x in lazy.state_dict().items():
        np.testing.assert_array_equal(x.numpy(), held[name].numpy())


def test_a_part_of_a_state_keeps_its_numbers_when_the_rest_is_drawn():
    lazy = nn.LazyLinear(4)
    weight = torch.randn(4, 3)
    lazy.load_state_dict({"weight": weight}, strict=False)
    lazy(torch.ones(2, 3))
    assert lazy.weight.tolist() == weight.tolist()
    assert lazy.bias.shape == (4,)


def test_a_state_without_shapes_only_fits_a_lazy_module():
    nn.LazyLinear(4).load_state_dict(nn.LazyLinear(4).state_dict())
    with pytest.raises(StateError, match="lazy module before its input"):
        nn.Linear(3, 4).load_state_dict(nn.LazyLinear(4).state_dict())
    lazy = nn.LazyLinear(4)
    with pytest.raises(StateError, match="missing"):
        lazy.load_state_dict({"weight": torch.ones(4, 3)})
    assert lazy.has_uninitialized_params()


def test_before_that_its_parameters_have_a_dtype_and_no_numbers():
    lazy = nn.LazyConv2d(4, 3)
    assert repr(lazy) == "LazyConv2d(0, 4, kernel_size=(3, 3), stride=(1, 1))"
    assert repr(lazy.weight) == "<UninitializedParameter>"
    assert is_lazy(lazy.weight)
    assert lazy.double().weight.dtype == torch.float64
    for use in (lambda p: p.shape, lambda p: p.numel(), lambda p: p + 1, lambda p: p.sum()):
        with pytest.raises(ShapeError, match="Call the module once"):
            use(lazy.weight)
    assert lazy(torch.ones(1, 2, 5, 5, dtype=torch.float64)).dtype == torch.float64


def test_its_state_cannot_be_saved_yet(tmp_path):
    with pytest.raises(ShapeError, match="no numbers"):
        torch.save(nn.LazyLinear(3).state_dict(), tmp_path / "state.npz")


def test_inputs_that_do_not_fit_leave_it_lazy():
    for lazy, x in (
        (nn.LazyConv2d(4, 3), torch.ones(3, 3)),
        (nn.LazyConv2d(4, 3, groups=2), torch.ones(1, 3, 5, 5)),
        (nn.LazyBatchNorm1d(), torch.ones(2, 3, 4, 4)),
    ):
        with pytest.raises(ShapeError):
            lazy(x)
        assert lazy.has_uninitialized_params()
        assert "Lazy" in repr(lazy)


def test_frozen_parameters_stay_frozen():
    lazy = nn.LazyLinear(3).requires_grad_(False)
    assert not lazy(torch.ones(2, 4)).requires_grad


def test_ones_own_lazy_module():
    class LazyScale(LazyModuleMixin):
        def __init__(self):
            super().__init__()
            self.gain = UninitializedParameter()

        def initialize_parameters(self, x):
            if self.has_uninitialized_params():
                self.gain.materialize((x.shape[-1],))
                self.gain.data.fill_(2)

        def forward(self, x):
            return x * self.gain

    scale = LazyScale()
    assert scale(torch.ones(2, 3)).tolist() == [[2.0] * 3] * 2
    assert type(scale) is LazyScale
    scale.gain.data.fill_(5)
    assert scale(torch.ones(3)).tolist() == [5.0] * 3

    class Forgets(LazyScale):
        def initialize_parameters(self, x):
            pass

    with pytest.raises(ShapeError, match="materialize"):
        Forgets()(torch.ones(3))
