"""The values that coordinator and workers exchange. A worker replays; the coordinator decides, and keeps what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.audio.chunking import ChunkPlan
from harness.replay.clock import Lag
from harness.replay.jobs import PairJob
from harness.replay.session import SideSettings
from harness.timeline.events import Event, Header, Side

# To a worker


@dataclass(frozen=True, slots=True)
class Setup:
    """First: how each side is reached. API keys travel here, and nowhere else."""

    sides: Mapping[Side, SideSettings]
    niceness: int


@dataclass(frozen=True, slots=True)
class Play:
    """Replay a job. The audio of each session comes along as an open file, in the order of `plans`.

    `deadline_s` after its start, what has not ended by itself is cut off.
    """

    ticket: int
    job: PairJob
    plans: tuple[ChunkPlan, ...]
    deadline_s: float


@dataclass(frozen=True, slots=True)
class Stop:
    """Drop what is in flight."""


# From a worker


@dataclass(frozen=True, slots=True)
class Ready:
    """It can play. What the system granted it: whether its memory is locked, and its niceness."""

    pid: int
    memory_locked: bool
    niceness: int


@dataclass(frozen=True, slots=True)
class Lags:
    """How late the worker's probe woke up since it last said so, and the CPU seconds it has used so far."""

    samples: list[Lag]
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Rows:
    """What happened in session `number` of a job since the last time: pickled rows of chunks and of messages."""

    ticket: int
    number: int
    audio: bytes
    frames: bytes


@dataclass(frozen=True, slots=True)
class SessionEnd:
    """The rest of what there is to tell of a session."""

    header: Header
    early: tuple[Event, ...]
    late: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Played:
    """A job is over.

    Attributes:
        ticket: Of the job.
        sessions: In the order of the job's sessions.
        throttled: Providers that had no room for a session; nothing was streamed then.
        cut_off: Whether it had to be cut off at its deadline.
    """

    ticket: int
    sessions: tuple[SessionEnd, ...]
    throttled: tuple[str, ...]
    cut_off: bool


@dataclass(frozen=True, slots=True)
class Crashed:
    """A defect of this program; `traceback` is for its developers."""

    ticket: int
    traceback: str


FromWorker = Ready | Lags | Rows | Played | Crashed
ToWorker = Setup | Play | Stop
