"""A manifest line without what was said inside some spans of its audio.

Words that a span touches go. A text loses the words that spell it; one that a span covers goes as a whole. Of a text that is cut and
has no words to tell which of it was said inside, the span itself must say what stays: nothing is guessed, and nothing kept on a guess.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from harness.audio.redact import Fill
from harness.corpus.importers.reading import shown
from harness.corpus.recording import ManifestSegment, ManifestWord, Recording
from harness.corpus.redact.lines import Line
from harness.corpus.redact.spans import Span, segment_of, text_of, words_by_segment
from harness.corpus.redact.texts import Remainder, fold, forms, units_gone, without

TAG = "redacted"
RECORD = "redaction"
_KEPT = (
    *(name for name in Recording.model_fields if name != "offset"),
    "entities", "licence", "license", "words_source", "segments_source", "reference_status", RECORD,
)  # fmt: skip
_SEGMENT_KEPT = tuple(ManifestSegment.model_fields)
_WORD_KEPT = (*ManifestWord.model_fields, "confidence")


@dataclass(frozen=True, slots=True)
class Redacted:
    """What became of a line.

    Attributes:
        raw: The new line.
        words: How many words its texts lost.
        secrets: Folded words, and runs of them, that must not be found in it.
        left_out: Keys that it had and that could repeat what was said.
    """

    raw: dict[str, Any]
    words: int
    secrets: frozenset[str]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Left:
    """What is left of a text: `letters` are gone of its folded form, None if that is not known because it was replaced."""

    text: str | None
    letters: frozenset[int] | None = frozenset()
    dropped: bool = False

    def remainder(self, old: str) -> Remainder | None:
        return None if self.letters is None else without(old, self.letters)


def redacted_line(line: Line, spans: Sequence[Span], fill: Fill) -> Redacted | None:
    """Take out what was said inside the spans; None if none of them is on a channel of this line.

    Raises:
        CorpusError: It is unknown what of a text was said inside.
    """
    recording = line.recording
    spans = [span for span in spans if span.channel is None or span.channel in line.channels]
    if not spans:
        return None
    gone = {
        index
        for index, word in enumerate(recording.words)
        if any(span.touches(line.channel_of(word), word.start, word.end) for span in spans)
    }
    parts: list[_Left] = []
    for index, own in enumerate(words_by_segment(line) if recording.segments else []):
        if any(_covers(span, line, recording.segments[index]) for span in spans):
            gone.update(own)
        parts.append(_segment(line, index, own, gone, spans))
    whole = _text(line, parts, gone, spans)
    order = _order(line, parts, spans)
    raw = {key: value for key, value in line.raw.items() if key in _KEPT}
    new = {
        "text": whole.text,
        "segments": [_segment_line(line, index, parts[index], spans) for index in order],
        "words": [_word(word) for index, word in enumerate(line.raw.get("words", ())) if index not in gone],
        "entities": list(_entities(line, parts, order, whole)),
        "tags": [*dict.fromkeys([*recording.tags, TAG])],
        RECORD: [*_earlier(line), *_record(line, spans, fill)],
    }
    raw = {key: new.get(key, value) for key, value in raw.items()} | new
    raw = {key: value for key, value in raw.items() if value is not None and value != []}
    lost = _lost(line, raw, gone)
    return Redacted(raw, len(lost), _secrets(line, lost, gone), tuple(key for key in line.raw if key not in _KEPT))


def _word(word: dict[str, Any]) -> dict[str, Any]:
    """A word that stays; a confidence that is no number could be anything."""
    kept = _picked(word, _WORD_KEPT)
    return (
        kept if isinstance(kept.get("confidence", 0), int | float) else _picked(kept, tuple(ManifestWord.model_fields))
    )


def _earlier(line: Line) -> list[dict[str, Any]]:
    """What the line says of redactions before this one."""
    written = line.raw.get(RECORD, [])
    if not isinstance(written, list) or not all(isinstance(one, dict) for one in written):
        raise line.error(RECORD, f"is {shown(written)}; allowed is a list of JSON objects. Correct or remove it")
    return written


def _covers(span: Span, line: Line, segment: ManifestSegment) -> bool:
    return span.covers(line.channel_of(segment), segment.start, segment.end)


def _segment(line: Line, index: int, own: Sequence[int], gone: set[int], spans: Sequence[Span]) -> _Left:
    segment = line.recording.segments[index]
    touching = [span for span in spans if span.touches(line.channel_of(segment), segment.start, segment.end)]
    if any(_covers(span, line, segment) for span in spans):
        return _Left("", _all(segment.text), dropped=True)
    if segment.text is None:
        return _Left(None, dropped=bool(own) and gone.issuperset(own))
    words = [line.recording.words[place].word for place in own]
    inside = {place for place, word in enumerate(own) if word in gone}
    if not touching and not inside:
        return _Left(segment.text)
    letters = units_gone(words, inside, segment.text)
    if letters is None:
        return _replaced(line, f"segments[{index}].text", touching)
    left = without(segment.text, letters).text if letters else segment.text
    return _Left(left, frozenset(letters), dropped=bool(letters) and not fold(left))


def _all(text: str | None) -> frozenset[int]:
    return frozenset(range(len(fold(text or ""))))


def _replaced(line: Line, field: str, spans: Sequence[Span]) -> _Left:
    """The text that a span gives for what it cuts."""
    given = {span.text for span in spans if span.text is not None}
    if len(given) == 1:
        text = given.pop()
        return _Left(text, None, dropped=not fold(text) and field != "text")
    places = ", ".join(dict.fromkeys(span.place for span in spans)) or line.place
    what = "several texts are given" if given else "its words have no times that say so, or they don't spell it"
    raise line.error(
        field,
        f"is cut by a span ({places}), and it is unknown what of it was said inside: {what}. Give the rest of the text in "
        "the span's `text`, run `harness corpus align`, or widen the span over all of it",
    )


def _text(line: Line, parts: Sequence[_Left], gone: set[int], spans: Sequence[Span]) -> _Left:
    """What is left of the recording's own text; one that has lost all its references says that nobody speaks."""
    recording = line.recording
    old = recording.text
    had = [part.text for part in recording.segments if part.text is not None] or [word.word for word in recording.words]
    if not old:
        silent = old == "" or (bool(had) and not _rest(line, parts, gone))
        return _Left("" if silent else None)
    by_words = units_gone([word.word for word in recording.words], gone, old)
    if by_words is not None:
        return _Left(without(old, by_words).text if by_words else old, frozenset(by_words))
    if recording.segments and "".join(fold(segment.text or "") for segment in recording.segments) == fold(old):
        known = _joined_letters(line, parts)
        return (
            _Left(" ".join(_rest(line, parts, gone)), None)
            if known is None
            else _Left(without(old, known).text if known else old, known)
        )
    if line.info.channels > 1 and recording.channel is None:  # not scored: the segments and words of the channels are
        return _Left(" ".join(_rest(line, parts, gone)), None)
    if any(span.covers(line.channels[0], 0.0, line.info.duration_s) for span in spans):
        return _Left("", _all(old))
    return _replaced(line, "text", [] if recording.segments else spans)


def _rest(line: Line, parts: Sequence[_Left], gone: set[int]) -> list[str]:
    """The texts of the segments that stay, or the words, where only they say what was spoken."""
    if any(segment.text is not None for segment in line.recording.segments):
        return [part.text for part in parts if part.text and not part.dropped]
    return [word.word for index, word in enumerate(line.recording.words) if index not in gone]


def _joined_letters(line: Line, parts: Sequence[_Left]) -> frozenset[int] | None:
    """The letters that are gone from the texts of all segments together; None if not known of one."""
    found: set[int] = set()
    at = 0
    for segment, part in zip(line.recording.segments, parts, strict=True):
        if part.letters is None:
            return None
        found.update(at + letter for letter in part.letters)
        at += len(fold(segment.text or ""))
    return frozenset(found)


def _order(line: Line, parts: Sequence[_Left], spans: Sequence[Span]) -> list[int]:
    """The segments that stay, in time order: one may begin later than before."""
    staying = [index for index, part in enumerate(parts) if not part.dropped]
    return sorted(staying, key=lambda index: _trimmed(line, line.recording.segments[index], spans)[0])


def _trimmed(line: Line, segment: ManifestSegment, spans: Sequence[Span]) -> tuple[float, float]:
    """A segment's start and end outside the spans, if one of them lies over its edge."""
    start_s, end_s = segment.start, segment.end
    for span in sorted(spans, key=lambda span: span.start_s):
        if span.touches(line.channel_of(segment), start_s, start_s):
            start_s = min(span.end_s, end_s)
    for span in sorted(spans, key=lambda span: span.end_s, reverse=True):
        if span.touches(line.channel_of(segment), end_s, end_s):
            end_s = max(span.start_s, start_s)
    return start_s, end_s


def _segment_line(line: Line, index: int, part: _Left, spans: Sequence[Span]) -> dict[str, Any]:
    start_s, end_s = _trimmed(line, line.recording.segments[index], spans)
    kept = _picked(line.raw["segments"][index], _SEGMENT_KEPT) | {"start": start_s, "end": end_s}
    return kept if part.text is None else kept | {"text": part.text}


def _picked(part: dict[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    return {key: value for key, value in part.items() if key in keys}


def _entities(line: Line, parts: Sequence[_Left], order: Sequence[int], whole: _Left) -> Iterator[dict[str, Any]]:
    """Those of which nothing is gone, where they are now."""
    for entity in line.recording.entities:
        segment = segment_of(line, entity)
        left = whole if segment is None else parts[segment]
        remainder = left.remainder(text_of(line, entity))
        if left.dropped or remainder is None:
            continue
        untouched = left.letters == frozenset()
        found = (
            (entity.char_start, entity.char_end) if untouched else remainder.span(entity.char_start, entity.char_end)
        )
        if found is not None:
            place = {} if segment is None else {"segment": order.index(segment)}
            yield place | {"char_start": found[0], "char_end": found[1], "class": entity.entity_class}


def _record(line: Line, spans: Sequence[Span], fill: Fill) -> Iterator[dict[str, Any]]:
    """What was done, and nothing of what was said."""
    for span in sorted(spans, key=lambda span: (span.start_s, span.end_s)):
        start_s, end_s = max(0.0, span.start_s - span.margin_s), min(line.info.duration_s, span.end_s + span.margin_s)
        about = {"start": round(start_s, 6), "end": round(end_s, 6), "with": fill}
        optional = {"channel": span.channel, "label": span.label}
        yield about | {key: value for key, value in optional.items() if value is not None}


def _tokens(raw: dict[str, Any]) -> list[str]:
    texts = [raw.get("text"), *(segment.get("text") for segment in raw.get("segments", ()))]
    return [token for text in texts if text for token in text.split()]


def _lost(line: Line, raw: dict[str, Any], gone: Iterable[int]) -> list[str]:
    """The words that went, by their times or, where there are none, by what the texts don't hold any more."""
    timed = [line.recording.words[index].word for index in sorted(gone)]
    left = frozenset(_tokens(raw))
    return timed or [token for token in dict.fromkeys(_tokens(line.raw)) if token not in left]


def _secrets(line: Line, lost: Sequence[str], gone: Iterable[int]) -> frozenset[str]:
    """Each word that went, and those that followed each other as one: a file name may spell `5550199`."""
    runs: list[str] = []
    last = None
    for index in sorted(gone):
        word = fold(line.recording.words[index].word)
        runs = [*runs[:-1], runs[-1] + word] if last == index - 1 and runs else [*runs, word]
        last = index
    return frozenset(form for word in lost for form in forms(word)) | frozenset(runs or [fold("".join(lost))]) - {""}
