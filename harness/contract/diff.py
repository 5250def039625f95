"""The contract of both services side by side, from counts of what each did in a run."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal

from harness.contract.guarantees import (
    BREACHES,
    BREACHES_OF_PROGRAM,
    DONE,
    FIELDS,
    GROUPS,
    LOST_MESSAGES,
    NEW_MESSAGES,
    PARTIALS,
    SEGMENTS,
    START,
    FieldGuarantee,
    Guarantee,
)
from harness.metrics.scores import VIOLATION_KINDS, ConductScore, FindingScore, SessionScore
from harness.timeline.conduct import FIELD, MESSAGE
from harness.timeline.events import SIDES, Side

Json = dict[str, Any]
Status = Literal["same", "renamed", "differs", "breaks"]
"""Nothing to do; the same under another name; other, and harmless to most code; other, so that code has to change."""

_WRITTEN_FOR = {"baseline": "assemblyai", "candidate": "gladia"}
_TOLD_APART = 1.5
_LEAST_MS = 50.0
"""Figures nearer to each other than this factor, or this time, are no difference of the contract."""

_WRITTEN_DOWN = {provider for line in FIELDS for provider in line.paths}
_MOST_WAYS = 8


@dataclass(frozen=True, slots=True)
class _Sides:
    """What is known of a run: ways by side and aspect, providers, sessions that took part, breaches."""

    ways: Mapping[Side, Mapping[str, Sequence[ConductScore]]]
    providers: Mapping[Side, str]
    sessions: Mapping[Side, Sequence[SessionScore]]
    breaches: Mapping[Side, Counter[str]]

    @property
    def is_known_move(self) -> bool:
        """Whether the advice fits."""
        return self.providers == _WRITTEN_FOR

    @property
    def name_messages_alike(self) -> bool:
        """Whether types of messages can be held against each other: a program's are the harness's own, not a service's."""
        alike = self.providers["baseline"] == self.providers["candidate"]
        return alike or {*self.providers.values()} <= _WRITTEN_DOWN

    def shown(self, side: Side, aspect: str) -> Sequence[ConductScore]:
        return self.ways[side].get(aspect, ())


def contract_diff(
    conduct: Iterable[ConductScore], sessions: Iterable[SessionScore], findings: Iterable[FindingScore]
) -> Json:
    """What a handler may rely on, line by line.

    Args:
        conduct: Of both sides, over all sessions.
        sessions: All of them.
        findings: All breaches.

    Returns:
        `providers` by side, `counts` of lines by status, and `rows`: `name`, `group`, `title`, `meaning`, `unit` of what is counted,
        per side `shown` (`[{"way", "count", "clip_id", "pass"}]`, most frequent first) and, where it is a field, `field`;
        `status` (`same`, `renamed`, `differs`, `breaks`) and `advice`, null where there is nothing to do or nothing known.
        Without rows, and with a `reason`, if either side has no session.
    """
    sides = _gathered(conduct, sessions, findings)
    if any(not sides.ways[side] for side in SIDES):
        return {"providers": dict(sides.providers), "reason": "one side has no session", "counts": {}, "rows": []}
    rows = [*_done(sides), *_fields(sides), *_messages(sides), *_measured(sides), *_breaches(sides)]
    rows.sort(key=lambda row: GROUPS.index(row["group"]))
    counts = Counter(row["status"] for row in rows)
    return {
        "providers": dict(sides.providers),
        "counts": {status: counts[status] for status in ("breaks", "differs", "renamed", "same")},
        "rows": rows,
    }


def _gathered(
    conduct: Iterable[ConductScore], sessions: Iterable[SessionScore], findings: Iterable[FindingScore]
) -> _Sides:
    ways: dict[Side, dict[str, list[ConductScore]]] = {side: defaultdict(list) for side in SIDES}
    for row in conduct:
        ways[row.side][row.aspect].append(row)
    by_side: dict[Side, list[SessionScore]] = {side: [] for side in SIDES}
    for session in sessions:
        by_side[session.side].append(session)
    breaches: dict[Side, Counter[str]] = {side: Counter() for side in SIDES}
    for finding in findings:
        breaches[finding.side][finding.kind] += 1
    providers: dict[Side, str] = {side: own[0].provider for side, own in by_side.items() if own}
    return _Sides(ways, providers, by_side, breaches)


def _done(sides: _Sides) -> Iterator[Json]:
    for line in DONE:
        if line.names_messages and not sides.name_messages_alike:
            continue
        shown = {side: sides.shown(side, line.name) for side in SIDES}
        if any(shown.values()):
            ways = {side: {row.way for row in rows} for side, rows in shown.items()}
            is_new = not ways["candidate"] <= ways["baseline"] | {line.harmless}
            status: Status = "same"
            if ways["baseline"] != ways["candidate"]:
                status = "breaks" if line.breaks and is_new else "differs"
            yield _row(
                sides, line, status, {side: {"shown": _listed(rows)} for side, rows in shown.items()}, is_new=is_new
            )


def _fields(sides: _Sides) -> Iterator[Json]:
    """A line for each thing that either side's messages told; none for a service whose fields nobody wrote down."""
    if not {*sides.providers.values()} <= _WRITTEN_DOWN:
        return
    for line in FIELDS:
        told = {side: _told(sides, side, line) for side in SIDES}
        if any(shown for _, shown in told.values()):
            yield _row(
                sides,
                line,
                _field_status(sides, line, told),
                {
                    side: {"field": path, "shown": _listed(shown), "unit": line.units.get(sides.providers[side])}
                    for side, (path, shown) in told.items()
                },
                is_new=bool(told["baseline"][1]),  # advice is about what was relied on
            )


_Told = tuple[str | None, Sequence[ConductScore]]


def _told(sides: _Sides, side: Side, line: FieldGuarantee) -> _Told:
    """The first of the provider's fields that was seen, and its forms; else the field as it would be called."""
    paths = line.paths.get(sides.providers[side], ())
    for path in paths:
        if shown := sides.shown(side, FIELD + path):
            return path, shown
    return (paths[0] if paths else None), ()


def _field_status(sides: _Sides, line: FieldGuarantee, told: Mapping[Side, _Told]) -> Status:
    (old, before), (new, after) = told["baseline"], told["candidate"]
    if not before:
        return "differs"
    units = [line.units.get(sides.providers[side]) for side in SIDES]
    if not after or units[0] != units[1] or not _kinds(after) <= _kinds(before):
        return "breaks" if line.breaks else "differs"
    return "same" if old == new else "renamed"


def _kinds(shown: Sequence[ConductScore]) -> set[str]:
    """What a program has to deal with: an empty text is a text, true and false are one type."""
    same = {"empty text": "text", "true": "flag", "false": "flag"}
    return {same.get(row.way, row.way) for row in shown}


def _messages(sides: _Sides) -> Iterator[Json]:
    """Types of messages that only one side sends; those that fields above are read from are told there."""
    if not sides.name_messages_alike:
        return
    types = {side: {row.way: row for row in sides.shown(side, MESSAGE)} for side in SIDES}
    texts = {
        path.split(".")[0] for line in FIELDS if line.name == "text" for paths in line.paths.values() for path in paths
    }
    new = [row for way, row in types["candidate"].items() if way not in types["baseline"] and way not in texts]
    if new:
        yield _row(sides, NEW_MESSAGES, "breaks", {"baseline": {"shown": []}, "candidate": {"shown": _listed(new)}})
    lost = [
        row for way, row in types["baseline"].items() if way not in types["candidate"] and way not in _types_of_fields()
    ]
    if lost:
        yield _row(sides, LOST_MESSAGES, "breaks", {"baseline": {"shown": _listed(lost)}, "candidate": {"shown": []}})


def _types_of_fields() -> set[str]:
    return {path.split(".")[0] for line in FIELDS for paths in line.paths.values() for path in paths}


def _measured(sides: _Sides) -> Iterator[Json]:
    """Figures of sessions that code may be built around, though nobody promises them."""
    start_ms = {side: _medians(sides.sessions[side]) for side in SIDES}
    if any(parts["session_init_ms"] is not None for parts in start_ms.values()):
        shown = {
            side: _figure(parts.pop("session_init_ms"), "ms") | {"parts": parts} for side, parts in start_ms.items()
        }
        yield _figures_row(sides, START, shown, least=_LEAST_MS)
    for line, over in ((SEGMENTS, "segments"), (PARTIALS, "partials")):
        sums = {
            side: [sum(getattr(row, column) for row in sides.sessions[side] if getattr(row, line.unit)) for column in (over, line.unit)]
            for side in SIDES
        }  # fmt: skip
        if any(bottom for _, bottom in sums.values()):
            shown = {
                side: _figure(top / bottom if bottom else None, None) | {over: top, line.unit: bottom}
                for side, (top, bottom) in sums.items()
            }
            yield _figures_row(sides, line, shown, least=0.0)


def _figures_row(sides: _Sides, line: Guarantee, shown: Mapping[Side, Json], *, least: float) -> Json:
    a, b = (shown[side]["value"] for side in SIDES)
    if a is None or b is None:
        return _row(sides, line, "same" if a == b else "differs", shown)
    low, high = sorted((a, b))
    status: Status = "differs" if high > _TOLD_APART * low and high - low > least else "same"
    return _row(sides, line, status, shown, is_new=b > a)


def _breaches(sides: _Sides) -> Iterator[Json]:
    """What either service broke of its own contract."""
    for kind in VIOLATION_KINDS:
        counts = {side: sides.breaches[side][kind] for side in SIDES}
        if any(counts.values()):
            title = kind.replace("_", " ").capitalize()
            advice = BREACHES_OF_PROGRAM if sides.providers["candidate"] == "command" else BREACHES
            line = Guarantee(
                kind, "Breaches", title, "messages", "A breach of what the service promises.",
                advice.get(kind, BREACHES[kind]),
            )  # fmt: skip
            status: Status = "breaks" if counts["candidate"] and not counts["baseline"] else "differs"
            if counts["baseline"] == counts["candidate"]:
                status = "same"
            shown: dict[Side, Json] = {
                side: {"shown": [], "value": count, "unit": None} for side, count in counts.items()
            }
            yield _row(sides, line, status, shown, is_new=counts["candidate"] > 0, holds_for_all=True)


def _row(
    sides: _Sides,
    line: Guarantee | FieldGuarantee,
    status: Status,
    shown: Mapping[Side, Json],
    *,
    is_new: bool = True,
    holds_for_all: bool = False,
) -> Json:
    """A row; advice is for what the baseline did not do (`is_new`), and for the move that it is written for, unless it holds for all."""
    advise = is_new and status in {"breaks", "differs"} and (holds_for_all or sides.is_known_move)
    return {
        "name": line.name,
        "group": line.group,
        "title": line.title,
        "meaning": line.meaning,
        "counted": line.unit if isinstance(line, Guarantee) else "messages",
        **{side: shown[side] for side in SIDES},
        "status": status,
        "advice": line.advice if advise else None,
    }


def _listed(rows: Sequence[ConductScore]) -> list[Json]:
    ordered = sorted(rows, key=lambda row: (-row.count, row.way))[:_MOST_WAYS]
    return [{"way": row.way, "count": row.count, "clip_id": row.clip_id, "pass": row.pass_number} for row in ordered]


def _figure(value: float | None, unit: str | None) -> Json:
    return {"shown": [], "value": None if value is None else float(f"{value:.3g}"), "unit": unit}


def _medians(sessions: Sequence[SessionScore]) -> dict[str, float | None]:
    """Of a session's start and its parts, over the sessions that have them."""
    found: dict[str, float | None] = {}
    for name in ("session_init_ms", "http_post_ms", "ws_open_ms"):
        known = [value for session in sessions if (value := getattr(session, name)) is not None]
        found[name] = float(f"{median(known):.3g}") if known else None
    return found
