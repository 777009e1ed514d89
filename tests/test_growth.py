"""A long training run holds no more at its end than after its start."""

import gc
import sys

import pytest

import micrograd_lab as torch
from micrograd_lab import nn


def training():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1))
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    x, y = torch.randn(16, 2), torch.randn(16, 1)

    def step():
        optimizer.zero_grad()
        loss = ((net(x) - y) ** 2).mean()
        loss.backward()
        optimizer.step()
        return loss

    return step


def held():
    """Blocks of memory that Python has handed out: each object, and each array's header, is one."""
    gc.collect()
    return sys.getallocatedblocks()


@pytest.mark.parametrize("how", [lambda step: step, torch.compile], ids=["eager", "compiled"])
def test_ten_thousand_steps_leave_nothing_behind(how):
    step = how(training())
    for _ in range(100):
        step()
    before = held()
    for _ in range(10_000):
        step()
    assert held() - before < 500  # one object kept per step would be ten thousand
