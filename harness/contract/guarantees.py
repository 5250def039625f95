"""What a handler may rely on: one line each, with what its author has to do if the candidate does otherwise.

`DONE` is seen in what sessions, segments and messages do, `FIELDS` in what messages carry, `MEASURED` in figures of sessions. Advice
is written for code that moves from AssemblyAI streaming v3 to Gladia live v2; in another direction it is not shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Group = Literal["Session", "Order and finals", "Texts", "Words", "Breaches"]
GROUPS: tuple[Group, ...] = ("Session", "Order and finals", "Texts", "Words", "Breaches")


@dataclass(frozen=True, slots=True)
class Guarantee:
    """Something that a service does in one of several ways.

    Attributes:
        name: Of the row in `summary.json`; for `DONE` the aspect of conduct.
        group: Where it is listed.
        title: For people.
        unit: What is counted, in the plural.
        meaning: What it is, and why a handler cares.
        advice: What to do if the candidate does otherwise.
        breaks: Whether code that is not changed then misbehaves.
        names_messages: Whether the ways are told by the names of messages.
        harmless: The way that asks nothing of a handler, whether it was seen before or not.
    """

    name: str
    group: Group
    title: str
    unit: str
    meaning: str
    advice: str
    breaks: bool = False
    names_messages: bool = False
    harmless: str | None = None


@dataclass(frozen=True, slots=True)
class FieldGuarantee:
    """Something that a message tells, and where each service tells it.

    Attributes:
        name: Of the row in `summary.json`.
        group: Where it is listed.
        title: For people.
        paths: By provider, the fields that tell it, the most natural one first: `<type>.<path>`.
        units: By provider, the unit of its numbers.
        meaning: What it tells.
        advice: What to do if it is missing or told in another form; what is only named otherwise needs none.
        breaks: Whether code that is not changed then misbehaves.
    """

    name: str
    group: Group
    title: str
    paths: Mapping[str, tuple[str, ...]]
    meaning: str
    advice: str
    units: Mapping[str, str] = field(default_factory=dict)
    breaks: bool = True


DONE: tuple[Guarantee, ...] = (
    Guarantee(
        "ready",
        "Session",
        "Ready for audio",
        "sessions",
        "What tells the client that audio may be sent.",
        "Send from `connected` on, or after `wait_until_ready()`. `started` is only the answer to the POST: there is no socket yet.",
        breaks=True,
        names_messages=True,
    ),
    Guarantee(
        "voice activity",
        "Session",
        "Voice activity",
        "sessions",
        "Whether the service signals that speech begins or ends, apart from texts.",
        "Take barge-in from `speech_start`; `speech_end` is new. Test `type` before any other field, for neither carries a text.",
    ),
    Guarantee(
        "after the stop",
        "Session",
        "Texts after the stop command",
        "sessions",
        "Whether text arrives after the client asked the service to stop.",
        "Keep the handlers attached until the session has ended, or the last words are lost.",
    ),
    Guarantee(
        "goodbye",
        "Session",
        "Last message of a session",
        "sessions",
        "The message that tells that all is said.",
        "Call `stop_recording()` and wait for `ended`: without it the service never finalises what is open.",
        breaks=True,
        names_messages=True,
    ),
    Guarantee(
        "close code",
        "Session",
        "Close code",
        "sessions",
        "With which code the socket closed; 1000 is in order.",
        "Read the reason in the `ended` event: it carries code and reason, where errors came as `Error` before.",
    ),
    Guarantee(
        "finals of a segment",
        "Order and finals",
        "Finals of a segment",
        "segments",
        "Which finals one turn or utterance gets. With formatting as a second step the same turn is final twice.",
        "Take the one final as it comes. Code that waits for a second, formatted final waits for ever.",
        breaks=True,
    ),
    Guarantee(
        "order of segments",
        "Order and finals",
        "One segment at a time",
        "segments",
        "Whether a segment begins only when the one before it is final.",
        "Keep one buffer an utterance id: a single buffer for the turn at hand mixes two utterances.",
        breaks=True,
        harmless="begins when the last is final",
    ),
    Guarantee(
        "empty texts",
        "Texts",
        "Empty texts",
        "messages with text",
        "Whether messages come that ought to hold a text, and hold none.",
        "Skip empty texts, and do not take them for the end of a turn.",
        breaks=True,
        harmless="with text",
    ),
    Guarantee(
        "space around texts",
        "Texts",
        "Space around texts",
        "messages with text",
        "Whether a text begins or ends with a space.",
        "Trim each text before comparing or joining it.",
        breaks=True,
        harmless="none",
    ),
    Guarantee(
        "text of partials",
        "Texts",
        "What a partial's text holds",
        "partials",
        "Whether the text of a partial holds all words shown so far, or only those that are final already.",
        "Replace what was shown by each new partial; appending repeats words.",
        breaks=True,
    ),
    Guarantee(
        "form of partials",
        "Texts",
        "Written form of partials",
        "partials",
        "Whether partials carry capitals or punctuation.",
        "Compare texts only after normalising them: the same words may be written otherwise.",
    ),
    Guarantee(
        "form of finals",
        "Texts",
        "Written form of finals",
        "finals",
        "Whether finals carry capitals or punctuation.",
        "Compare texts only after normalising them: the same words may be written otherwise.",
    ),
    Guarantee(
        "language tag",
        "Texts",
        "Language tag",
        "messages with text",
        "The language that a message with text names.",
        "The language stands at `utterance.language`, without a confidence.",
    ),
    Guarantee(
        "word times",
        "Words",
        "Order of word times",
        "finals with words",
        "Whether the words of a final follow each other in time.",
        "Do not search words by time: sort them first, and expect overlaps.",
        breaks=True,
        harmless="in order",
    ),
    Guarantee(
        "words within the audio",
        "Words",
        "Word times within the audio",
        "finals with words",
        "Whether the last word of a final ends before the audio does that was sent.",
        "Cut word times to the length of the audio before you seek by them.",
        breaks=True,
        harmless="within",
    ),
)

_TRANSCRIPT = "transcript.data.utterance"

FIELDS: tuple[FieldGuarantee, ...] = (
    FieldGuarantee(
        "session_id", "Session", "Id of the session",
        {"assemblyai": ("Begin.id",), "gladia": ("transcript.session_id", "audio_chunk.session_id")},
        "What the service calls the session.",
        "Take the id from the answer to the POST.",
    ),
    FieldGuarantee(
        "expires_at", "Session", "When the session expires",
        {"assemblyai": ("Begin.expires_at",)},
        "Until when the session may last, in Unix seconds.",
        "Keep a limit of your own: no message tells one.",
    ),
    FieldGuarantee(
        "speech_onset", "Session", "Time of speech onset",
        {"assemblyai": ("SpeechStarted.timestamp",), "gladia": ("speech_start.data.time",)},
        "Where in the audio speech began.",
        "Multiply by 1,000: seconds, where milliseconds came before.",
        {"assemblyai": "ms", "gladia": "s"},
    ),
    FieldGuarantee(
        "audio_duration", "Session", "Duration of the audio",
        {
            "assemblyai": ("Termination.audio_duration_seconds",),
            "gladia": (
                "post_final_transcript.data.metadata.audio_duration",
                "end_recording.data.recording_duration",
                "stop_recording.data.recording_duration",
            ),
        },
        "How much audio the service says it has had.",
        "Switch on lifecycle or post-processing events, or count what you send.",
        {"assemblyai": "s", "gladia": "s"},
    ),
    FieldGuarantee(
        "session_duration", "Session", "Duration of the session",
        {"assemblyai": ("Termination.session_duration_seconds",)},
        "How long the socket was open, which is what is billed.",
        "Measure it yourself. What is billed is audio times channels.",
        {"assemblyai": "s"},
    ),
    FieldGuarantee(
        "segment_key", "Order and finals", "Key of a segment",
        {"assemblyai": ("Turn.turn_order",), "gladia": ("transcript.data.id",)},
        "What partials and final of one segment share.",
        "Key by the id as text. It is no number: do not sort or count by it.",
    ),
    FieldGuarantee(
        "is_final", "Order and finals", "Mark of a final",
        {"assemblyai": ("Turn.end_of_turn",), "gladia": ("transcript.data.is_final",)},
        "What tells a final from a partial.",
        "Test `data.is_final`, and that only of messages of type `transcript`.",
    ),
    FieldGuarantee(
        "is_formatted", "Order and finals", "Mark of the formatted final",
        {"assemblyai": ("Turn.turn_is_formatted",)},
        "What tells a formatted final from an unformatted one.",
        "Drop the test: every final is formatted, and none says so.",
    ),
    FieldGuarantee(
        "end_of_turn_confidence", "Order and finals", "Confidence of the end of a turn",
        {"assemblyai": ("Turn.end_of_turn_confidence",)},
        "How sure the service is that the speaker has finished.",
        "Decide by silence: there is no such confidence, and `endpointing` knows nothing but a pause.",
    ),
    FieldGuarantee(
        "text", "Texts", "Text",
        {"assemblyai": ("Turn.transcript",), "gladia": (f"{_TRANSCRIPT}.text",)},
        "The text of a message.",
        "Read `data.utterance.text`.",
    ),
    FieldGuarantee(
        "eager_text", "Texts", "Text before the end of a turn",
        {"assemblyai": ("Turn.utterance",)},
        "Text that is complete before its turn is. It is on the wire, and hidden by the Python SDK.",
        "Nothing replaces it; the nearest is an early final from a short `endpointing`.",
        breaks=False,
    ),
    FieldGuarantee(
        "language_confidence", "Texts", "Confidence of the language",
        {"assemblyai": ("Turn.language_confidence",)},
        "How sure the service is of the language.",
        "Decide without it.",
    ),
    FieldGuarantee(
        "speaker", "Texts", "Speaker",
        {"assemblyai": ("Turn.speaker_label",), "gladia": (f"{_TRANSCRIPT}.speaker",)},
        "Who spoke, as far as the service can tell.",
        "Send each speaker as a channel of their own, if speakers matter.",
    ),
    FieldGuarantee(
        "word_text", "Words", "Text of a word",
        {"assemblyai": ("Turn.words[].text",), "gladia": (f"{_TRANSCRIPT}.words[].word",)},
        "The word itself.",
        "Read `word`, trimmed.",
    ),
    FieldGuarantee(
        "word_start", "Words", "Start of a word",
        {"assemblyai": ("Turn.words[].start",), "gladia": (f"{_TRANSCRIPT}.words[].start",)},
        "Where a word begins in the audio, by the service's own estimate.",
        "Multiply by 1,000 and round: decimal seconds, where whole milliseconds came before.",
        {"assemblyai": "ms", "gladia": "s"},
    ),
    FieldGuarantee(
        "word_end", "Words", "End of a word",
        {"assemblyai": ("Turn.words[].end",), "gladia": (f"{_TRANSCRIPT}.words[].end",)},
        "Where a word ends in the audio, by the service's own estimate.",
        "Multiply by 1,000 and round: decimal seconds, where whole milliseconds came before.",
        {"assemblyai": "ms", "gladia": "s"},
    ),
    FieldGuarantee(
        "word_confidence", "Words", "Confidence of a word",
        {"assemblyai": ("Turn.words[].confidence",), "gladia": (f"{_TRANSCRIPT}.words[].confidence",)},
        "How sure the service is of a word.",
        "Set thresholds anew: the scales of two services are not the same.",
    ),
    FieldGuarantee(
        "word_is_final", "Words", "Mark of a settled word",
        {"assemblyai": ("Turn.words[].word_is_final",)},
        "Which words of a partial will not change any more.",
        "Take no word of a partial for settled before its final.",
    ),
)  # fmt: skip

BREACHES: Mapping[str, str] = {
    "post_final_mutation": "Do not act on a final twice: it may still change. Tell the service's support of it.",
    "duplicate_final": "Act once on each segment key, and take the text of its last final.",
    "empty_final": "Skip finals without text.",
    "missing_end_of_turn": "Close a segment yourself when the next one begins.",
    "turn_order_gap": "Do not count segments by their number.",
    "final_after_close": "Ignore what comes after the goodbye, or keep listening until the socket closes.",
    "text_words_mismatch": "Take text or words, not both: they disagree.",
    "bad_word_time": "Check that a word starts before it ends.",
    "rekeyed_segment": "Drop a partial whose span a final with another key covers.",
    "vanished_segment": "Clear partials that no final follows, when the next final comes.",
    "unknown_event": "Ignore types you do not know.",
}
"""What to do about each kind of breach, whoever makes it."""
BREACHES_OF_PROGRAM: Mapping[str, str] = {
    "post_final_mutation": 'Say `final` of a text that stays; if a formatted one follows, `"formatted": false` with the first.',
    "duplicate_final": 'Say `final` once a segment; if a formatted one follows, `"formatted": false` with the first.',
}
"""The same for a program of the user's, where there is something better to do."""

NEW_MESSAGES = Guarantee(
    "new messages",
    "Session",
    "Messages the handler has never seen",
    "messages",
    "Types that the candidate sent and the baseline did not, apart from those that carry text.",
    "Test `type` first and ignore types you do not know. Code that reads `is_final` of each message fails at the first of these.",
    breaks=True,
)
LOST_MESSAGES = Guarantee(
    "lost messages",
    "Session",
    "Messages that no longer come",
    "messages",
    "Types that the baseline sent and the candidate did not, apart from those whose fields are lines of their own.",
    "Remove what waits for them.",
    breaks=True,
)
START = Guarantee(
    "session_init_ms",
    "Session",
    "From dialling to ready",
    "sessions",
    "Median over sessions, and of its parts: the POST that creates a session, and the opening of the socket.",
    "If starting is on the critical path, create the session before it is needed.",
)
SEGMENTS = Guarantee(
    "segments per turn",
    "Order and finals",
    "Segments of a turn",
    "turns",
    "How many turns or utterances the service made of each turn of the reference, where both sessions succeeded.",
    "Join the utterances of a turn yourself, or raise `endpointing`: one final is no longer one turn.",
)
PARTIALS = Guarantee(
    "partials per segment",
    "Order and finals",
    "Partials of a segment",
    "segments",
    "How often a segment's text is shown before it is final.",
    "Check what redraws on each partial, and what counts them.",
)
