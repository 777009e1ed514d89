"""What both readers of digits need: the images in three parts, and endless small variations of them."""

from typing import Any

import micrograd_lab as torch
from micrograd_lab.data import digits
from micrograd_lab.nn import Module
from micrograd_lab.nn import functional as F
from micrograd_lab.utils.data import Subset, TensorDataset


def three_parts() -> tuple[Subset[Any], Subset[Any], TensorDataset]:
    """(to learn from, to compare settings by, to judge by once, at the end): 1,082, 270, 445 images.

    Whoever chooses a width or a rate by the last part has learned from it; so the middle one is for
    that.  The same images every time, whatever the seed.
    """
    known, test = digits("train"), digits("test")
    fifth = len(known) // 5
    return Subset(known, range(fifth, len(known))), Subset(known, range(fifth)), test


class Nudge(Module):
    """In training each image is turned, stretched and moved a little, differently every time.

    A person's 7 is a 7 wherever it stands; a network must be shown that.  (N, 1, H, W) -> the same
    """

    def __init__(self, turn: float = 0.15, stretch: float = 0.1, move: float = 0.16) -> None:
        super().__init__()
        self.turn, self.stretch, self.move = turn, stretch, move  # radians, times, half widths

    def forward(self, images: Any) -> Any:
        """As they are, in eval mode."""
        if not self.training:
            return images
        n = len(images)
        angle = self.turn * (2 * torch.rand(n) - 1)
        size = 1 + self.stretch * (2 * torch.rand(n, 2) - 1)
        shift = self.move * (2 * torch.rand(n, 2) - 1)
        cos, sin = angle.cos() * size[:, 0], angle.sin() * size[:, 1]
        across = torch.stack([cos, -angle.sin() * size[:, 0], shift[:, 0]], 1)
        down = torch.stack([sin, angle.cos() * size[:, 1], shift[:, 1]], 1)
        where = F.affine_grid(torch.stack([across, down], 1), images.shape, align_corners=False)
        return F.grid_sample(images, where, align_corners=False)

    def extra_repr(self) -> str:
        """Its three sizes."""
        return f"turn={self.turn}, stretch={self.stretch}, move={self.move}"
