"""Gladia's paged list of sessions: filters, pages and the links between them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

_STATUSES = ("queued", "processing", "done", "error")
_DEFAULT_LIMIT = 20


class ListingError(ValueError):
    """A filter has a value it can't have; the message begins with its name."""


def page(
    items: Sequence[Mapping[str, Any]], query: Sequence[tuple[str, str]], url: Callable[[dict[str, str]], str]
) -> dict[str, Any]:
    """One page of the items that pass the filters of `query`, with links to it, to the first and to the next.

    Args:
        items: In the order of the list.
        query: Names and values as received.
        url: The request's own URL with some values replaced.

    Raises:
        ListingError: a filter is wrong.
    """
    first_of = dict(reversed(query))
    offset, limit = _count(first_of, "offset", 0, at_least=0), _count(first_of, "limit", _DEFAULT_LIMIT, at_least=1)
    chosen = [item for item in items if _passes(item, query)]
    more = offset + limit < len(chosen)

    def link(start: int) -> str:
        return url({"offset": str(start), "limit": str(limit)})

    return {
        "first": link(0),
        "current": link(offset),
        "next": link(offset + limit) if more else None,
        "items": chosen[offset : offset + limit],
    }


def _passes(item: Mapping[str, Any], query: Sequence[tuple[str, str]]) -> bool:
    statuses = [value for name, value in query if name == "status"]
    if wrong := [status for status in statuses if status not in _STATUSES]:
        raise ListingError(f"status must be one of the following values: {', '.join(_STATUSES)}, not {wrong[0]!r}")
    if statuses and item["status"] not in statuses:
        return False
    created = str(item["created_at"])[:10]
    days = dict(reversed(query))
    only, first, last = (_day(days, name) for name in ("date", "after_date", "before_date"))
    if (only and created != only) or (first and created < first) or (last and created >= last):
        return False
    metadata = item.get("custom_metadata") or {}
    for name, value in query:
        if name.startswith("custom_metadata[") and str(metadata.get(name[16:-1])) != value:
            return False
    return True


def _count(query: Mapping[str, str], name: str, default: int, *, at_least: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) >= at_least):  # noqa: PLR2004 - no bomb
        raise ListingError(f"{name} must be an integer of at least {at_least}")
    return int(text)


def _day(query: Mapping[str, str], name: str) -> str | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError as error:
        raise ListingError(f"{name} must be a date as 2026-01-31") from error
