"""What all distributions share: shapes, draws, and checks of what they are given."""

from typing import Any

from micrograd_lab.autograd.modes import no_grad
from micrograd_lab.dtypes import get_default_dtype
from micrograd_lab.errors import OptionError, ShapeError, UndefinedError
from micrograd_lab.from_data import tensor
from micrograd_lab.ops.views import broadcast_tensors
from micrograd_lab.size import Size
from micrograd_lab.tensor import Tensor


class Distribution:
    """A batch of distributions (batch_shape), each over values of event_shape.

    sample(s) has the shape s + batch_shape + event_shape, log_prob(value) that of value without
    event_shape.  rsample() draws so that gradients reach the parameters, where has_rsample says so.
    UndefinedError for parameters or values that it cannot have, unless validate_args=False.
    """

    PARAMETERS: tuple[str, ...] = ()
    has_rsample = False
    has_enumerate_support = False

    def __init__(
        self, batch_shape: Any = (), event_shape: Any = (), validate_args: bool | None = None
    ) -> None:
        self.batch_shape = Size(batch_shape)
        self.event_shape = Size(event_shape)
        self._validate_args = validate_args is not False
        if self._validate_args:
            for name, fits, what in self._promises():
                held = getattr(self, name)
                if not bool(fits.all()):
                    raise UndefinedError(
                        f"{type(self).__name__}: {name} must be {what}; found {held.detach()}."
                    )

    def _promises(self) -> list[tuple[str, Any, str]]:
        """(parameter, where it is as it must be, how it must be), for all that need it."""
        return []

    def sample(self, sample_shape: Any = ()) -> Any:
        """Values that no gradient flows through."""
        with no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Values as functions of the parameters, with gradients."""
        raise UndefinedError(
            f"{type(self).__name__}: its values jump, so no gradient reaches the parameters through "
            "rsample(). Use sample() and log_prob()."
        )

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the probability, or of its density, at value."""
        raise NotImplementedError

    def entropy(self) -> Any:
        """How much a value surprises on average, in nats."""
        raise NotImplementedError

    def perplexity(self) -> Any:
        """Among how many equally likely values one would be as surprised."""
        return self.entropy().exp()

    @property
    def variance(self) -> Any:
        raise NotImplementedError

    @property
    def stddev(self) -> Any:
        return self.variance.sqrt()

    def expand(self, batch_shape: Any) -> Any:
        """The same for a larger batch."""
        wide = Size(batch_shape)
        held = {name: self.__dict__[name] for name in self.PARAMETERS if name in self.__dict__}
        given = {
            name: p.expand(wide + tuple(p.shape[len(self.batch_shape) :]))
            for name, p in held.items()
        }
        return type(self)(**given, validate_args=False)

    def _extended(self, sample_shape: Any) -> Size:
        return Size((*Size(sample_shape), *self.batch_shape, *self.event_shape))

    def _checked(self, value: Any, fits: Any = None, what: str = "") -> Any:
        """The value, if it is a tensor that broadcasts with this batch and lies in the support."""
        if not self._validate_args:
            return value
        name = type(self).__name__
        if not isinstance(value, Tensor):
            raise OptionError(
                f"{name}: expected a tensor as the value, found {value!r}. Use torch.tensor(...)."
            )
        own = (*self.batch_shape, *self.event_shape)
        for n, m in zip(reversed(value.shape), reversed(own), strict=False):
            if n != m and 1 not in (n, m):
                raise ShapeError(
                    f"{name}: a value of shape {tuple(value.shape)} does not broadcast with the "
                    f"distribution's {tuple(own)}."
                )
        if fits is not None and not bool(fits(value).all()):
            raise UndefinedError(f"{name}: a value must be {what}; found {value.detach()}.")
        return value

    def __repr__(self) -> str:
        held = ((name, self.__dict__[name]) for name in self.PARAMETERS if name in self.__dict__)
        text = ", ".join(
            f"{k}: {v.item() if v.numel() == 1 else repr(Size(v.shape))}" for k, v in held
        )
        return f"{type(self).__name__}({text})"


def together(*parameters: Any) -> tuple[Any, ...]:
    """Numbers and tensors as tensors of one shape; numbers take the dtype of the tensors."""
    dtypes = [p.dtype for p in parameters if isinstance(p, Tensor)]
    dtype = dtypes[0] if dtypes else get_default_dtype()
    made = [p if isinstance(p, Tensor) else tensor(p, dtype=dtype) for p in parameters]
    return broadcast_tensors(*made)


def one_of(name: str, probs: Any, logits: Any) -> bool:
    """Whether probs were given; OptionError unless it is exactly one of the two."""
    if (probs is None) == (logits is None):
        raise OptionError(f"{name}: give either probs or logits, and not both.")
    return probs is not None
