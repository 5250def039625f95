"""What an AssemblyAI session tells beside its turns: when partials are due, silence, heartbeats, better speaker labels."""

from harness.emulators.assemblyai_messages import ShownWord, heartbeat, revised_turn, silence, speaker_revision
from harness.emulators.connection import Send
from harness.emulators.recognition import EndpointRules, Hypothesis

_SILENCE_MS = 1000
_UNSURE_SPEAKER_MS = 1000
UNKNOWN_SPEAKER = "UNKNOWN"


class PartialCadence:
    """Which partials a U3 model shows: an early one, one at each pause, and one every few seconds if that is wanted."""

    def __init__(self) -> None:
        self._onset_ms = 0
        self._shown_ms: int | None = None

    def start(self, onset_ms: int) -> None:
        """A turn begins."""
        self._onset_ms, self._shown_ms = onset_ms, None

    def due(self, partial: Hypothesis, rules: EndpointRules) -> bool:
        """True if this partial is to be shown."""
        since_ms = partial.at_ms - (self._onset_ms if self._shown_ms is None else self._shown_ms)
        wait_ms = rules.first_partial_ms if self._shown_ms is None else rules.partial_every_ms
        if not partial.at_pause and (wait_ms is None or since_ms < wait_ms):
            return False
        self._shown_ms = partial.at_ms
        return True


class SilenceReport:
    """Tells once a second of audio that nothing was said; ranges of one silence touch, and none overlaps speech."""

    def __init__(self) -> None:
        self._from_ms = 0
        self._speaking = False

    def speech_started(self, onset_ms: int, *, wanted: bool) -> list[Send]:
        """Speech began at an audio position: the silence before it is over."""
        self._speaking = True
        return self._until(onset_ms) if wanted and onset_ms > self._from_ms else []

    def speech_ended(self, end_ms: int) -> None:
        """The speaker is silent from here."""
        self._speaking = False
        self._from_ms = max(self._from_ms, end_ms)

    def reached(self, audio_ms: float, *, wanted: bool) -> list[Send]:
        """So much audio was listened to."""
        if not wanted:
            self._from_ms = max(self._from_ms, int(audio_ms))
            return []
        return self._until(int(audio_ms)) if not self._speaking and audio_ms - self._from_ms >= _SILENCE_MS else []

    def _until(self, end_ms: int) -> list[Send]:
        start_ms, self._from_ms = self._from_ms, end_ms
        return [Send(silence(start_ms, end_ms))]


class Heartbeats:
    """One every `period_s` of the session's clock, while they are wanted."""

    def __init__(self, period_s: float) -> None:
        self._period_s = period_s
        self._last_s = 0.0
        self._probability = 0.0
        self._speaking = 0.0

    def heard(self, probability: float) -> None:
        """Speech is this probable from now on; 0 at its end."""
        self._speaking = probability
        self._probability = max(self._probability, probability)

    def due(self, audio_ms: float, now_s: float, *, wanted: bool) -> list[Send]:
        """The heartbeat, if it is time for one."""
        if now_s < self._last_s + self._period_s:
            return []
        self._last_s = now_s
        message = heartbeat(audio_ms, now_s, self._probability)
        self._probability = self._speaking
        return [Send(message)] if wanted else []


class SpeakerLabels:
    """Labels turns, those under a second as unknown until a revision knows better."""

    def __init__(self, revision_interval_ms: int | None) -> None:
        self._interval_ms = revision_interval_ms
        self._revised_ms = 0.0
        self._unknown: dict[int, tuple[str, tuple[ShownWord, ...]]] = {}

    def label(self, order: int, words: tuple[ShownWord, ...], speaker: str, *, end: bool) -> str:
        """The label of a turn spoken by `speaker`."""
        spoken_ms = words[-1].word.end_ms - words[0].word.start_ms if words else 0
        if spoken_ms >= _UNSURE_SPEAKER_MS:
            return speaker
        if end:
            self._unknown[order] = speaker, words
        return UNKNOWN_SPEAKER

    def reached(self, audio_ms: float) -> list[Send]:
        """The revision that is due after so much audio, if there is something to revise."""
        if self._interval_ms is None or audio_ms < self._revised_ms + self._interval_ms:
            return []
        self._revised_ms = audio_ms
        return self.revise()

    def revise(self) -> list[Send]:
        """The labels of earlier turns that were unknown."""
        if not self._unknown:
            return []
        revisions = [
            revised_turn(order, speaker, tuple(ShownWord(shown.word, final=True, speaker=speaker) for shown in words))
            for order, (speaker, words) in self._unknown.items()
        ]
        self._unknown.clear()
        return [Send(speaker_revision(revisions))]
