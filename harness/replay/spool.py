"""A session while it is recorded: its events go to nameless temporary files, so that an hour takes no more memory than a minute."""

import heapq
import pickle
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import IO, Any

from harness.replay.jobs import SessionJob
from harness.timeline.events import Audio, Event, Frame, Header, Timeline

_IN_MEMORY_BYTES = 1 << 20

AudioRow = tuple[int, int, int]  # index, due_ns, sent_ns
FrameRow = tuple[int, int | None, str, int]  # wire_ns, handler_ns, raw, queued


class Spool:
    """Batches of rows, written one after the other and read back any number of times."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115 - closed by its owner

    def append(self, batch: bytes) -> None:
        """Add a pickled list of rows."""
        self._file.seek(0, 2)
        self._file.write(batch)

    def __iter__(self) -> Iterator[Any]:
        position = 0
        while True:
            self._file.seek(position)
            try:
                batch = pickle.load(self._file)  # noqa: S301 - written by our own worker, read from a file without a name
            except EOFError:
                return
            position = self._file.tell()
            yield from batch

    def close(self) -> None:
        """Free the file."""
        self._file.close()


@dataclass(slots=True)
class RecordedSession:
    """One session with all its events, as `write_timeline` takes it.

    Attributes:
        header: The timeline's header.
        early: Dialling and readiness.
        late: The stop command, errors, the end.
        audio: Rows of chunks.
        frames: Rows of messages.
    """

    header: Header
    early: Sequence[Event] = ()
    late: Sequence[Event] = ()
    audio: Spool = field(default_factory=Spool)
    frames: Spool = field(default_factory=Spool)

    @property
    def events(self) -> Iterator[Event]:
        """In the order of their instants."""
        return heapq.merge(self.early, self._chunks(), self._messages(), self.late, key=_instant)

    @property
    def timeline(self) -> Timeline:
        """The same in memory."""
        return Timeline(self.header, tuple(self.events))

    def of_clip(self, clip_id: str, job: SessionJob) -> "RecordedSession":
        """The session as that of one of the clips that it carried."""
        return self if len(job.clip_ids) == 1 else self.of_channel(clip_id, job.clip_ids.index(clip_id))

    def of_channel(self, clip_id: str, channel: int) -> "RecordedSession":
        """The same session seen as that of one of its channels, whose own audio the hash is then of."""
        hashes = self.header.extra.get("channel_sha256") or [""] * (channel + 1)
        header = replace(self.header, clip_id=clip_id, channel=channel, audio_sha256=hashes[channel])
        return RecordedSession(header, self.early, self.late, self.audio, self.frames)

    def close(self) -> None:
        """Free the files."""
        self.audio.close()
        self.frames.close()

    def _chunks(self) -> Iterator[Event]:
        plan = self.header.audio
        size = plan.chunk_samples * plan.channels * plan.bytes_per_sample
        for index, due_ns, sent_ns in self.audio:
            last = index == plan.chunks - 1
            yield Audio(sent_ns, index, size, due_ns, sent_ns, self.header.audio_sha256 if last else None)

    def _messages(self) -> Iterator[Event]:
        for wire_ns, handler_ns, raw, queued in self.frames:
            yield Frame(wire_ns, wire_ns, handler_ns, raw, queued)


def _instant(event: Event) -> int:
    return event.t_ns
