"""The course of the run: when each session was played, how late its audio left at worst, and which failed or were spoilt."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from harness.metrics.scores import SessionScore
from harness.report.facts import LATENESS_LIMIT_MS, dig
from harness.report.figures import Axis
from harness.report.numbers import show
from harness.timeline.events import SIDES, Header, Side

State = Literal["ok", "failed", "spoilt"]

COLUMNS = 160
"""The width is divided into so many spans of time; of sessions that began in the same one, the worst is shown."""

_AXIS = Axis(0.1, 1000.0, (0.1, 1.0, 10.0, 100.0, 1000.0), logarithmic=True)
_WORSE: tuple[State, ...] = ("ok", "spoilt", "failed")
_NAMED = 6


@dataclass(frozen=True, slots=True)
class Moment:
    """One session: when its audio began, in seconds of the wall clock, and how it went."""

    at_s: float
    side: Side
    clip_id: str
    state: State
    lateness_p99_ms: float | None


@dataclass(frozen=True, slots=True)
class Mark:
    """What began in one span of time on one side; `x` and `y` in percent, y down."""

    x: float
    y: float
    side: Side
    state: State
    tip: str
    clip_id: str


@dataclass(frozen=True, slots=True)
class Course:
    """The chart and what it says.

    Attributes:
        summary: In a sentence.
        marks: Earliest first.
        ticks: Percent from the top and the lateness there.
        limit: Percent from the top of the lateness above which a session is not scored.
        end: How long the run took, as text.
    """

    summary: str
    marks: tuple[Mark, ...]
    ticks: tuple[tuple[float, str], ...]
    limit: float
    end: str


def moment(header: Header, session: SessionScore | None) -> Moment | None:
    """A session in the course; None if it does not say when it was, or was not scored."""
    try:
        at_s = datetime.fromisoformat(header.wall_anchor).timestamp()
    except ValueError:
        return None
    if session is None:
        return None
    state: State = "failed" if not session.succeeded else "ok" if session.valid else "spoilt"
    return Moment(at_s, header.side, header.clip_id, state, session.lateness_p99_ms)


def course(moments: Sequence[Moment], run: Mapping[str, Any]) -> Course | None:
    """The chart of a run; None without a session that says when it was.

    Args:
        moments: Of all its sessions.
        run: `run.json`, for what was refused for want of room.
    """
    if not moments:
        return None
    first_s = min(found.at_s for found in moments)
    span_s = max(found.at_s for found in moments) - first_s
    width_s = span_s / COLUMNS or 1.0
    columns: dict[tuple[int, Side], list[Moment]] = {}
    for found in sorted(moments, key=lambda found: (found.at_s, found.side, found.clip_id)):
        columns.setdefault((min(int((found.at_s - first_s) / width_s), COLUMNS - 1), found.side), []).append(found)
    marks = tuple(_mark(column, members) for (column, _), members in columns.items())
    places = [(round(100 - _AXIS.place(tick), 3), show(tick, "ms")) for tick in _AXIS.ticks]
    return Course(
        _summary(moments, span_s, run),
        marks,
        tuple(places),
        round(100 - _AXIS.place(LATENESS_LIMIT_MS), 3),
        _time(span_s),
    )


def _mark(column: int, members: Sequence[Moment]) -> Mark:
    worst = max(members, key=lambda found: (_WORSE.index(found.state), found.lateness_p99_ms or 0.0))
    late_ms = max((found.lateness_p99_ms or 0.0 for found in members), default=0.0)
    listed = ", ".join(found.clip_id for found in members[:_NAMED])
    more = f" and {len(members) - _NAMED} more" if len(members) > _NAMED else ""
    said = {"ok": "", "failed": f"\n{worst.clip_id} failed", "spoilt": f"\n{worst.clip_id} was spoilt by the harness"}
    return Mark(
        x=round(100 * (column + 0.5) / COLUMNS, 3),
        y=round(100 - _AXIS.place(late_ms), 3),
        side=worst.side,
        state=worst.state,
        tip=f"{worst.side}: {listed}{more}\naudio left up to {show(late_ms, 'ms')} late (p99){said[worst.state]}",
        clip_id=worst.clip_id,
    )


def _summary(moments: Sequence[Moment], span_s: float, run: Mapping[str, Any]) -> str:
    late_ms = max((found.lateness_p99_ms or 0.0 for found in moments), default=0.0)
    parts = [
        f"{len(moments):,} sessions began within {_time(span_s)}",
        f"lateness at most {show(late_ms, 'ms')} (p99 of a session)",
        _failed(moments),
        _refused(dig(run, "accounting", "throttled")),
    ]
    return "; ".join(part for part in parts if part) + "."


def _failed(moments: Iterable[Moment]) -> str:
    failed = {side: sum(found.side == side and found.state == "failed" for found in moments) for side in SIDES}
    spoilt = sum(found.state == "spoilt" for found in moments)
    texts = [f"{count} of the {side} failed" for side, count in failed.items() if count]
    texts += [f"{spoilt} spoilt by the harness"] if spoilt else []
    return ", ".join(texts) or "none failed"


def _refused(throttled: Any) -> str:
    counts = {name: count for name, count in throttled.items() if count} if isinstance(throttled, Mapping) else {}
    return (
        ", ".join(f"{name} had no room {count} times" for name, count in sorted(counts.items()))
        or "no rate limit was met"
    )


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02} h" if hours else f"{minutes}:{rest:02} min"
