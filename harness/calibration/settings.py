"""What one calibration plays: how many pairs at once, for how long, in which chunks, with messages of which size."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from harness.audio.chunking import MAX_CHUNK_MS, MIN_CHUNK_MS
from harness.errors import ConfigError

SHORTEST_MESSAGE_WORDS = 10
LONGEST_MESSAGE_WORDS = 100
LONGEST_S = 3600.0
MOST_PAIRS = 256


@dataclass(frozen=True, slots=True)
class Settings:
    """One calibration.

    Attributes:
        pairs: Pairs at once, and clips: each lane plays one.
        seconds: Length of a clip, before its trailing silence.
        chunk_ms: Audio a message holds.
        message_words: Words of a whole utterance; partials grow up to so many, one word a time.
        workers: Processes of the engine; None leaves it to the configuration.

    Raises:
        ConfigError: A value is impossible.
    """

    pairs: int = 2
    seconds: float = 20.0
    chunk_ms: float = 100.0
    message_words: int = 12
    workers: int | None = None

    def __post_init__(self) -> None:
        for option, value, low, high in (
            ("--pairs", self.pairs, 1, MOST_PAIRS),
            ("--seconds", self.seconds, 1, LONGEST_S),
            ("--chunk-ms", self.chunk_ms, MIN_CHUNK_MS, MAX_CHUNK_MS),
            ("--message-words", self.message_words, SHORTEST_MESSAGE_WORDS, LONGEST_MESSAGE_WORDS),
        ):
            if not low <= value <= high:
                raise ConfigError(
                    f"{option} is {value:g}; allowed are {low:g} to {high:g}. Choose a value between them."
                )

    @property
    def name(self) -> str:
        """A short name for files: `p8-w12-c100`."""
        return f"p{self.pairs}-w{self.message_words}-c{self.chunk_ms:g}"


def grid(
    pairs: Sequence[int],
    chunks_ms: Sequence[float],
    messages_words: Sequence[int],
    *,
    seconds: float,
    workers: int | None = None,
) -> tuple[Settings, ...]:
    """Every combination, the number of pairs varying fastest.

    Raises:
        ConfigError: A value is impossible.
    """
    return tuple(
        Settings(number, seconds, chunk_ms, words, workers)
        for chunk_ms, words, number in product(chunks_ms, messages_words, pairs)
    )
