"""A small run with everything in it that must be resumed exactly."""

import micrograd_lab as torch
from micrograd_lab import nn
from micrograd_lab.amp import GradScaler
from micrograd_lab.optim import AdamW, lr_scheduler
from micrograd_lab.train import EarlyStop, accuracy, fit
from micrograd_lab.utils.data import DataLoader, TensorDataset

F = nn.functional


class Net(nn.Module):
    """Two layers, dropout, and a buffer that counts."""

    def __init__(self, hidden=6):
        super().__init__()
        self.first = nn.Parameter(torch.randn(hidden, 3) * 0.5)
        self.second = nn.Parameter(torch.randn(2, hidden) * 0.5)
        self.register_buffer("seen", torch.zeros(1))

    def forward(self, x):
        if self.training:
            self.seen += len(x)
        return F.dropout((x @ self.first.T).tanh(), 0.3, self.training) @ self.second.T


def data(n=22):
    g = torch.Generator().manual_seed(5)
    x = torch.randn(n, 3, generator=g)
    return TensorDataset(x, (x.sum(1) > 0).long())


class Setting:
    """The same start each time; run() trains, and all() tells everything that came of it."""

    def __init__(self, schedule="epoch", amp=False, own_generator=True, hidden=6, lr=0.03):
        torch.manual_seed(1)
        self.net = Net(hidden)
        self.optimizer = AdamW(self.net.parameters(), lr=lr, amsgrad=True)
        self.schedule = schedule
        self.scheduler = lr_scheduler.StepLR(self.optimizer, 2, 0.7)
        if schedule == "plateau":
            self.scheduler = lr_scheduler.ReduceLROnPlateau(self.optimizer, patience=0)
            self.schedule = "epoch"
        self.amp = amp
        self.scaler = GradScaler("cpu", init_scale=64.0, growth_interval=3) if amp else None
        self.generator = torch.Generator().manual_seed(7) if own_generator else None
        self.loader = DataLoader(data(), batch_size=5, shuffle=True, generator=self.generator)
        self.early = EarlyStop(patience=20, restore=False)

    def run(self, **kw):
        kw = {"epochs": 3, "progress": False, "clip": 1.0, **kw}
        self.history = fit(
            self.net, F.cross_entropy, self.optimizer, self.loader,
            validation=DataLoader(data(), batch_size=8), metrics={"accuracy": accuracy},
            scheduler=self.scheduler, schedule=self.schedule, amp=self.amp, scaler=self.scaler,
            early_stop=self.early, **kw,
        )  # fmt: skip
        return self

    def all(self):
        parts = (self.net, self.optimizer, self.scheduler, self.early, self.history)
        states = [part.state_dict() for part in parts]
        states += [self.scaler.state_dict() if self.scaler else None, torch.get_rng_state()]
        states += [self.generator.get_state() if self.generator else None, torch.rand(2)]
        return exact(states)


def exact(x):
    """Every number as it is, to the last bit."""
    if isinstance(x, torch.Tensor):
        return (str(x.dtype), x.detach().numpy().tobytes(), tuple(x.shape))
    if isinstance(x, dict):
        return {k: exact(v) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return [exact(v) for v in x]
    return repr(x)


def stop_after(step):
    def callback(run):
        if run.step == step:
            run.stop()

    return callback
