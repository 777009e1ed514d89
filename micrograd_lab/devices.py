"""Where tensors live: on the CPU.  What PyTorch's programs ask about other places is answered too."""

from types import SimpleNamespace
from typing import Any

from micrograd_lab.errors import DeviceError


class device(str):  # noqa: N801  PyTorch's name
    """torch.device("cpu"), which is also the text "cpu".  DeviceError for any other."""

    __slots__ = ()
    index = None  # type: ignore[assignment]

    def __new__(cls, type: Any = "cpu", index: int | None = None) -> "device":
        if str(type).split(":")[0] != "cpu":
            raise DeviceError(
                f"device({str(type)!r}): tensors live on the CPU here; there is no other device. "
                "Leave device= out, or choose with torch.cuda.is_available(), which says False."
            )
        return super().__new__(cls, "cpu")

    @property
    def type(self) -> str:
        return "cpu"

    def __repr__(self) -> str:
        return "device(type='cpu')"

    __hash__ = str.__hash__


def _no() -> bool:
    return False


def _nothing(*args: Any, **kwargs: Any) -> None:
    return None


def _absent() -> SimpleNamespace:
    """A kind of device that is not there, and a seed for it that need not be kept."""
    return SimpleNamespace(
        is_available=_no,
        is_built=_no,
        device_count=lambda: 0,
        manual_seed=_nothing,
        manual_seed_all=_nothing,
        empty_cache=_nothing,
        synchronize=_nothing,
    )


cuda, mps, xpu = _absent(), _absent(), _absent()
backends = SimpleNamespace(
    cuda=_absent(),
    mps=_absent(),
    cudnn=SimpleNamespace(is_available=_no, enabled=False, deterministic=True, benchmark=False),
    mkldnn=SimpleNamespace(is_available=_no),
)

FUNCTIONS = ("backends", "cuda", "device", "mps", "xpu")
