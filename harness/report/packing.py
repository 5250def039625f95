"""JSON inside HTML: compressed, so that it is small, and base64, so that no content can end the script element."""

import base64
import json
import math
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

T = TypeVar("T")


def plain(value: Any) -> Any:
    """Replace what JSON can't say: infinities become `"inf"` and `"-inf"`, not-a-number becomes null.

    Args:
        value: Any nesting of mappings, sequences and scalars.
    """
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else "inf" if value > 0 else "-inf"
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def pack(value: Any) -> str:
    """JSON, deflated (zlib stream), in base64; `unpack` in `static/data.js` is its inverse.

    Args:
        value: What `json` can write, infinities included.
    """
    text = json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # A lone surrogate can't be encoded; a replacement mark shows the reader that something was there.
    return base64.b64encode(zlib.compress(text.encode("utf-8", "replace"), 9)).decode("ascii")


def unpack(packed: str) -> Any:
    """Inverse of `pack`, but for infinities, which stay the strings they became."""
    return json.loads(zlib.decompress(base64.b64decode(packed)))


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Split into lists of `size`; the last may be shorter."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
