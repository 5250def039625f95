"""What is to be replayed, and in which order."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.timeline.events import Side


@dataclass(frozen=True, slots=True)
class SessionJob:
    """One session to open.

    Attributes:
        side: Its side.
        clip_ids: The clips it carries, one, or one a channel of a multi-channel session.
        params: As sent, in place of its side's.
    """

    side: Side
    clip_ids: tuple[str, ...]
    params: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class PairJob:
    """What is streamed together under one T0.

    Attributes:
        name: The clip, or the recording whose channels are the clips.
        pass_number: Repetition, from 1.
        sessions: In the order in which they dial: both sides, unless one is recorded already.
        audio_s: Length of the stream in seconds, trailing silence included.
        variant: Whose candidate it is, where several are played.
        attempts_before: How often it was played before; what the harness spoils then is not played yet again.
    """

    name: str
    pass_number: int
    sessions: tuple[SessionJob, ...]
    audio_s: float
    variant: str = ""
    attempts_before: int = 0

    @property
    def clip_ids(self) -> tuple[str, ...]:
        """All clips, each once."""
        return tuple(dict.fromkeys(clip_id for session in self.sessions for clip_id in session.clip_ids))

    def again(self) -> "PairJob":
        """The same, played before."""
        return replace(self, attempts_before=1)

    def with_params(self, params: Mapping[str, Any]) -> "PairJob":
        """The same with these parameters in all its sessions."""
        return replace(self, sessions=tuple(replace(session, params=params) for session in self.sessions))


def schedule(jobs: Sequence[PairJob], seed: int, lanes: int = 1) -> list[PairJob]:
    """The jobs in a shuffled order that `seed` reproduces, each with the side that dials first in front.

    Passes are interleaved: a provider's good or bad hour meets every pass alike. Only the end of the order is sorted, the
    longest first, so that the lanes finish together instead of waiting for one long recording drawn last.
    """
    chooser = random.Random(seed)  # noqa: S311 - an order, not a secret
    ordered = sorted(jobs, key=lambda job: (job.name, job.pass_number))
    chooser.shuffle(ordered)
    drawn = [job if chooser.random() < 0.5 else replace(job, sessions=job.sessions[::-1]) for job in ordered]  # noqa: PLR2004
    longest_s = max((job.audio_s for job in drawn), default=0.0)
    tail, tail_s = len(drawn), 0.0
    while tail and tail_s < longest_s * lanes:
        tail -= 1
        tail_s += drawn[tail].audio_s
    return drawn[:tail] + sorted(drawn[tail:], key=lambda job: -job.audio_s)
