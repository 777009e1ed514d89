"""Tables of vectors that are learned: one row for each word, user or whatever else has a number."""

from typing import Any, ClassVar

from micrograd_lab.errors import OptionError, ShapeError
from micrograd_lab.nn import functional as F
from micrograd_lab.nn import init
from micrograd_lab.nn.module import Module
from micrograd_lab.nn.parameter import Parameter
from micrograd_lab.patterns import empty
from micrograd_lab.tensor import Tensor

__all__ = ["Embedding", "EmbeddingBag"]


class Table(Module):
    """What Embedding and EmbeddingBag share: weight (num_embeddings, embedding_dim), at first normal.

    padding_idx: a row of zeros, which gets no gradient.  max_norm: rows that are longer are
    shortened when they are looked up.  sparse is accepted; gradients are dense.
    """

    usual: ClassVar[dict[str, Any]]  # options, which stand in the repr if they have another value

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None,
        max_norm: float | None,
        norm_type: float,
        scale_grad_by_freq: bool,
        sparse: bool,
        given: Tensor | None,
        device: Any,
        dtype: Any,
    ) -> None:
        super().__init__()
        shape = (num_embeddings, embedding_dim)
        name = type(self).__name__
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise OptionError(
                f"{name}: padding_idx={padding_idx} is none of {num_embeddings} rows."
            )
        if given is not None and tuple(given.shape) != shape:
            raise ShapeError(f"{name}: weights of {tuple(given.shape)}; the table has {shape}.")
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.sparse = sparse
        self.weight = Parameter(
            empty(shape, device=device, dtype=dtype) if given is None else given
        )
        if given is None:
            self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw first weights anew."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            init.zeros_(self.weight.detach()[self.padding_idx])

    def extra_repr(self) -> str:
        parts = [f"{self.num_embeddings}, {self.embedding_dim}"]
        told = ((name, getattr(self, name), usual) for name, usual in self.usual.items())
        return ", ".join(
            parts + [f"{name}={value!r}" for name, value, usual in told if value != usual]
        )


class Embedding(Table):
    """Row numbers to rows.  (...) of integers -> (..., embedding_dim)"""

    usual: ClassVar[dict[str, Any]] = {
        "padding_idx": None,
        "max_norm": None,
        "norm_type": 2.0,
        "scale_grad_by_freq": False,
        "sparse": False,
    }

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Tensor | None = None,
        _freeze: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            num_embeddings,
            embedding_dim,
            padding_idx,
            max_norm,
            norm_type,
            scale_grad_by_freq,
            sparse,
            _weight,
            device,
            dtype,
        )
        self.weight.requires_grad_(not _freeze)

    def forward(self, input: Any) -> Any:
        return F.embedding(
            input,
            self.weight,
            self.padding_idx,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.sparse,
        )

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> "Embedding":
        """A table around these rows, whose memory it shares; freeze: it is not trained."""
        rows, columns = _two_axes(embeddings)
        how = (padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse)
        return cls(rows, columns, *how, _weight=embeddings, _freeze=freeze)


class EmbeddingBag(Table):
    """The "sum", "mean" or "max" of some rows, without the rows in between.

    (B, N) of integers, or (N) with the offsets (B) where each bag begins -> (B, embedding_dim)
    """

    usual: ClassVar[dict[str, Any]] = {
        "max_norm": None,
        "norm_type": 2.0,
        "scale_grad_by_freq": False,
        "mode": None,
        "padding_idx": None,
    }

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        _weight: Tensor | None = None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            num_embeddings,
            embedding_dim,
            padding_idx,
            max_norm,
            norm_type,
            scale_grad_by_freq,
            sparse,
            _weight,
            device,
            dtype,
        )
        self.mode = mode
        self.include_last_offset = include_last_offset

    def forward(self, input: Any, offsets: Any = None, per_sample_weights: Any = None) -> Any:
        return F.embedding_bag(
            input,
            self.weight,
            offsets,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.mode,
            self.sparse,
            per_sample_weights,
            self.include_last_offset,
            self.padding_idx,
        )

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> "EmbeddingBag":
        """A table around these rows, whose memory it shares; freeze: it is not trained."""
        rows, columns = _two_axes(embeddings)
        how = (max_norm, norm_type, scale_grad_by_freq, mode, sparse, embeddings)
        bag = cls(rows, columns, *how, include_last_offset, padding_idx)
        bag.weight.requires_grad_(not freeze)
        return bag


def _two_axes(embeddings: Tensor) -> tuple[int, int]:
    if embeddings.ndim != 2:
        raise ShapeError(f"from_pretrained: needs a table, found {tuple(embeddings.shape)}.")
    return embeddings.shape[0], embeddings.shape[1]
