"""The loop: what it learns, whom it tells, when it stops, and what it refuses."""

import io

import pytest
from rich.console import Console

import micrograd_lab as torch
from micrograd_lab import nn
from micrograd_lab.errors import OptionError, ShapeError, TrainingError
from micrograd_lab.optim import SGD
from micrograd_lab.train import EarlyStop, History, accuracy, evaluate, fit
from micrograd_lab.utils.data import DataLoader, TensorDataset

from .setting import Net, Setting, data, exact

F = nn.functional


class Line(nn.Module):
    def __init__(self, w=0.0):
        super().__init__()
        self.w = nn.Parameter(torch.tensor([w]))

    def forward(self, x):
        return x * self.w


def line(values=(1.0, 2.0, 3.0)):
    x = torch.tensor(list(values))
    return DataLoader(TensorDataset(x, 2 * x), batch_size=2)


def test_it_makes_the_steps_that_one_would_write_by_hand():
    model, other = Line(), Line()
    history = fit(
        model, F.mse_loss, SGD(model.parameters(), lr=0.1), line(), epochs=2, progress=False
    )
    optimizer, losses = SGD(other.parameters(), lr=0.1), []
    for _ in range(2):
        for x, y in line():
            optimizer.zero_grad()
            loss = F.mse_loss(other(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    assert exact(model.w) == exact(other.w)
    assert history.losses == losses
    assert history.last == {"epoch": 2, "step": 4, "loss": (2 * losses[2] + losses[3]) / 3}


def test_it_learns_and_the_history_tells():
    setting = Setting().run(epochs=15)
    assert setting.history["val_accuracy"][-1] > 0.85
    assert setting.history["loss"][-1] < setting.history["loss"][0]
    assert len(setting.history.losses) == len(setting.history.rates) == 75
    with pytest.raises(KeyError, match="val_accuracy"):
        setting.history["accuracy"]
    fresh = History()
    fresh.load_state_dict(setting.history.state_dict())
    assert fresh == setting.history
    assert repr(fresh).startswith("History(75 steps; epoch 15, step 75, loss ")


def test_validation_changes_nothing_in_training():
    def trained(**kw):
        torch.manual_seed(0)
        net = Net()
        fit(net, F.cross_entropy, SGD(net.parameters(), lr=0.1), loader, epochs=2, progress=False, **kw)  # fmt: skip
        return exact([net.state_dict(), torch.get_rng_state()])

    loader = DataLoader(data(), batch_size=4, shuffle=True)
    assert trained() == trained(validation=DataLoader(data(), batch_size=4, shuffle=True))


def test_evaluate_is_without_graph_in_eval_mode_and_leaves_the_modes_as_they_were():
    seen = []

    class Watch(Line):
        def forward(self, x):
            seen.append((self.training, torch.is_grad_enabled()))
            return x * self.w

    net = nn.Module()
    net.a, net.b = Watch(), Line()
    net.b.eval()
    net.forward = net.a
    found = evaluate(net, line(), F.mse_loss, {"one": lambda y, t: 1.0})
    assert seen == [(False, False)] * 2
    assert (net.training, net.a.training, net.b.training) == (True, True, False)
    assert found["one"] == 1.0
    assert found["loss"] == pytest.approx((4 + 16 + 36) / 3)  # each example counts the same


def test_accuracy_counts_classes_pixels_and_bits():
    scores = torch.tensor([[1.0, 2.0], [3.0, 0.0], [0.0, 1.0], [5.0, 4.0]])
    assert accuracy(scores, torch.tensor([1, 0, 0, 0])) == 0.75
    assert accuracy(scores.reshape(2, 2, 2), torch.tensor([[1, 1], [1, 0]])) == 0.5
    assert accuracy(torch.tensor([-1.0, 2.0]), torch.tensor([0.0, 1.0])) == 1.0
    with pytest.raises(ShapeError, match=r"\(4, 2\)"):
        accuracy(scores, torch.ones(3))


def test_callbacks_are_told_in_order_and_see_gradients_before_they_are_clipped():
    told = []

    class All:
        def __getattr__(self, name):
            if not name.startswith("on_"):
                raise AttributeError(name)
            return lambda run: told.append((name, run.step, run.epoch))

    class Gradient:
        def on_backward(self, run):
            self.before = run.model.w.grad.norm().item()

        def on_step(self, run):
            assert self.before > 1.0 >= run.model.w.grad.norm().item() - 1e-4

    model = Line()
    fit(model, F.mse_loss, SGD(model.parameters(), lr=0.01), line(), epochs=1, clip=1.0,
        callbacks=[All(), Gradient(), lambda run: told.append("called")], progress=False)  # fmt: skip
    step = lambda n: [("on_backward", n - 1, 0), ("on_step", n, 0), "called"]
    assert told == [
        ("on_start", 0, 0), *step(1), *step(2), ("on_epoch", 2, 1), ("on_end", 2, 1)
    ]  # fmt: skip


def test_early_stop_waits_and_gives_the_best_weights_back():
    model, results, kept = Line(), [3.0, 1.0, 2.0, 1.5, 0.1], []

    class Keep:
        def on_epoch(self, run):
            kept.append(run.model.w.item())

    history = fit(
        model, F.mse_loss, SGD(model.parameters(), lr=0.01), line(), epochs=9, validation=line(),
        metrics={"odd": lambda y, t: results[len(kept)]}, early_stop=EarlyStop(2, "val_odd"),
        callbacks=[Keep()], progress=False,
    )  # fmt: skip
    assert history["val_odd"] == [3.0, 1.0, 2.0, 1.5]
    assert model.w.item() == kept[1] != kept[3]


def test_a_result_that_is_nan_is_never_the_best():
    early, model = EarlyStop(2, "x", mode="max", restore=False), Line()
    looks = [
        early.look({"x": v, "epoch": i}, model) for i, v in enumerate([1.0, float("nan"), 2.0])
    ]
    assert looks == [True, False, True]
    assert not early.gave_up
    with pytest.raises(OptionError, match="there is no result 'x'; there are: y"):
        early.look({"y": 1.0}, model)


def test_a_loss_that_is_not_finite_stops_before_it_does_harm(tmp_path):
    model, losses = Line(), iter([0.0, 0.0, 0.0, float("nan")])
    with pytest.raises(
        TrainingError,
        match=r"(?s)step 4 \(epoch 2, batch 2\).*nan.*step-00000002\.npz.*detect_anomaly.*0\.05",
    ):
        fit(model, lambda y, t: F.mse_loss(y, t) + next(losses), SGD(model.parameters(), lr=0.05),
            line(), epochs=3, checkpoint=tmp_path, progress=False)  # fmt: skip
    assert torch.isfinite(model.w).all()
    assert [p.name for p in tmp_path.glob("step*")] == ["step-00000002.npz"]


def test_what_cannot_be_run_is_refused_with_what_to_do():
    model = Line()
    optimizer = SGD(model.parameters(), lr=0.1)

    def run(loader, **kw):
        fit(model, F.mse_loss, optimizer, loader, progress=False, **kw)

    with pytest.raises(OptionError, match="epochs= and steps="):
        run(line())
    with pytest.raises(OptionError, match="epochs= and steps="):
        run(line(), epochs=1, steps=1)
    with pytest.raises(OptionError, match="'step' or 'epoch'"):
        run(line(), epochs=1, schedule="batch")
    with pytest.raises(TrainingError, match="no batch"):
        run([], epochs=1)
    with pytest.raises(TrainingError, match="no batch"):
        run(iter([(torch.ones(1), torch.ones(1))]), epochs=2)
    with pytest.raises(TrainingError, match="forward="):
        run([torch.ones(2)], epochs=1)


def test_any_batches_and_any_forward_will_do():
    model = Line()
    batches = [{"x": torch.ones(2)}, {"x": torch.ones(1) * 3}]
    history = fit(model, F.mse_loss, SGD(model.parameters(), lr=0.1), batches, steps=3, progress=False,
                  forward=lambda m, batch: (m(batch["x"]), batch["x"]))  # fmt: skip
    assert len(history.losses) == 3
    assert len(history.epochs) == 1


def test_a_log_has_a_line_an_epoch_and_no_timings():
    out, model = io.StringIO(), Line()
    optimizer = SGD(model.parameters(), lr=0.01)
    fit(model, F.mse_loss, optimizer, line(), epochs=2, validation=line(),
        progress=Console(file=out, width=80))  # fmt: skip
    lines = out.getvalue().splitlines()
    assert [text.split(" · ")[0] for text in lines] == ["epoch 1/2", "epoch 2/2"]
    assert all("val_loss" in text for text in lines)


def test_a_terminal_has_a_bar_with_loss_rate_and_speed():
    out, model = io.StringIO(), Line()
    optimizer = SGD(model.parameters(), lr=0.01)
    console = Console(file=out, width=100, force_terminal=True)
    fit(model, F.mse_loss, optimizer, line(), epochs=2, progress=console)
    shown = out.getvalue()
    assert "examples/s" in shown
    assert "lr 0.01" in shown
    assert "100%" in shown
