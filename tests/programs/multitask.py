"""One trunk, two heads: which class a point belongs to, and how far it is from the origin.

The two losses are weighed by what the network itself finds uncertain (Kendall, Gal and Cipolla,
2018). Half-way the trunk is frozen and only the heads go on.
"""

import copy
from collections import OrderedDict, defaultdict

import torch
import torch.nn.functional as F
from torch import nn
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader, Dataset, Subset


class Sectors(Dataset):
    """Points of the plane: (x, y) -> one of three sectors, and the radius."""

    def __init__(self, n=240):
        self.points = torch.rand(n, 2) * 4 - 2
        angle = torch.atan2(self.points[:, 1], self.points[:, 0])
        self.sector = ((angle + torch.pi) / (2 * torch.pi) * 3).floor().long().clamp(0, 2)
        self.radius = self.points.norm(dim=1)

    def __len__(self):
        return len(self.points)

    def __getitem__(self, index):
        return self.points[index], {"sector": self.sector[index], "radius": self.radius[index]}


class MultiTask(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.trunk = nn.Sequential(
            OrderedDict(
                [
                    ("fc1", nn.Linear(2, hidden)),
                    ("act1", nn.SiLU()),
                    ("fc2", nn.Linear(hidden, hidden)),
                    ("act2", nn.SiLU()),
                    ("norm", nn.LayerNorm(hidden)),
                ]
            )
        )
        self.heads = nn.ModuleDict(
            {
                "sector": nn.Linear(hidden, 3),
                "radius": nn.Sequential(nn.Linear(hidden, 16), nn.Tanh(), nn.Linear(16, 1)),
            }
        )
        self.log_vars = nn.ParameterDict(
            {task: nn.Parameter(torch.zeros(())) for task in self.heads}
        )

    def forward(self, x):
        features = self.trunk(x)
        return {task: head(features) for task, head in self.heads.items()}

    def loss(self, outputs, targets):
        losses = {
            "sector": F.cross_entropy(outputs["sector"], targets["sector"]),
            "radius": F.smooth_l1_loss(outputs["radius"].squeeze(1), targets["radius"], beta=0.5),
        }
        total = sum(torch.exp(-self.log_vars[t]) * losses[t] + self.log_vars[t] for t in losses)
        return total, losses


def freeze(module):
    module.requires_grad_(False)
    module.eval()


def make_optimizer(model, lr):
    trainable = filter(lambda p: p.requires_grad, model.parameters())
    return torch.optim.AdamW(trainable, lr=lr, weight_decay=1e-3)


@torch.no_grad()
def evaluate(model, loader):
    was_training = model.training
    model.eval()
    sums = defaultdict(float)
    count = 0
    for points, targets in loader:
        outputs = model(points)
        right = outputs["sector"].argmax(dim=1).eq(targets["sector"])
        sums["accuracy"] += right.sum().item()
        sums["mae"] += F.l1_loss(
            outputs["radius"].squeeze(1), targets["radius"], reduction="sum"
        ).item()
        count += points.size(0)
    model.train(was_training)
    return {name: total / count for name, total in sums.items()}


def build():
    return MultiTask()


def main(steps=60):
    data = Sectors()
    order = torch.randperm(len(data)).tolist()
    train_loader = DataLoader(Subset(data, order[40:]), batch_size=40, shuffle=True, drop_last=True)
    val_loader = DataLoader(Subset(data, order[:40]), batch_size=40)

    model = build()
    optimizer = make_optimizer(model, lr=1e-2)
    scheduler = StepLR(optimizer, step_size=2, gamma=0.8)
    losses, frozen = [], None
    while len(losses) < steps:
        for points, targets in train_loader:
            if frozen is None and len(losses) >= steps // 2:
                freeze(model.trunk)
                frozen = copy.deepcopy(model.trunk.state_dict())
                optimizer = make_optimizer(model, lr=5e-3)
                scheduler = StepLR(optimizer, step_size=2, gamma=0.8)
            total, parts = model.loss(model(points), targets)
            optimizer.zero_grad()
            total.backward()
            optimizer.step()
            losses.append(sum(part.item() for part in parts.values()))
            if len(losses) == steps:
                break
        scheduler.step()
        metrics = evaluate(model, val_loader)
        print(f"step {len(losses):3d}  " + "  ".join(f"{k} {v:.3f}" for k, v in metrics.items()))

    for name, kept in (frozen or {}).items():
        assert torch.equal(model.trunk.state_dict()[name], kept), f"{name} moved while frozen"
    return losses


if __name__ == "__main__":
    main()
