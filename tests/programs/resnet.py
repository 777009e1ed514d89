"""A small residual network (He and others, 2015), with mixed precision as a switch.

Pictures of bars in four directions; skip connections, a one-cycle schedule, label smoothing, and
the loss scaled by a GradScaler before its gradients are unscaled and clipped.  SiLU, where He has
ReLU, is smooth: in single precision, rounding pushes no number over a kink.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader, TensorDataset


def conv3x3(in_planes, out_planes, stride=1):
    return nn.Conv2d(in_planes, out_planes, kernel_size=3, stride=stride, padding=1, bias=False)


class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, inplanes, planes, stride=1, downsample=None):
        super().__init__()
        self.conv1 = conv3x3(inplanes, planes, stride)
        self.bn1 = nn.BatchNorm2d(planes)
        self.act = nn.SiLU(inplace=True)
        self.conv2 = conv3x3(planes, planes)
        self.bn2 = nn.BatchNorm2d(planes)
        self.downsample = downsample

    def forward(self, x):
        identity = x
        out = self.act(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        return self.act(out)


class ResNet(nn.Module):
    def __init__(self, block, layers, num_classes=4, width=6):
        super().__init__()
        self.inplanes = width
        self.stem = nn.Sequential(conv3x3(3, width), nn.BatchNorm2d(width), nn.SiLU(inplace=True))
        self.layer1 = self._make_layer(block, width, layers[0])
        self.layer2 = self._make_layer(block, 2 * width, layers[1], stride=2)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(2 * width * block.expansion, num_classes)

        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(m, (nn.BatchNorm2d, nn.GroupNorm)):
                nn.init.ones_(m.weight)
                nn.init.zeros_(m.bias)

    def _make_layer(self, block, planes, blocks, stride=1):
        downsample = None
        if stride != 1 or self.inplanes != planes * block.expansion:
            downsample = nn.Sequential(
                nn.Conv2d(self.inplanes, planes * block.expansion, 1, stride=stride, bias=False),
                nn.BatchNorm2d(planes * block.expansion),
            )
        layers = [block(self.inplanes, planes, stride, downsample)]
        self.inplanes = planes * block.expansion
        layers += [block(self.inplanes, planes) for _ in range(1, blocks)]
        return nn.Sequential(*layers)

    def forward(self, x):
        x = self.layer2(self.layer1(self.stem(x)))
        x = torch.flatten(self.avgpool(x), 1)
        return self.fc(x)


def bars(n, size=8, noise=0.3):
    """n pictures (3, size, size) of bars that lie, stand, fall or rise."""
    rows, columns = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    phase = torch.randint(0, 4, (n, 1, 1))
    kind = torch.arange(n) % 4
    stacked = torch.stack([rows, columns, rows + columns, rows - columns])
    waves = ((stacked[kind] + phase) % 4 < 2).to(torch.get_default_dtype())
    images = waves.unsqueeze(1).expand(-1, 3, -1, -1) + noise * torch.randn(n, 3, size, size)
    return (images - images.mean(dim=(0, 2, 3), keepdim=True)) / images.std(), kind


def build():
    return ResNet(BasicBlock, [1, 2])


def main(steps=40, use_amp=False):
    device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
    train = TensorDataset(*bars(128))
    loader = DataLoader(train, batch_size=32, shuffle=True, pin_memory=device.type == "cuda")
    model = build().to(device, memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(
        model.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4, nesterov=True
    )
    scheduler = OneCycleLR(optimizer, max_lr=0.1, total_steps=steps, pct_start=0.3)
    scaler = torch.amp.GradScaler(device.type, init_scale=2.0**10, growth_interval=10)

    losses = []
    model.train()
    while len(losses) < steps:
        for images, targets in loader:
            images = images.to(device, non_blocking=True)
            targets = targets.to(device, non_blocking=True)
            with torch.autocast(device.type, dtype=torch.float16, enabled=use_amp):
                output = model(images)
                loss = F.cross_entropy(output, targets, label_smoothing=0.05)
            optimizer.zero_grad(set_to_none=True)
            scaler.scale(loss).backward()
            scaler.unscale_(optimizer)
            norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 2.0)
            scaler.step(optimizer)
            scaler.update()
            scheduler.step()
            losses.append(loss.item())
            if len(losses) == steps:
                break
    rate, scale = scheduler.get_last_lr()[0], scaler.get_scale()
    print(f"loss {losses[-1]:.3f}  norm {norm:.3f}  last rate {rate:.2e}  scale {scale:g}")

    model.eval()
    with torch.inference_mode():
        images, targets = next(iter(DataLoader(train, batch_size=128)))
        accuracy = (model(images).argmax(1) == targets).float().mean()
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters, {accuracy:.1%} right")
    return losses


if __name__ == "__main__":
    main()
