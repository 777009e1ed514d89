"""What crosses the wall: JSON and raw arrays, each behind its length, each checked on arrival.

A frame is one byte of kind, four bytes of length, and that many bytes.  A message is a frame "J" of
JSON, followed by as many frames "A" as it has arrays.  An array says dtype, rank and sizes, and
these must account for every byte that follows before anything is done with them.  Nothing here
trusts the sender: what is not plain data becomes the name of what it is.
"""

import json
import math
import struct
from collections.abc import Iterator
from typing import Any

FRAME = struct.Struct(">cI")
ARRAY = struct.Struct(">8sB")  # dtype and rank; one unsigned long per axis follows
JSON_BYTES = 1 << 20
ARRAY_BYTES = 8 << 20
DEPTH, ITEMS, TEXT, RANK = 10, 1000, 1000, 8
DIGITS = 300  # an int of no more than these still fits into a float
DTYPES = {
    "bool": "?", "int8": "b", "uint8": "B", "int16": "h", "int32": "i", "int64": "q",
    "float32": "f", "float64": "d",
}  # fmt: skip

Array = dict[
    str, Any
]  # {"other": what it is in words, "dtype": ..., "shape": [...], "data": bytes}


def array(dtype: str, shape: list[int], data: bytes) -> Array:
    """An array as it is handed on.  Raises ValueError unless the header accounts for the bytes."""
    if dtype not in DTYPES or len(shape) > RANK or len(data) > ARRAY_BYTES:
        raise ValueError(f"no array of {dtype} with {len(shape)} axes and {len(data)} bytes")
    if math.prod(shape) * struct.calcsize(DTYPES[dtype]) != len(data):
        raise ValueError(f"{len(data)} bytes are not an array of shape {tuple(shape)} of {dtype}")
    words = f"array of shape {tuple(shape)} and type {dtype}"
    return {"other": words, "dtype": dtype, "shape": shape, "data": data}


def entries(x: Array) -> list[Any]:
    """The numbers of an array, one after the other."""
    count = len(x["data"]) // struct.calcsize(DTYPES[x["dtype"]])
    return list(struct.unpack(f"={count}{DTYPES[x['dtype']]}", x["data"]))


def pack(message: Any) -> bytes:
    """A message as frames."""
    arrays: list[bytes] = []

    def tell(x: Any) -> Any:
        if isinstance(x, list):
            return [tell(item) for item in x]
        if isinstance(x, dict) and "data" in x and "dtype" in x:
            head = ARRAY.pack(x["dtype"].encode(), len(x["shape"]))
            arrays.append(head + struct.pack(f">{len(x['shape'])}Q", *x["shape"]) + x["data"])
            return {"array": len(arrays) - 1}
        return {k: tell(v) for k, v in x.items()} if isinstance(x, dict) else x

    told = tell(message)
    body = json.dumps({"message": told, "arrays": len(arrays)}).encode()
    frames = [(b"J", body), *((b"A", a) for a in arrays)]
    return b"".join(FRAME.pack(kind, len(data)) + data for kind, data in frames)


def unpack(data: bytes) -> Iterator[dict[str, Any]]:
    """The messages in what a child wrote, as far as they are whole and well-formed.

    A frame that cannot be (unknown kind, too long, cut short) ends it, since nobody knows where
    the next one would begin; a frame whose content makes no sense is passed over.
    """
    frames = _frames(data)
    for kind, payload in frames:
        if kind != b"J":
            continue
        try:
            envelope = json.loads(payload)
            message, count = envelope["message"], envelope["arrays"]
        except (ValueError, RecursionError, TypeError, KeyError):
            continue
        if not isinstance(message, dict) or type(count) is not int or not 0 <= count <= ITEMS:
            continue
        arrays = []
        for _ in range(count):
            kind, payload = next(frames, (b"", b""))
            arrays.append(_array(payload) if kind == b"A" else {"other": "array that was lost"})
        yield {clean(k): plain(v, arrays) for k, v in list(message.items())[:20]}


def _frames(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + FRAME.size <= len(data):
        kind, size = FRAME.unpack_from(data, at)
        at += FRAME.size
        if size > {b"J": JSON_BYTES, b"A": ARRAY_BYTES + 100}.get(kind, -1) or at + size > len(
            data
        ):
            return
        yield kind, data[at : at + size]
        at += size


def _array(payload: bytes) -> Any:
    try:
        name, rank = ARRAY.unpack_from(payload)
        if rank > RANK:
            raise ValueError("too many axes")
        shape = struct.unpack_from(f">{rank}Q", payload, ARRAY.size)
        dtype = name.rstrip(b"\0").decode("ascii", "replace")
        return array(dtype, list(shape), payload[ARRAY.size + 8 * rank :])
    except (struct.error, ValueError):
        return {"other": "array that does not fit its header"}


def plain(x: Any, arrays: list[Any], depth: int = 0) -> Any:
    """x as numbers, text, None, lists and the dicts we know, within bounds."""
    if x is None or isinstance(x, (bool, float)):
        return x
    if isinstance(x, int):
        return x if abs(x) < 10**DIGITS else {"other": f"int of more than {DIGITS} digits"}
    if isinstance(x, str):
        return clean(x)
    if depth >= DEPTH:
        return {"other": "value nested too deeply"}
    if isinstance(x, list):
        return [plain(item, arrays, depth + 1) for item in x[:ITEMS]]
    match x:
        case {"array": int(i)} if 0 <= i < len(arrays):
            return arrays[i]
        case {"other": str(kind)}:
            return {"other": clean(kind)}
        case {"kind": str(kind), "message": str(message)}:  # an exception
            kinds, line = x.get("kinds"), x.get("line")
            return {
                "kind": clean(kind),
                "kinds": [str(plain(k, [])) for k in kinds[:20]] if isinstance(kinds, list) else [],
                "message": clean(message),
                "line": line if type(line) is int and 0 < line < 10**6 else None,
            }
    return {"other": "object"}


def clean(text: str) -> str:
    """Text that can be shown anywhere: control characters and lone surrogates made visible.

    >>> clean("a\\x1b[31m")
    'a␛[31m'
    """
    if text.isprintable() and len(text) <= TEXT:
        return text
    return "".join(map(_shown, text[:TEXT]))


def _shown(c: str) -> str:
    if c.isprintable() or c in "\n\t":
        return c
    if c < " ":
        return chr(0x2400 + ord(c))  # the control pictures
    return "\N{REPLACEMENT CHARACTER}" if c.strip() else " "
