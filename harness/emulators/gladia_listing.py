"""Gladia's paged list of sessions: filters, pages and the links between them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from multidict import MultiMapping
from yarl import URL

_STATUSES = ("queued", "processing", "done", "error")
_DEFAULT_LIMIT = 20


class ListingError(ValueError):
    """A filter has a value it can't have; the message begins with its name."""


def page(items: Sequence[Mapping[str, Any]], query: MultiMapping[str], url: URL) -> dict[str, Any]:
    """One page of the items that pass the filters of `query`, with links to it, to the first and to the next.

    Raises:
        ListingError: a filter is wrong.
    """
    offset, limit = _count(query, "offset", 0, at_least=0), _count(query, "limit", _DEFAULT_LIMIT, at_least=1)
    chosen = [item for item in items if _passes(item, query)]
    more = offset + limit < len(chosen)

    def link(start: int) -> str:
        return str(url.update_query({"offset": str(start), "limit": str(limit)}))

    return {
        "first": link(0),
        "current": link(offset),
        "next": link(offset + limit) if more else None,
        "items": chosen[offset : offset + limit],
    }


def _passes(item: Mapping[str, Any], query: MultiMapping[str]) -> bool:
    statuses = query.getall("status", [])
    if wrong := [status for status in statuses if status not in _STATUSES]:
        raise ListingError(f"status must be one of the following values: {', '.join(_STATUSES)}, not {wrong[0]!r}")
    if statuses and item["status"] not in statuses:
        return False
    created = str(item["created_at"])[:10]
    first, last = _day(query, "after_date"), _day(query, "before_date")
    only = _day(query, "date")
    if (only and created != only) or (first and created < first) or (last and created >= last):
        return False
    metadata = item.get("custom_metadata") or {}
    for name, value in query.items():
        if name.startswith("custom_metadata[") and str(metadata.get(name[16:-1])) != value:
            return False
    return True


def _count(query: MultiMapping[str], name: str, default: int, *, at_least: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) >= at_least):  # noqa: PLR2004 - no bomb
        raise ListingError(f"{name} must be an integer of at least {at_least}")
    return int(text)


def _day(query: MultiMapping[str], name: str) -> str | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError as error:
        raise ListingError(f"{name} must be a date as 2026-01-31") from error
