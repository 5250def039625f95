"""Which score rows may be compared: both sides of pairs in which the harness did its job."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import TypeVar

from harness.metrics.scores import BoundaryScore, Scores, SessionScore, TurnScore, UtteranceScore, WordTimingScore

PairKey = tuple[str, int]
SIDES = ("baseline", "candidate")

_Row = TypeVar("_Row", SessionScore, UtteranceScore, TurnScore)


@dataclass(frozen=True, slots=True)
class SessionPair:
    """The two valid sessions of a clip in one pass."""

    baseline: SessionScore
    candidate: SessionScore

    @property
    def key(self) -> PairKey:
        """Clip and pass."""
        return self.baseline.clip_id, self.baseline.pass_number

    @property
    def both_succeeded(self) -> bool:
        """True where stability and endpointing may be compared."""
        return self.baseline.succeeded and self.candidate.succeeded


@dataclass(frozen=True, slots=True)
class UtterancePair:
    """One reference utterance on both sides."""

    baseline: UtteranceScore
    candidate: UtteranceScore


@dataclass(frozen=True, slots=True)
class TurnPair:
    """One reference turn on both sides."""

    baseline: TurnScore
    candidate: TurnScore


@dataclass(frozen=True, slots=True)
class Population:
    """Everything that may be compared: both sides of valid pairs, in the order of the scores."""

    sessions: tuple[SessionPair, ...]
    utterances: tuple[UtterancePair, ...]
    turns: tuple[TurnPair, ...]
    boundaries: tuple[BoundaryScore, ...]
    words: tuple[WordTimingScore, ...] = ()

    @classmethod
    def of(cls, scores: Scores) -> "Population":
        """Pair the rows of a run."""
        sessions = tuple(
            SessionPair(a, b)
            for a, b in _paired(scores.sessions, attrgetter("clip_id", "pass_number"))
            if a.valid and b.valid
        )
        keys = {pair.key for pair in sessions}
        utterances = _paired(scores.utterances, attrgetter("clip_id", "pass_number", "utterance"))
        turns = _paired(scores.turns, attrgetter("clip_id", "pass_number", "turn"))
        return cls(
            sessions,
            tuple(UtterancePair(a, b) for a, b in utterances if (a.clip_id, a.pass_number) in keys),
            tuple(TurnPair(a, b) for a, b in turns if (a.clip_id, a.pass_number) in keys),
            tuple(row for row in scores.boundaries if (row.clip_id, row.pass_number) in keys),
            tuple(row for row in scores.word_timings if (row.clip_id, row.pass_number) in keys),
        )

    @property
    def with_words(self) -> tuple[SessionPair, ...]:
        """The sessions whose reference has a word."""
        return tuple(pair for pair in self.sessions if pair.baseline.has_words)

    @property
    def has_one_send_stamp(self) -> bool:
        """Whether `_prov_ms` counts from the same instant on both sides."""
        return all(pair.baseline.send_stamp == pair.candidate.send_stamp for pair in self.sessions)

    def by_pair(self) -> dict[PairKey, "Population"]:
        """Sessions, utterances and turns of each pair of sessions on its own."""
        utterances: dict[PairKey, list[UtterancePair]] = {}
        for pair in self.utterances:
            utterances.setdefault((pair.baseline.clip_id, pair.baseline.pass_number), []).append(pair)
        turns: dict[PairKey, list[TurnPair]] = {}
        for turn in self.turns:
            turns.setdefault((turn.baseline.clip_id, turn.baseline.pass_number), []).append(turn)
        return {
            pair.key: Population((pair,), tuple(utterances.get(pair.key, ())), tuple(turns.get(pair.key, ())), ())
            for pair in self.sessions
        }

    @classmethod
    def joined(cls, parts: Iterable["Population"]) -> "Population":
        """Several parts of `by_pair` as one, for a slice."""
        parts = tuple(parts)
        return cls(
            tuple(pair for part in parts for pair in part.sessions),
            tuple(pair for part in parts for pair in part.utterances),
            tuple(pair for part in parts for pair in part.turns),
            (),
        )


def _paired(rows: Iterable[_Row], key: Callable[[_Row], object]) -> list[tuple[_Row, _Row]]:
    rows = tuple(rows)
    candidates = {key(row): row for row in rows if row.side == "candidate"}
    return [(row, candidates[key(row)]) for row in rows if row.side == "baseline" and key(row) in candidates]
