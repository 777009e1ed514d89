"""A generative adversarial network on eight points of a ring (Goodfellow and others, 2014).

Two networks, two optimisers: the discriminator tells real points from made ones, the generator
learns to be mistaken for real.  Neither loss says how good the samples are, so what is kept is the
energy distance between made and real points.  Both networks are smooth: rounding pushes no point
over a kink.
"""

import math

import torch
import torch.nn as nn
import torch.optim as optim

LATENT = 4
BATCH = 64
REAL_LABEL = 0.9  # one-sided label smoothing: the discriminator must not become too sure
FAKE_LABEL = 0.0


class Generator(nn.Module):
    def __init__(self, latent=LATENT, hidden=32):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(latent, hidden, bias=False),  # the norm has a shift of its own
            nn.BatchNorm1d(hidden),
            nn.Tanh(),
            nn.Linear(hidden, hidden, bias=False),
            nn.BatchNorm1d(hidden),
            nn.Tanh(),
            nn.Linear(hidden, 2),
        )

    def forward(self, z):
        return self.net(z)


class Discriminator(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()

        def block(n_in, n_out):
            return [nn.Linear(n_in, n_out), nn.GELU()]

        self.net = nn.Sequential(*block(2, hidden), *block(hidden, hidden), nn.Linear(hidden, 1))

    def forward(self, x):
        return self.net(x).squeeze(-1)  # logits: one number per point


def init_weights(m):
    classname = m.__class__.__name__
    if classname.find("Linear") != -1:
        nn.init.normal_(m.weight.data, 0.0, 0.2)
        if m.bias is not None:
            nn.init.constant_(m.bias.data, 0)
    elif classname.find("BatchNorm") != -1:
        nn.init.normal_(m.weight.data, 1.0, 0.02)
        nn.init.constant_(m.bias.data, 0)


def real_points(n):
    """Points near eight centres on the unit circle, moved away from the origin."""
    corner = torch.randint(0, 8, (n,)).float() * (2 * math.pi / 8)
    centres = torch.stack([corner.cos(), corner.sin()], dim=1)
    return centres + torch.tensor([1.5, -1.0]) + 0.05 * torch.randn(n, 2)


@torch.no_grad()
def energy_distance(x, y):
    def mean_distance(a, b):  # not by way of a product of matrices, which is coarse near 0
        return torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist").mean()

    return (2 * mean_distance(x, y) - mean_distance(x, x) - mean_distance(y, y)).item()


def build():
    netG, netD = Generator(), Discriminator()
    netG.apply(init_weights)
    netD.apply(init_weights)
    return netG, netD


def main(steps=60):
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    netG, netD = build()
    netG.to(device)
    netD.to(device)
    criterion = nn.BCEWithLogitsLoss()
    optimizerD = optim.Adam(netD.parameters(), lr=5e-3, betas=(0.5, 0.999))
    optimizerG = optim.Adam(netG.parameters(), lr=5e-3, betas=(0.5, 0.999))
    fixed_noise = torch.randn(128, LATENT, device=device)
    held_out = real_points(128).to(device)

    distances = []
    for step in range(steps):
        # The discriminator: real points up, made ones down; no gradient reaches the generator.
        netD.zero_grad()
        real = real_points(BATCH).to(device)
        label = torch.full((BATCH,), REAL_LABEL, device=device)
        errD_real = criterion(netD(real), label)
        errD_real.backward()

        fake = netG(torch.randn(BATCH, LATENT, device=device))
        label.fill_(FAKE_LABEL)
        output = netD(fake.detach())
        errD_fake = criterion(output, label)
        errD_fake.backward()
        optimizerD.step()
        errD = errD_real + errD_fake

        # The generator: its points should look real to the discriminator as it is now.
        netG.zero_grad()
        errG = criterion(netD(fake), torch.ones_like(output))
        errG.backward()
        optimizerG.step()

        netG.eval()
        with torch.no_grad():
            samples = netG(fixed_noise)
        netG.train()
        distances.append(energy_distance(samples, held_out))
        if step % 20 == 0:
            print(
                f"[{step}/{steps}] Loss_D: {errD.item():.4f} Loss_G: {errG.item():.4f} "
                f"D(G(z)): {output.sigmoid().mean().item():.4f} distance: {distances[-1]:.4f}"
            )
    return distances


if __name__ == "__main__":
    main()
