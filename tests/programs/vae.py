"""A variational autoencoder of handwritten digits (Kingma and Welling, 2014).

The encoder gives a normal distribution for each image instead of a point; a draw from it is written
as mean + std * noise, so that gradients reach both. The loss is how badly the image is rebuilt, plus
how far the distribution is from the standard normal, from which new images are then drawn.
"""

import torch
from sklearn.datasets import load_digits
from torch import nn, optim
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset


class VAE(nn.Module):
    def __init__(self, pixels=64, hidden=48, latent=6):
        super().__init__()
        self.pixels = pixels
        self.latent = latent
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(pixels, hidden), nn.ReLU())
        self.fc_mu = nn.Linear(hidden, latent)
        self.fc_logvar = nn.Linear(hidden, latent)
        self.decoder = nn.Sequential(
            nn.Linear(latent, hidden),
            nn.ReLU(),
            nn.Linear(hidden, pixels),
            nn.Sigmoid(),
        )

    def encode(self, x):
        h = self.encoder(x)
        return self.fc_mu(h), self.fc_logvar(h)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return mu + eps * std

    def decode(self, z):
        return self.decoder(z).view(-1, 1, 8, 8)

    def forward(self, x):
        mu, logvar = self.encode(x)
        z = self.reparameterize(mu, logvar)
        return self.decode(z), mu, logvar


def loss_function(recon_x, x, mu, logvar):
    """Both parts per image: the bits of its pixels, and of its place."""
    bce = F.binary_cross_entropy(recon_x, x, reduction="sum")
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return bce / len(x), kld / len(x)


def show(image, shades=" .:-=+*#"):
    rows = (image.squeeze() * (len(shades) - 1)).round().long().tolist()
    print("\n".join("".join(shades[ink] * 2 for ink in row) for row in rows))


def build():
    return VAE()


def main(steps=60, batch_size=64):
    torch.manual_seed(0)
    accelerated = torch.accelerator.is_available()
    device = torch.accelerator.current_accelerator() if accelerated else torch.device("cpu")
    dtype = torch.get_default_dtype()
    images = torch.as_tensor(load_digits().images[:1000], dtype=dtype).unsqueeze(1) / 16
    loader = DataLoader(TensorDataset(images), batch_size=batch_size, shuffle=True)
    model = build().to(device)
    optimizer = optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    epoch = 0
    while len(losses) < steps:
        epoch += 1
        model.train()
        for (x,) in loader:
            x = x.to(device)
            recon, mu, logvar = model(x)
            bce, kld = loss_function(recon, x, mu, logvar)
            loss = bce + kld
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            if len(losses) == steps:
                break
        print(f"epoch {epoch}: loss {loss.item():.3f} = {bce.item():.3f} + {kld.item():.3f}")

    model.eval()
    with torch.no_grad():
        x = images[:100].to(device)
        recon = model.decode(model.encode(x)[0])
        losses.append(F.binary_cross_entropy(recon, x, reduction="sum").item() / len(x))
        sample = model.decode(torch.randn(16, model.latent, device=device))
        show(sample[0])
        assert sample.shape == (16, 1, 8, 8)
    return losses


if __name__ == "__main__":
    main()
