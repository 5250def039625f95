"""The conduct of a run's services: their sessions' counts added up, each with the first session that shows it."""

from collections.abc import Iterable, Mapping

from harness.metrics.scores import ConductScore, SessionScore
from harness.timeline.events import SIDES, Side

_MOST = 2000  # ways a side; a service that names things endlessly must not fill the memory


class ConductTotals:
    """Grows with what is shown, not with the sessions that show it."""

    def __init__(self) -> None:
        self._found: dict[Side, dict[tuple[str, str], tuple[int, SessionScore]]] = {side: {} for side in SIDES}

    def add(self, sessions: Iterable[SessionScore], conduct: Mapping[Side, Mapping[tuple[str, str], int]]) -> None:
        """Take in the sessions of one clip in one pass, and what each shows."""
        for session in sessions:
            found = self._found[session.side]
            for key, count in conduct.get(session.side, {}).items():
                before, first = found.get(key, (0, session))
                if before or len(found) < _MOST:
                    found[key] = (before + count, first)

    def rows(self) -> tuple[ConductScore, ...]:
        """Baseline first, then by aspect; the most frequent way of each first."""
        return tuple(
            ConductScore(side, first.provider, aspect, way, count, first.clip_id, first.pass_number)
            for side in SIDES
            for (aspect, way), (count, first) in sorted(
                self._found[side].items(), key=lambda item: (item[0][0], -item[1][0], item[0][1])
            )
        )
