"""Sine waves continued by two LSTM cells, step by step; trained on the whole by L-BFGS.

L-BFGS evaluates the loss as often as it likes, so it is given a closure.  The optimiser's and the
model's state go through torch.save half-way, as in a run that is interrupted.
"""

import io

import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim


def waves(count=8, length=40, period=8, seed=2):
    rng = np.random.default_rng(seed)
    shift = rng.integers(-4 * period, 4 * period, size=(count, 1))
    return np.sin((np.arange(length) + shift) / period * 2).astype("float64")


class Sequence(nn.Module):
    def __init__(self, hidden=12):
        super().__init__()
        self.hidden = hidden
        self.lstm1 = nn.LSTMCell(1, hidden)
        self.lstm2 = nn.LSTMCell(hidden, hidden)
        self.linear = nn.Linear(hidden, 1)

    def forward(self, input, future=0):
        outputs = []
        n, kind = input.size(0), {"dtype": input.dtype, "device": input.device}
        h_t, c_t = torch.zeros(n, self.hidden, **kind), torch.zeros(n, self.hidden, **kind)
        h_t2, c_t2 = torch.zeros_like(h_t), torch.zeros_like(c_t)

        for input_t in input.split(1, dim=1):
            h_t, c_t = self.lstm1(input_t, (h_t, c_t))
            h_t2, c_t2 = self.lstm2(h_t, (h_t2, c_t2))
            output = self.linear(h_t2)
            outputs += [output]
        for _ in range(future):  # goes on with what it said itself
            h_t, c_t = self.lstm1(output, (h_t, c_t))
            h_t2, c_t2 = self.lstm2(h_t, (h_t2, c_t2))
            output = self.linear(h_t2)
            outputs += [output]
        return torch.cat(outputs, dim=1)


def build():
    return Sequence()


def main(steps=5):
    data = torch.from_numpy(waves()).to(torch.get_default_dtype())
    input, target = data[2:, :-1], data[2:, 1:]
    test_input, test_target = data[:2, :-1], data[:2, 1:]
    seq = build()
    criterion = nn.MSELoss()
    optimizer = optim.LBFGS(seq.parameters(), lr=0.5, max_iter=6, history_size=10)
    losses = []

    def closure():
        optimizer.zero_grad()
        loss = criterion(seq(input), target)
        losses.append(loss.item())
        loss.backward()
        return loss

    for i in range(steps):
        optimizer.step(closure)
        with torch.no_grad():
            pred = seq(test_input, future=10)
            loss = criterion(pred[:, :-10], test_target)
        print(f"step {i}: loss {losses[-1]:.5f}, of the test waves {loss.item():.5f}")
        if i == steps // 2:
            file = io.BytesIO()
            torch.save({"model": seq.state_dict(), "optimizer": optimizer.state_dict()}, file)
            file.seek(0)
            checkpoint = torch.load(file)
            seq.load_state_dict(checkpoint["model"])
            optimizer.load_state_dict(checkpoint["optimizer"])
    return losses


if __name__ == "__main__":
    main()
