"""From recordings to clips: one per channel, with the reference utterances that metrics need.

Best source first, and `Clip.time_source` says which it was:

- segments: each is an utterance, from the first to the last of the words inside it where words exist ("words"), else
  from its own start to its own end ("segments");
- words but no segments: one utterance of the whole text, from the first word to the last ("words");
- neither: the speech that a voice activity detector finds ("vad"): one utterance from the first onset to the last end
  if there is a text, one text-less utterance per span if there is none;
- nothing found: one utterance over the whole clip if there is a text, else none ("none").
"""

import bisect
from collections.abc import Sequence
from dataclasses import replace
from sys import intern

from harness.audio.read import AudioInfo
from harness.corpus.model import Clip, Entity, ReferenceWord, TimeSource, Utterance
from harness.corpus.recording import ManifestSegment, ManifestWord, Recording

TOLERANCE_S = 0.05  # by which reference times may exceed the audio: manifests round
DURATION_TOLERANCE_S = 0.5
_ROUNDING_S = 0.02  # by which a length that was written down may be off
_RATES_HZ = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 96000)


def mismatches(recording: Recording, info: AudioInfo) -> list[tuple[str, str]]:
    """What in a recording contradicts its audio file: pairs of field and message; empty if nothing does."""
    found: list[tuple[str, str]] = []
    if recording.duration is not None and abs(recording.duration - info.duration_s) > DURATION_TOLERANCE_S:
        message = (
            f"is {recording.duration} s but the file has {info.duration_s:.3f} s; allowed is a difference of "
            f"{DURATION_TOLERANCE_S} s. {_why_as_long(recording.duration, info)}"
        )
        found.append(("duration", message))
    if recording.channel is not None and recording.channel >= info.channels:
        found.append(("channel", _no_such_channel(recording.channel, info)))
    references: dict[str, Sequence[ManifestSegment | ManifestWord]]
    references = {"segments": recording.segments, "words": recording.words}
    for field, spans in references.items():
        found += [
            (f"{field}[{index}].{key}", message)
            for index, span in enumerate(spans)
            if span.end > info.duration_s or span.channel is not None  # nothing else can be wrong
            for key, message in _span_mismatches(span, recording, info)
        ]
    if info.channels > 1 and recording.channel is None:
        found += _unattributed(recording, info)
    return found


def _why_as_long(duration_s: float, info: AudioInfo) -> str:
    """What may be wrong with a file that is not as long as its line says: a length that fits another rate tells."""
    fitting = (rate for rate in _RATES_HZ if abs(info.frames / rate - duration_s) <= _ROUNDING_S)
    if rate_hz := next(fitting, None):
        return (
            f"The file's header says {info.sample_rate_hz} Hz; at {rate_hz} Hz it would be as long as that. Correct the rate in the "
            "header if it is wrong; else the file is truncated, or another one is meant"
        )
    return "The file is truncated, or another one is meant"


def _span_mismatches(
    span: ManifestSegment | ManifestWord, recording: Recording, info: AudioInfo
) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if span.end > info.duration_s + TOLERANCE_S:
        found.append(("end", f"is {span.end} s but the audio ends at {info.duration_s:.3f} s"))
    if span.channel is not None and span.channel >= info.channels:
        found.append(("channel", _no_such_channel(span.channel, info)))
    if None not in {span.channel, recording.channel} and span.channel != recording.channel:
        found.append(("channel", f"is {span.channel} but the recording is channel {recording.channel} of its file"))
    return found


def _no_such_channel(channel: int, info: AudioInfo) -> str:
    return f"is {channel}; allowed are 0 to {info.channels - 1}, the channels of the file"


def _unattributed(recording: Recording, info: AudioInfo) -> list[tuple[str, str]]:
    """References of a multi-channel file must say whose they are."""
    remedy = f"the file has {info.channels} channels; give each of them a `channel`, or the recording one"
    for field, spans in (("segments", recording.segments), ("words", recording.words)):
        if any(span.channel is None for span in spans):
            return [(field, f"some have no `channel`, but {remedy}")]
    if recording.text and not recording.segments and not recording.words:
        message = (
            f"{_shown(recording.text)} could be on any channel of the {info.channels} in the file. If one person speaks, "
            "mix them to one (`ffmpeg -i IN -ac 1 OUT.wav`) or name that one (`channel`); else say who said what by "
            "`segments` or `words` with a `channel`"
        )
        return [("text", message)]
    return []


def _shown(text: str, limit: int = 40) -> str:
    return repr(text if len(text) <= limit else f"{text[:limit]}...")


def clips_of(recording: Recording, info: AudioInfo) -> tuple[Clip, ...]:
    """The clips of a recording without `mismatches`: one per channel, or the one channel the recording names.

    `audio_sha256` is still empty, and a clip without reference times has no utterances yet; `with_activity` adds them.
    """
    if info.channels == 1 or recording.channel is not None:
        channel = recording.channel or 0
        everything = range(len(recording.segments))
        return (_clip(recording, info, recording.id, channel, numbers=everything, words=recording.words),)
    return tuple(
        _clip(
            recording,
            info,
            f"{recording.id}.ch{channel}",
            channel,
            numbers=[index for index, segment in enumerate(recording.segments) if segment.channel == channel],
            words=tuple(word for word in recording.words if word.channel == channel),
        )
        for channel in range(info.channels)
    )


def _clip(
    recording: Recording,
    info: AudioInfo,
    clip_id: str,
    channel: int,
    *,
    numbers: Sequence[int],
    words: Sequence[ManifestWord],
) -> Clip:
    """The clip of the recording's segments with these numbers."""
    segments = [recording.segments[number] for number in numbers]
    text = _text(recording, info, segments, words)
    utterances, time_source, order = _utterances(text, segments, words)
    speakers = {utterance.speaker for utterance in utterances}
    return Clip(
        clip_id=clip_id,
        recording_id=recording.id,
        call_id=recording.call_id or recording.id,
        audio_filepath=recording.audio_filepath,
        channel=channel,
        channels=info.channels,
        duration_s=info.duration_s,
        sample_rate_hz=info.sample_rate_hz,
        language=recording.language and intern(recording.language),
        speaker=speakers.pop() if len(speakers) == 1 and None not in speakers else recording.speaker,
        tags=tuple(dict.fromkeys(intern(tag) for tag in recording.tags)),
        text=text,
        utterances=utterances,
        time_source=time_source,
        audio_sha256="",
        copy_audio=recording.copy_audio,
        entities=_entities(recording, [numbers[position] for position in order]),
    )


def _entities(recording: Recording, segment_of: Sequence[int]) -> tuple[Entity, ...]:
    """The entities of the utterances that are made of these segments; without a segment they are of the only utterance."""
    utterance_of = {segment: utterance for utterance, segment in enumerate(segment_of)}
    return tuple(
        Entity(
            utterance_of[entity.segment] if entity.segment is not None and recording.segments else 0,
            entity.char_start,
            entity.char_end,
            intern(entity.entity_class),
        )
        for entity in recording.entities
        if entity.segment is None or not recording.segments or entity.segment in utterance_of
    )


def _text(
    recording: Recording, info: AudioInfo, segments: Sequence[ManifestSegment], words: Sequence[ManifestWord]
) -> str | None:
    """The clip's reference: the recording's own, unless that covers several channels; "" if nobody speaks here."""
    if recording.text is not None and (info.channels == 1 or recording.channel is not None):
        return recording.text
    texts = [segment.text for segment in segments if segment.text is not None]
    if texts:
        return " ".join(texts)
    if words:
        return " ".join(word.word for word in words)
    annotated = any(segment.text is not None for segment in recording.segments) or recording.words
    return "" if annotated or recording.text == "" else None


def _utterances(
    text: str | None, segments: Sequence[ManifestSegment], words: Sequence[ManifestWord]
) -> tuple[tuple[Utterance, ...], TimeSource, Sequence[int]]:
    """Utterances in time order, where their times come from, and the segment that each was made of, if each was of one."""
    spoken = tuple(ReferenceWord(intern(word.word), word.start, word.end) for word in words)
    if segments:
        inside = _words_by_segment(segments, spoken)
        if text and all(segment.text is None and not own for segment, own in zip(segments, inside, strict=True)):
            end_s = max(segment.end for segment in segments)
            return (Utterance(text, segments[0].start, end_s, speaker=segments[0].speaker),), "segments", ()
        found = [_utterance(segment, own) for segment, own in zip(segments, inside, strict=True)]
        order = sorted(range(len(found)), key=lambda index: (found[index].start_s, found[index].end_s))
        return tuple(found[index] for index in order), "words" if all(inside) else "segments", order
    if spoken:
        return (_spanning(text, spoken),), "words", ()
    return (), "none", ()


def _utterance(segment: ManifestSegment, words: tuple[ReferenceWord, ...]) -> Utterance:
    text = segment.text
    if text is None and words:
        text = " ".join(word.text for word in words)
    start_s = words[0].start_s if words else segment.start
    end_s = max(word.end_s for word in words) if words else segment.end
    return Utterance(text, start_s, end_s, segment.turn_id, segment.speaker, words)


def _spanning(text: str | None, words: tuple[ReferenceWord, ...]) -> Utterance:
    return Utterance(text, words[0].start_s, max(word.end_s for word in words), words=words)


def _words_by_segment(
    segments: Sequence[ManifestSegment], words: Sequence[ReferenceWord]
) -> list[tuple[ReferenceWord, ...]]:
    spans = [(word.start_s, word.end_s) for word in words]
    return [tuple(words[index] for index in own) for own in by_segment(segments, spans)]


def by_segment(segments: Sequence[ManifestSegment], spans: Sequence[tuple[float, float]]) -> list[list[int]]:
    """For each segment of a channel the indices of its words: one goes where its middle lies, or to the nearest.

    Args:
        segments: In time order; their edges are rough.
        spans: Start and end of each word, in seconds.
    """
    if len(segments) == 1:
        return [list(range(len(spans)))]
    starts = [segment.start for segment in segments]
    inside: list[list[int]] = [[] for _ in segments]
    for index, (start_s, end_s) in enumerate(spans):
        middle_s = (start_s + end_s) / 2
        after = bisect.bisect_right(starts, middle_s)
        candidates = range(max(0, after - 1), min(after + 1, len(segments)))
        inside[min(candidates, key=lambda segment: _distance_s(segments[segment], middle_s))].append(index)
    return inside


def _distance_s(segment: ManifestSegment, at_s: float) -> float:
    return max(segment.start - at_s, at_s - segment.end, 0.0)


def needs_activity(clip: Clip) -> bool:
    """Whether speech must be looked for in a clip: it has no reference times, and isn't known to be silent."""
    return clip.time_source == "none" and clip.text != ""


def with_activity(clip: Clip, spans: Sequence[tuple[float, float]]) -> Clip:
    """Give a clip without reference times those of the speech found in it (seconds, in order)."""
    if not spans:
        whole = (Utterance(clip.text, 0.0, clip.duration_s),) if clip.text else ()
        return replace(clip, utterances=whole)
    if clip.text:
        return replace(clip, utterances=(Utterance(clip.text, spans[0][0], spans[-1][1]),), time_source="vad")
    return replace(clip, utterances=tuple(Utterance(None, start, end) for start, end in spans), time_source="vad")
