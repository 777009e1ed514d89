"""Where PyTorch spreads a batch over several GPUs: here there is one processor, and it does it all."""

from collections.abc import Sequence
from typing import Any

from micrograd_lab.nn.module import Module


class DataParallel(Module):
    """The module itself, under the name `module`, so that saved states have PyTorch's names.

    That is what PyTorch's does without a GPU, whichever devices are named.
    """

    def __init__(
        self,
        module: Module,
        device_ids: Sequence[Any] | None = None,
        output_device: Any = None,
        dim: int = 0,
    ) -> None:
        super().__init__()
        self.module = module
        self.device_ids: list[int] = []

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        return self.module(*inputs, **kwargs)
