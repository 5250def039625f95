"""The contract of both services side by side, as the page shows it: what changes first, what holds folded away."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.report.facts import PROVIDER_NAMES, dig
from harness.report.numbers import number, plural, show
from harness.timeline.events import SIDES

_FORMS = {
    "integer": "integers",
    "decimal": "decimals",
    "text": "text",
    "empty text": "empty text",
    "list": "lists",
    "object": "objects",
    "null": "null",
}
_NUMBERS = ("integer", "decimal")
_PARTS = {"http_post_ms": "POST", "ws_open_ms": "socket"}


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which a side did it: in words, how often, and a clip that shows it, if it is not what all do."""

    text: str
    count: str
    clip_id: str | None = None
    pass_number: int = 1


@dataclass(frozen=True, slots=True)
class SideView:
    """What one side did: the field that tells it, if it is one, and the ways."""

    field: str | None
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that a handler may rely on."""

    title: str
    meaning: str
    status: str
    baseline: SideView
    candidate: SideView
    advice: str | None


@dataclass(frozen=True, slots=True)
class ContractView:
    """The whole section.

    Attributes:
        lead: What the counts say, in a sentence.
        changed: By group, the lines that break code, then those that differ.
        holding: The lines that are alike or only named otherwise.
        empty: Why there is nothing to show.
    """

    lead: str
    changed: tuple[tuple[str, tuple[Line, ...]], ...]
    holding: tuple[Line, ...]
    empty: str = ""


def contract_view(summary: Mapping[str, Any]) -> ContractView:
    """What `contract_diff` says.

    Args:
        summary: `summary.json`.
    """
    block = dig(summary, "contract_diff")
    if not isinstance(block, Mapping):
        return ContractView(
            "", (), (), "The summary holds no contracts: an earlier version scored the run. Run `harness score` on it."
        )
    rows = block.get("rows") or ()
    if not rows:
        return ContractView("", (), (), "There is nothing to compare: one side has no session.")
    lines = [(row["group"], _line(row)) for row in rows]
    changed = [(group, line) for group, line in lines if line.status in {"breaks", "differs"}]
    groups = dict.fromkeys(group for group, _ in changed)
    return ContractView(
        _lead(block),
        tuple((group, _in_order([line for own, line in changed if own == group])) for group in groups),
        tuple(line for _, line in lines if line.status in {"same", "renamed"}),
    )


def contract_line(summary: Mapping[str, Any]) -> str:
    """For text views: how much breaks, and what first; empty if nothing does."""
    rows = [row for row in dig(summary, "contract_diff", "rows") or () if row["status"] == "breaks"]
    if not rows:
        return ""
    first = ", ".join(row["title"].lower() for row in rows[:3])
    more = f" and {len(rows) - 3} more" if len(rows) > 3 else ""  # noqa: PLR2004 - those named
    return (
        f"contract: {plural(len(rows), 'difference')} that break handlers ({first}{more}), see `report.html#contract`"
    )


def _lead(block: Mapping[str, Any]) -> str:
    counts = block["counts"]
    held = counts["same"] + counts["renamed"]
    old = PROVIDER_NAMES.get(str(dig(block, "providers", "baseline")), "the baseline")
    return (
        f"Of {sum(counts.values())} things that code written for {old} may rely on, {counts['breaks']} break that code, {counts['differs']} differ, "
        f"and {held} hold ({counts['renamed']} under another name)."
    )


def _in_order(lines: list[Line]) -> tuple[Line, ...]:
    return tuple(sorted(lines, key=lambda line: line.status != "breaks"))


def _line(row: Mapping[str, Any]) -> Line:
    baseline, candidate = (_side(row, row[side]) for side in SIDES)
    return Line(row["title"], row["meaning"], row["status"], baseline, candidate, row["advice"])


def _side(row: Mapping[str, Any], shown: Mapping[str, Any]) -> SideView:
    if "value" in shown:
        return SideView(None, (Way(_figure(shown), _of(shown)),))
    is_field = "field" in shown
    ways = shown["shown"]
    if not ways:
        missing = "no such field" if is_field and not shown["field"] else "never came" if is_field else "none"
        return SideView(shown.get("field"), (Way(missing, ""),))
    if not is_field:
        return SideView(None, tuple(_way(way, way["way"], row["counted"], place) for place, way in enumerate(ways)))
    unit = f", {shown['unit']}" if shown.get("unit") else ""
    return SideView(
        shown["field"],
        tuple(
            _way(way, _FORMS.get(way["way"], way["way"]) + (unit if way["way"] in _NUMBERS else ""), row["counted"], 0)
            for way in ways
        ),
    )


def _way(way: Mapping[str, Any], text: str, counted: str, place: int) -> Way:
    """The count, and a clip to look at for what is not the rule."""
    one = {
        "sessions": "session",
        "segments": "segment",
        "messages": "message",
        "partials": "partial",
        "finals": "final",
    }
    count = way["count"]
    noun = one.get(counted, counted) if count == 1 else counted
    return Way(text, f"{count:,} {noun}", way["clip_id"] if place else None, way["pass"])


def _figure(shown: Mapping[str, Any]) -> str:
    value = number(shown["value"])
    if value is None:
        return "n/a"
    if shown["unit"] == "ms":
        return show(value, "ms")
    return f"{value:,.0f}" if value == round(value) else f"{value:.2f}"


def _of(shown: Mapping[str, Any]) -> str:
    """The counts behind a figure: `812 partials, 40 segments`, or its parts."""
    counts = [f"{count:,} {name}" for name, count in shown.items() if isinstance(count, int) and name != "value"]
    parts = shown.get("parts") or {}
    return ", ".join(
        counts + [f"{_PARTS[name]} {show(part, 'ms')}" for name, part in parts.items() if part is not None]
    )
