"""Text that has to stay within a limit: whole rows are left out, never part of one, and their number is told."""

from collections.abc import Iterable
from dataclasses import dataclass

_ROOM_FOR_NOTE = 200


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a page: what introduces it, and rows of which some may be left out.

    Attributes:
        head: Always there; short.
        rows: Whole lines of a table or list; at most `most` are shown.
        most: How many, whatever the room; None: all.
        of: What the rows are, in the plural.
    """

    head: str
    rows: tuple[str, ...] = ()
    most: int | None = None
    of: str = "rows"


def fitted(blocks: Iterable[Block], limit: int) -> str:
    """The page in at most `limit` characters; earlier blocks get room first, and every cut is told with its number."""
    blocks = tuple(blocks)
    room = limit - sum(len(block.head) + (_ROOM_FOR_NOTE if block.rows else 2) for block in blocks)
    parts = []
    for block in blocks:
        shown: list[str] = []
        for row in block.rows[: block.most]:
            if len(row) + 1 > room:
                break
            room -= len(row) + 1
            shown.append(row)
        text = "\n".join([block.head, *shown])
        left_out = len(block.rows) - len(shown)
        if left_out:
            text += f"\n\nand {left_out:,} more {block.of}, see `verdict.json`"
        parts.append(text)
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"
