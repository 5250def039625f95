"""Who reads the frames of which provider. Of a provider from a package, the package brings the reader (`harness.readers`).

A reader stands apart from its provider, so that a recorded run is scored without the client that recorded it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import entry_points
from typing import Any, Protocol

from harness.errors import RunError
from harness.timeline import fold_assemblyai, fold_command, fold_gladia
from harness.timeline.events import Frame, Header
from harness.timeline.messages import Reading

GROUP = "harness.readers"


class Reader(Protocol):
    """What folds a provider's frames; a module with these two functions is one."""

    def read(self, frames: Iterable[Frame], channel: int | None = None, /) -> Reading:
        """What the frames of a session say, in order of arrival; of one channel, if told so.

        Never raises, whatever the frames hold. An error message is recognised without the frames around it.
        """

    def longest_segment_ms(self, params: dict[str, Any], /) -> float | None:
        """The length after which a segment is closed even without a pause, as the session was configured; None: none."""


BUILT_IN: dict[str, Reader] = {"assemblyai": fold_assemblyai, "command": fold_command, "gladia": fold_gladia}


@dataclass(frozen=True, slots=True)
class SessionReader:
    """The reader of one session's provider, for its channel and its parameters."""

    header: Header
    reader: Reader

    def read(self, frames: Iterable[Frame]) -> Reading:
        """See `Reader.read`.

        Raises:
            RunError: The reader of a package does what it must not: it raises.
        """
        try:
            return self.reader.read(frames, self.header.channel)
        except Exception as error:
            raise self._broken(error) from error

    @property
    def longest_segment_ms(self) -> float | None:
        """See `Reader.longest_segment_ms`."""
        try:
            return self.reader.longest_segment_ms(self.header.params)
        except Exception as error:
            raise self._broken(error) from error

    def _broken(self, error: Exception) -> Exception:
        if self.header.provider in BUILT_IN:
            return error  # a defect of ours
        return RunError(
            f"The reader of provider {self.header.provider!r} failed at clip {self.header.clip_id!r}, side {self.header.side!r} "
            f"({type(error).__name__}: {error}). Report it to whoever made that package; what was recorded is kept."
        )


def reader_of(header: Header) -> SessionReader:
    """What reads the frames of the session's provider.

    Raises:
        RunError: No reader for it is installed, or it can't be imported.
    """
    try:
        return SessionReader(header, find_reader(header.provider))
    except RunError as error:
        raise RunError(f"The timeline of clip {header.clip_id!r}, side {header.side!r}: {error}") from None


@lru_cache
def find_reader(provider: str) -> Reader:
    """The reader for a provider's name.

    Raises:
        RunError: There is none, or it can't be imported.
    """
    if provider in BUILT_IN:
        return BUILT_IN[provider]
    found = list(entry_points(group=GROUP, name=provider))
    if not found:
        raise RunError(
            f"no reader is installed for the provider {provider!r}; this version reads {', '.join(sorted(BUILT_IN))}. Install the "
            "package that it came from, or score the run where it was recorded."
        )
    package = found[0].dist.name if found[0].dist else "an unknown package"
    try:
        reader: Reader = found[0].load()
    except Exception as error:
        raise RunError(
            f"the reader of provider {provider!r} from {package} can't be imported ({type(error).__name__}: {error}). "
            "Correct or reinstall that package."
        ) from error
    lacking = [name for name in ("read", "longest_segment_ms") if not callable(getattr(reader, name, None))]
    if lacking:
        raise RunError(f"the reader of provider {provider!r} from {package} lacks {' and '.join(lacking)}.")
    return reader
