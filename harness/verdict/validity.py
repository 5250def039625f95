"""Whether enough pairs are valid for a result to be trusted at all."""

import re
from collections.abc import Iterable

from harness.fault_words import is_unreached
from harness.metrics.scores import Scores, SessionScore
from harness.verdict.population import SIDES
from harness.verdict.results import InvalidReason, SpoiltPair

INVALID_PAIRS_LIMIT = 0.05
"""Share of the planned pairs that the harness may spoil before the run is INVALID."""

_MILLISECONDS = re.compile(r"(\d+(?:\.\d+)?) ms")
_SECOND_MS = 1000.0
_WHOLE_MS = 100.0


def too_many_spoilt(scores: Scores, *, planned_pairs: int) -> InvalidReason | None:
    """Whether the harness spoilt so many pairs that the run can't be trusted.

    Args:
        scores: All scores; a pair is invalid if either of its sessions is.
        planned_pairs: Clips times passes.

    Returns:
        None if it can be trusted.
    """
    pairs = spoilt_pairs(scores.sessions)
    if not pairs or len(pairs) <= INVALID_PAIRS_LIMIT * planned_pairs:
        return None
    return InvalidReason(
        "spoilt_pairs",
        f"{len(pairs)} of {planned_pairs} pairs {'is' if len(pairs) == 1 else 'are'} invalid, more than {100 * INVALID_PAIRS_LIMIT:g} %; worst: clip "
        f"{pairs[0].clip_id}, {pair_text(pairs[0])}",
        pairs,
    )


def invalid_reason(scores: Scores, *, planned_pairs: int) -> str | None:
    """The same as one phrase."""
    reason = too_many_spoilt(scores, planned_pairs=planned_pairs)
    return None if reason is None else reason.explanation


def spoilt_pairs(sessions: Iterable[SessionScore]) -> tuple[SpoiltPair, ...]:
    """Pairs of which a session is invalid: first those that reached no service, then the latest."""
    members: dict[tuple[str, int], list[SessionScore]] = {}
    for session in sessions:
        members.setdefault((session.clip_id, session.pass_number), []).append(session)
    pairs = (_spoilt(rows) for rows in members.values() if not all(row.valid for row in rows))
    return tuple(
        sorted(pairs, key=lambda pair: (not _unreached(pair), -(pair.late_ms or 0.0), pair.clip_id, pair.pass_number))
    )


def _spoilt(rows: list[SessionScore]) -> SpoiltPair:
    stated = [row.invalid_reason for row in rows if not row.valid and row.invalid_reason]
    found = _joined(dict.fromkeys(rounded(finding) for reason in stated for finding in reason.split("; ")))
    late_ms = max((row.lateness_max_ms for row in rows if row.lateness_max_ms is not None), default=None)
    found = tuple(sorted(found, key=lambda finding: not is_unreached(finding)))
    is_late = any("lateness" in finding for finding in found)
    return SpoiltPair(rows[0].clip_id, rows[0].pass_number, late_ms if is_late else None, found)


def _unreached(pair: SpoiltPair) -> bool:
    return any(map(is_unreached, pair.findings))


def _joined(findings: Iterable[str]) -> tuple[str, ...]:
    """What holds of both sides, said once."""
    sides_of: dict[str, list[str]] = {}
    for finding in findings:
        side, colon, text = finding.partition(": ")
        if colon and side in SIDES:
            sides_of.setdefault(text, []).append(side)
        else:
            sides_of.setdefault(finding, [])
    return tuple(f"{_who(sides)}{text}" for text, sides in sides_of.items())


def _who(sides: list[str]) -> str:
    if not sides:
        return ""
    return "both sides: " if len(sides) > 1 else f"{sides[0]}: "


def pair_text(pair: SpoiltPair) -> str:
    """What was wrong with a pair, in a few words."""
    if pair.late_ms is not None and not _unreached(pair):
        return f"{duration(pair.late_ms)} late"
    return pair.findings[0] if pair.findings else "no reason recorded"


def rounded(text: str) -> str:
    """A text with its milliseconds to the digits that mean something."""
    return _MILLISECONDS.sub(lambda found: duration(float(found[1])), text)


def duration(ms: float) -> str:
    """Milliseconds as people say them: `2.4 ms`, `438 ms`, `3.2 s`."""
    if ms >= _SECOND_MS:
        return f"{ms / 1000:.1f} s"
    return f"{ms:.0f} ms" if ms >= _WHOLE_MS or ms == round(ms) else f"{ms:.1f} ms"
