"""Pictures and signals made larger, as modules."""

from typing import Any

from micrograd_lab.nn import functional as F
from micrograd_lab.nn.module import Module

__all__ = ["Upsample", "UpsamplingBilinear2d", "UpsamplingNearest2d"]


class Upsample(Module):
    """To a size, or by a factor: one number, or one per axis after the channels.

    mode: "nearest", "linear" (N, C, L), "bilinear" or "bicubic" (N, C, H, W), "trilinear".
    """

    def __init__(
        self,
        size: Any = None,
        scale_factor: Any = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:
        super().__init__()
        self.size = size
        self.scale_factor = scale_factor and _floats(scale_factor)
        self.mode = mode
        self.align_corners = align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input: Any) -> Any:
        return F.interpolate(
            input,
            self.size,
            self.scale_factor,
            self.mode,
            self.align_corners,
            self.recompute_scale_factor,
        )

    def extra_repr(self) -> str:
        if self.scale_factor is not None:
            return f"scale_factor={self.scale_factor}, mode={self.mode!r}"
        return f"size={self.size}, mode={self.mode!r}"


def _floats(factor: Any) -> Any:
    return tuple(map(float, factor)) if isinstance(factor, (tuple, list)) else float(factor)


class UpsamplingNearest2d(Upsample):
    """Each pixel becomes a block.  (N, C, H, W)"""

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, "nearest")


class UpsamplingBilinear2d(Upsample):
    """Straight lines between the pixels, corners on corners.  (N, C, H, W)"""

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, "bilinear", align_corners=True)
