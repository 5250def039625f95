"""Sides of which sessions failed, and why: what a reader has to know before any figure."""

from collections.abc import Iterable, Mapping

from harness.failures import causes
from harness.metrics.scores import SessionScore
from harness.verdict.population import SIDES
from harness.verdict.results import FailedSide, Service

_UNTOLD = "no reason recorded"


def failed_sides(
    sessions: Iterable[SessionScore], services: Mapping[str, Service] | None = None
) -> tuple[FailedSide, ...]:
    """The sides with a failed session.

    A session of a pair that the harness spoilt counts only if it never became ready: else the harness may be why it failed.

    Args:
        sessions: All of a run.
        services: Where each side was reached, as far as that is known.
    """
    rows = list(sessions)
    return tuple(found for side in SIDES if (found := _failed(rows, side, (services or {}).get(side))) is not None)


def unreached(sessions: Iterable[SessionScore]) -> tuple[str, ...]:
    """The sides of which no session ever became ready, so that nothing was compared."""
    by_side: dict[str, list[SessionScore]] = {}
    for row in sessions:
        by_side.setdefault(row.side, []).append(row)
    return tuple(side for side in SIDES if side in by_side and all(map(_never_ready, by_side[side])))


def _never_ready(row: SessionScore) -> bool:
    return not row.succeeded and row.session_init_ms is None


def _failed(sessions: Iterable[SessionScore], side: str, service: Service | None) -> FailedSide | None:
    rows = [row for row in sessions if row.side == side]
    failed = [row for row in rows if not row.succeeded and (row.valid or _never_ready(row))]
    if not failed:
        return None
    host = service.host if service is not None else None
    return FailedSide(side, len(failed), len(rows), causes((row.failure_reason or _UNTOLD for row in failed), host))
