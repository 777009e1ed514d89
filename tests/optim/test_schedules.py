"""Schedules: known rates, states that can be saved, and what is refused."""

import pytest

import micrograd_lab as lab
from micrograd_lab.errors import OptionError, StateError
from micrograd_lab.optim import SGD, lr_scheduler


def sgd(lr=1.0, **options):
    return SGD([lab.ones(1, requires_grad=True)], lr=lr, **options)


def rates(schedule, steps):
    out = []
    for _ in range(steps):
        out += schedule.get_last_lr()
        schedule.step()
    return out


def test_the_plain_schedules_give_the_rates_one_would_write_down():
    known = pytest.approx
    assert rates(lr_scheduler.StepLR(sgd(), 2, 0.5), 5) == [1, 1, 0.5, 0.5, 0.25]
    assert rates(lr_scheduler.MultiStepLR(sgd(), [1, 3], 0.1), 4) == known([1, 0.1, 0.1, 0.01])
    assert rates(lr_scheduler.ExponentialLR(sgd(), 0.5), 4) == [1, 0.5, 0.25, 0.125]
    assert rates(lr_scheduler.ConstantLR(sgd(), 0.5, 2), 4) == [0.5, 0.5, 1, 1]
    assert rates(lr_scheduler.LinearLR(sgd(), 0.25, 1, 3), 5) == known([0.25, 0.5, 0.75, 1, 1])
    assert rates(lr_scheduler.PolynomialLR(sgd(), 4), 6) == known([1, 0.75, 0.5, 0.25, 0, 0])
    assert rates(lr_scheduler.CosineAnnealingLR(sgd(), 2), 5) == known([1, 0.5, 0, 0.5, 1])
    warm = lr_scheduler.CosineAnnealingWarmRestarts(sgd(), 2, 2)
    assert rates(warm, 5) == known([1, 0.5, 1, 0.8535533905932737, 0.5])


def test_two_schedules_of_one_optimiser_multiply():
    optimizer = sgd()
    a, b = lr_scheduler.StepLR(optimizer, 1, 0.5), lr_scheduler.StepLR(optimizer, 2, 0.1)
    for _ in range(2):
        a.step()
        b.step()
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.025)


def test_a_rate_in_a_tensor_stays_that_tensor():
    rate = lab.tensor(1.0)
    schedule = lr_scheduler.StepLR(sgd(rate), 1, 0.5)
    schedule.step()
    assert rate.item() == 0.5
    schedule.get_last_lr()[0].fill_(9.0)
    assert rate.item() == 0.5


def test_a_state_of_a_schedule_can_be_saved(tmp_path):
    class Slope:
        def __init__(self, a):
            self.a = a

        def __call__(self, t):
            return self.a**t

    schedule = lr_scheduler.LambdaLR(sgd(), Slope(0.5))
    schedule.step()
    lab.save(schedule.state_dict(), tmp_path / "s.npz")
    other = lr_scheduler.LambdaLR(sgd(), Slope(0.9))
    other.load_state_dict(lab.load(tmp_path / "s.npz"))
    other.step()
    assert other.last_epoch == 2
    assert other.get_last_lr() == [0.25]


def test_a_state_of_another_kind_is_refused_and_changes_nothing():
    schedule = lr_scheduler.StepLR(sgd(), 2)
    state = lr_scheduler.CosineAnnealingLR(sgd(), 5).state_dict()
    with pytest.raises(StateError, match="T_max, eta_min, gamma, step_size"):
        schedule.load_state_dict(state)
    assert schedule.last_epoch == 0


def test_one_cycle_says_when_it_is_over():
    schedule = lr_scheduler.OneCycleLR(sgd(momentum=0.9), 0.1, total_steps=3)
    for _ in range(3):
        schedule.step()
    with pytest.raises(OptionError, match="step number 4 of 3"):
        schedule.step()


def test_going_on_without_the_first_rate_is_explained():
    with pytest.raises(OptionError, match="Load the optimiser's state first"):
        lr_scheduler.StepLR(sgd(), 2, last_epoch=3)
    optimizer = lab.optim.Adadelta([lab.ones(1, requires_grad=True)])
    with pytest.raises(OptionError, match="cycle_momentum=False"):
        lr_scheduler.CyclicLR(optimizer, 0.1, 0.2)
