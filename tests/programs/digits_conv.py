"""A convolutional network reads handwritten digits."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from sklearn.datasets import load_digits
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader, Dataset, Subset


class Digits(Dataset):
    """Images (1, 8, 8) and their labels; `transform` sees an image as a tensor."""

    def __init__(self, transform=None):
        digits = load_digits()
        self.images = torch.from_numpy(digits.images).to(torch.get_default_dtype()) / 16
        self.labels = torch.from_numpy(digits.target.astype(np.int64))
        self.transform = transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        image = self.images[i].unsqueeze(0)
        if self.transform is not None:
            image = self.transform(image)
        return image, self.labels[i]


class Normalize:
    def __init__(self, mean, std):
        self.mean, self.std = mean, std

    def __call__(self, image):
        return (image - self.mean) / self.std


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 16, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(16)
        self.dropout1 = nn.Dropout2d(0.0)
        self.dropout2 = nn.Dropout(0.0)
        self.fc1 = nn.Linear(64, 32)
        self.fc2 = nn.Linear(32, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 2)
        x = F.max_pool2d(F.relu(self.bn2(self.conv2(x))), 2)
        x = self.dropout1(x)
        x = torch.flatten(x, 1)
        x = self.dropout2(F.relu(self.fc1(x)))
        return F.log_softmax(self.fc2(x), dim=1)


def train(model, device, loader, optimizer, epoch):
    model.train()
    losses = []
    for batch_idx, (data, target) in enumerate(loader):
        data, target = data.to(device), target.to(device)
        optimizer.zero_grad()
        loss = F.nll_loss(model(data), target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if batch_idx % 5 == 0:
            seen, percent = batch_idx * len(data), 100.0 * batch_idx / len(loader)
            print(f"epoch {epoch} [{seen}/{len(loader.dataset)} ({percent:.0f}%)] loss {loss:.4f}")
    return losses


def test(model, device, loader):
    """Mean loss and share of digits read correctly."""
    model.eval()
    test_loss, correct = 0.0, 0
    with torch.no_grad():
        for data, target in loader:
            data, target = data.to(device), target.to(device)
            output = model(data)
            test_loss += F.nll_loss(output, target, reduction="sum").item()
            pred = output.argmax(dim=1, keepdim=True)
            correct += pred.eq(target.view_as(pred)).sum().item()
    n = len(loader.dataset)
    print(f"test: loss {test_loss / n:.4f}, accuracy {correct}/{n} ({100.0 * correct / n:.1f}%)")
    return test_loss / n, correct / n


def build():
    return Net()


def main(steps=48, batch_size=50):
    torch.manual_seed(1)
    use_cuda = torch.cuda.is_available()
    device = torch.device("cuda" if use_cuda else "cpu")
    kwargs = {"num_workers": 1, "pin_memory": True} if use_cuda else {}
    dataset = Digits(transform=Normalize(0.3053, 0.3762))
    order = np.random.RandomState(0).permutation(len(dataset)).tolist()
    train_set, test_set = Subset(dataset, order[:600]), Subset(dataset, order[600:1000])
    train_loader = DataLoader(
        train_set, batch_size=batch_size, shuffle=True, drop_last=True, **kwargs
    )
    test_loader = DataLoader(test_set, batch_size=200, shuffle=False, **kwargs)

    model = build().to(device)
    optimizer = optim.SGD(
        model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4, nesterov=True
    )
    scheduler = StepLR(optimizer, step_size=1, gamma=0.7)
    losses = []
    for epoch in range(1, max(1, steps // len(train_loader)) + 1):
        losses += train(model, device, train_loader, optimizer, epoch)
        test_loss, accuracy = test(model, device, test_loader)
        scheduler.step()
        print(f"learning rate {scheduler.get_last_lr()[0]:.3g}")
    return [*losses, test_loss, 1 - accuracy]


if __name__ == "__main__":
    main()
