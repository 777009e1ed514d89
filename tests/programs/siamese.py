"""A siamese network: one encoder, applied to both pictures of a pair, puts like near like.

Pairs teach it by the contrastive loss (Hadsell, Chopra and LeCun, 2006), triplets by the triplet
loss (Schroff and others, 2015). In the end, pictures are recognised by their nearest neighbour.
"""

import random

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset

CLASSES = 5


def make_pictures(per_class=12, noise=0.25):
    """Noisy, shifted copies of five patterns of 8 x 8 pixels."""
    patterns = torch.rand(CLASSES, 1, 8, 8).round()
    images, labels = [], []
    for label in range(CLASSES):
        for i in range(per_class):
            shifted = torch.roll(patterns[label], shifts=i % 2, dims=-1)
            images.append(shifted + noise * torch.randn_like(shifted))
            labels.append(label)
    return torch.stack(images), torch.tensor(labels)


class Triplets(Dataset):
    """For each picture another one of its class, and one of a different class."""

    def __init__(self, images, labels, seed=0):
        self.images, self.labels = images, labels
        self.rng = random.Random(seed)

    def __len__(self):
        return len(self.images)

    def pick(self, mask):
        return self.images[self.rng.choice(mask.nonzero(as_tuple=True)[0].tolist())]

    def __getitem__(self, i):
        same = self.labels == self.labels[i]
        different = ~same
        same[i] = False
        return self.images[i], self.pick(same), self.pick(different)


class Encoder(nn.Module):
    def __init__(self, size=16):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 8, kernel_size=3, padding=1),
            nn.PReLU(),
            nn.MaxPool2d(2, stride=2),
            nn.Conv2d(8, 16, kernel_size=3, padding="same", bias=False),
            nn.GroupNorm(4, 16),
            nn.PReLU(16),
            nn.AvgPool2d(2),
        )
        self.fc = nn.Linear(16 * 2 * 2, size)

    def forward_once(self, x):
        x = self.features(x)
        x = torch.flatten(x, start_dim=1)
        return F.normalize(self.fc(x), p=2, dim=1)

    def forward(self, *inputs):
        return tuple(self.forward_once(x) for x in inputs)


class ContrastiveLoss(nn.Module):
    def __init__(self, margin=1.0):
        super().__init__()
        self.margin = margin

    def forward(self, a, b, different):
        distance = F.pairwise_distance(a, b, keepdim=False)
        near = (1 - different) * distance.pow(2)
        far = different * torch.clamp(self.margin - distance, min=0.0).pow(2)
        return 0.5 * torch.mean(near + far)


@torch.no_grad()
def nearest_neighbour_accuracy(model, images, labels):
    model.eval()
    (embeddings,) = model(images)
    distances = torch.cdist(embeddings, embeddings)
    distances.fill_diagonal_(float("inf"))
    nearest = distances.topk(1, largest=False).indices.squeeze(1)
    model.train()
    return (labels[nearest] == labels).float().mean().item()


def build():
    return Encoder()


def main(steps=50):
    images, labels = make_pictures()
    loader = DataLoader(Triplets(images, labels), batch_size=20, shuffle=True)
    model = build()
    contrastive = ContrastiveLoss()
    triplet = nn.TripletMarginLoss(margin=0.5)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3, momentum=0.5)

    print(f"before: {nearest_neighbour_accuracy(model, images, labels):.0%} found by neighbour")
    losses = []
    while len(losses) < steps:
        for anchor, positive, negative in loader:
            a, p, n = model(anchor, positive, negative)
            different = torch.cat([torch.zeros(len(a)), torch.ones(len(a))])
            pairs = contrastive(torch.cat([a, a]), torch.cat([p, n]), different)
            loss = triplet(a, p, n) + pairs
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            if len(losses) == steps:
                break
    print(f"after:  {nearest_neighbour_accuracy(model, images, labels):.0%} found by neighbour")
    return losses


if __name__ == "__main__":
    main()
