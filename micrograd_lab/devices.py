"""Where tensors live: on the CPU.  What PyTorch's programs ask about other places is answered too."""

from types import SimpleNamespace
from typing import Any

from micrograd_lab.errors import DeviceError, OptionError


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
cuda.is_bf16_supported = _no
accelerator = _absent()  # PyTorch's name for whichever of them there is
accelerator.current_accelerator = _nothing
backends = SimpleNamespace(
    cuda=_absent(),
    mps=_absent(),
    cudnn=SimpleNamespace(is_available=_no, enabled=False, deterministic=True, benchmark=False),
    mkldnn=SimpleNamespace(is_available=_no),
)
backends.cuda.matmul = SimpleNamespace(allow_tf32=False)


class memory_format:  # noqa: N801  PyTorch's name
    """How the numbers of an image could lie in memory; accepted, and nothing moves.

    x.to(memory_format=channels_last) changes no number in PyTorch either: it is a wish for speed.
    """

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"


channels_last, channels_last_3d, contiguous_format, preserve_format = map(
    memory_format, ("channels_last", "channels_last_3d", "contiguous_format", "preserve_format")
)


def set_default_device(where: Any) -> None:
    """Accepted if it is the CPU, where everything is.  DeviceError for another."""
    device(where if where is not None else "cpu")


def get_default_device() -> device:
    """The CPU."""
    return device("cpu")


# --- how exactly ---------------------------------------------------------------------------------

_precision = ["highest"]


def set_float32_matmul_precision(precision: str) -> None:
    """How many digits a GPU may leave out: "highest", "high" or "medium".  Here none is left out."""
    if precision not in ("highest", "high", "medium"):
        raise OptionError(f"set_float32_matmul_precision({precision!r}): highest, high or medium.")
    _precision[0] = precision


def get_float32_matmul_precision() -> str:
    """What was set."""
    return _precision[0]


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Accepted: every op gives the same numbers each time, whatever is asked for."""


FUNCTIONS = (
    *("accelerator", "backends", "cuda", "device", "mps", "xpu", "memory_format"),
    *("get_float32_matmul_precision", "set_float32_matmul_precision"),
    *("use_deterministic_algorithms", "get_default_device", "set_default_device"),
    *("channels_last", "channels_last_3d", "contiguous_format", "preserve_format"),
)
