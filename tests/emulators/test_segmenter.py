import asyncio

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.emulators.recogniser import Decoded, Priority
from harness.emulators.recognition import EndpointRules, Final, Hypothesis, SpeechEnd, SpeechStart
from harness.emulators.segmenter import Segmenter

UNIVERSAL = EndpointRules(vad_threshold=0.4, min_silence_ms=400, max_silence_ms=1280, confidence_threshold=0.4)


NOISE = np.float32(0.001)  # heard as speech, but no word


class LoudnessDetector:
    """Speech is whatever isn't silent, and noise a little less."""

    def probability(self, frame):
        loudness = np.abs(frame).max()
        return 0.9 if loudness == NOISE else float(loudness > 0)


def audio(*parts):
    """Samples of (milliseconds, amplitude) parts; an amplitude of 0.25 is heard as "w25"."""
    return np.concatenate([np.full(ms * 16, level, np.float32) for ms, level in parts])


def spoken(samples):
    """The text a fake decoder hears: one word for each level, closed by a full stop if the last level is negative."""
    levels = [level for level in np.unique(samples) if abs(level) > NOISE]
    return " ".join(f"w{abs(level) * 100:.0f}" for level in levels) + (
        "." if any(level < 0 for level in levels) else ""
    )


def segment(samples, rules=UNIVERSAL, pieces=1, *, partials=False, overtaken=False, after=None):
    """All events of the samples pushed in equal pieces; every hypothesis can be `overtaken` before it is decoded."""
    events, decodes = [], []

    async def decode(samples, priority, key):
        decodes.append(priority)
        if overtaken and priority is Priority.PARTIAL:
            return None
        return Decoded(spoken(samples), 0.9, 0.0)

    async def run():
        segmenter = Segmenter(0, LoudnessDetector(), decode, rules, events.append, partials=partials)
        for piece in np.array_split(samples, pieces):
            await segmenter.push(piece)
            await asyncio.sleep(0)
        if after:
            await after(segmenter)
        await segmenter.finish()

    asyncio.run(run())
    return events, decodes


def finals(samples, rules=UNIVERSAL, **kwargs):
    events, _ = segment(samples, rules, **kwargs)
    return [(event.text, event.closed_by, event.at_ms) for event in events if isinstance(event, Final)]


FRAME_MS = 32
SPEECH_MS = 30 * FRAME_MS


def test_a_complete_sentence_ends_at_the_short_silence():
    """With terminal punctuation the turn ends in the frame in which `min_silence_ms` is reached."""
    assert finals(audio((SPEECH_MS, -0.25), (2000, 0))) == [("w25.", "semantic", SPEECH_MS + 416)]


def test_an_incomplete_sentence_ends_at_the_long_silence():
    """Without terminal punctuation the turn waits for `max_silence_ms`."""
    assert finals(audio((SPEECH_MS, 0.25), (2000, 0))) == [("w25", "silence", SPEECH_MS + 1280)]


def test_threshold_one_means_silence_only_and_zero_means_the_short_silence():
    """The limits of the threshold take the text out of the decision."""
    sentence, fragment = audio((SPEECH_MS, -0.25), (2000, 0)), audio((SPEECH_MS, 0.25), (2000, 0))
    one = EndpointRules(0.4, 400, 1280, confidence_threshold=1.0)
    zero = EndpointRules(0.4, 400, 1280, confidence_threshold=0.0)
    assert finals(sentence, one) == [("w25.", "silence", SPEECH_MS + 1280)]
    assert finals(fragment, zero) == [("w25", "semantic", SPEECH_MS + 416)]


def test_a_pause_within_a_turn_shows_it_and_goes_on():
    """An incomplete turn is shown once at the pause, and the words after the pause belong to it."""
    events, decodes = segment(audio((SPEECH_MS, 0.25), (640, 0), (SPEECH_MS, -0.5), (1000, 0)))
    shown = [event.text for event in events if isinstance(event, Hypothesis)]
    assert shown == ["w25"]
    assert [event.text for event in events if isinstance(event, Final)] == ["w50 w25."]
    assert decodes == [Priority.REQUIRED] * 2


def test_a_click_is_no_speech():
    """What lasts less than 80 ms opens no turn."""
    assert segment(audio((320, 0), (64, 0.5), (640, 0))) == ([], [])


def test_a_sound_without_words_opens_a_turn_and_says_nothing():
    """Neither at its pause nor at its end; what is said next is a turn of its own."""
    events, _ = segment(audio((SPEECH_MS, NOISE), (2000, 0), (SPEECH_MS, -0.25), (2000, 0)))
    assert [type(event) for event in events] == [SpeechStart, SpeechEnd, SpeechStart, SpeechEnd, Final]
    assert (events[-1].text, events[-1].segment) == ("w25.", 1)


def test_speech_events_surround_the_text():
    """Start comes before the text, end after the last audio and before the final."""
    events, _ = segment(audio((320, 0), (SPEECH_MS, -0.25), (1000, 0)))
    start, end, final = events
    assert (SpeechStart, 320) == (type(start), start.onset_ms)
    assert (SpeechEnd, 320 + SPEECH_MS) == (type(end), end.end_ms)
    assert (final.start_ms, final.end_ms) == (320, 320 + SPEECH_MS)


def test_a_pause_longer_than_endpointing_splits_and_a_shorter_one_does_not():
    """Endpointing by silence alone, exact to one frame."""
    rules = EndpointRules(0.5, 320, 320)
    assert len(finals(audio((SPEECH_MS, 0.25), (384, 0), (SPEECH_MS, 0.5), (640, 0)), rules)) == 2
    assert len(finals(audio((SPEECH_MS, 0.25), (256, 0), (SPEECH_MS, 0.5), (640, 0)), rules)) == 1


def test_long_speech_is_split_at_the_cap():
    """Parts of at most `max_segment_ms`, without loss between them."""
    rules = EndpointRules(0.5, 500, 500, max_segment_ms=2016)
    events, _ = segment(audio((6048, 0.25), (1000, 0)), rules)
    spans = [(event.start_ms, event.end_ms, event.closed_by) for event in events if isinstance(event, Final)]
    assert spans == [(0, 2016, "split"), (2016, 4032, "split"), (4032, 6048, "split")]


def test_neighbours_do_not_hear_each_other():
    """What one segment decoded is no part of the next, not even as its soft beginning."""
    rules = EndpointRules(0.5, 96, 96, max_segment_ms=2016)
    spoken_parts = audio((2016, 0.25), (1024, 0.5), (128, 0), (SPEECH_MS, 0.75), (500, 0))
    assert [text for text, _, _ in finals(spoken_parts, rules)] == ["w25", "w50", "w75"]


def test_a_long_turn_is_decoded_in_parts_and_remains_one():
    """Thirty seconds without an end are several decodes and one final that holds every part."""
    parts = [((7 * FRAME_MS, 0) if index % 2 else (280 * FRAME_MS, (index + 1) / 100)) for index in range(7)]
    events, decodes = segment(audio(*parts, (2000, 0)))
    assert [event.text for event in events if isinstance(event, Final)] == ["w1 w3 w5 w7"]
    assert len(decodes) >= 4


def test_speech_without_a_pause_is_decoded_in_parts_cut_where_it_is_least_voiced():
    """Nothing is too long for the decoder, and no word is heard twice, once in each part."""
    events, decodes = segment(audio((430 * FRAME_MS, 0.25), (FRAME_MS, NOISE), (100 * FRAME_MS, -0.5), (2000, 0)))
    assert [event.text for event in events if isinstance(event, Final)] == ["w25 w50."]
    assert decodes == [Priority.REQUIRED] * 2


def test_forcing_ends_the_open_turn_and_does_nothing_without_one():
    """`force_endpoint` yields the final at once."""

    async def force(segmenter):
        await segmenter.force_endpoint()
        await segmenter.force_endpoint()

    assert finals(audio((SPEECH_MS, 0.25)), after=force) == [("w25", "forced", SPEECH_MS)]


def test_the_end_of_audio_closes_the_open_turn():
    """Nothing said is lost, and no time lies after the audio received."""
    events, _ = segment(audio((SPEECH_MS + 10, 0.25)))
    final = events[-1]
    assert (final.text, final.closed_by, final.end_ms) == ("w25", "flush", SPEECH_MS + 10)
    assert final.words[-1].end_ms <= SPEECH_MS + 10


def test_hypotheses_come_in_the_cadence_of_the_rules():
    """First after `first_partial_ms` of speech, then every `partial_every_ms`."""
    rules = EndpointRules(0.4, 400, 1280, 0.4, first_partial_ms=480, partial_every_ms=960)
    events, _ = segment(audio((2400, 0.25), (2000, 0)), rules, 20, partials=True)
    assert [event.at_ms for event in events if isinstance(event, Hypothesis) and not event.at_pause] == [512, 1472]


def test_no_cadence_means_one_early_hypothesis():
    """Without `partial_every_ms` a turn is shown early once, then at pauses only."""
    rules = EndpointRules(0.4, 100, 1000, 0.5, first_partial_ms=756, partial_every_ms=None)
    events, _ = segment(audio((3200, 0.25), (2000, 0)), rules, 20, partials=True)
    assert [(event.at_ms, event.at_pause) for event in events if isinstance(event, Hypothesis)] == [
        (768 + 32, False),
        (3200 + 128, True),
    ]


def test_a_hypothesis_that_was_overtaken_is_not_shown():
    """The final comes all the same."""
    events, decodes = segment(audio((2400, -0.25), (2000, 0)), partials=True, overtaken=True)
    assert Priority.PARTIAL in decodes
    assert [type(event) for event in events] == [SpeechStart, SpeechEnd, Final]


def test_new_rules_hold_for_later_audio():
    """A longer silence configured during the pause keeps the turn open."""

    async def widen(segmenter):
        segmenter.configure(EndpointRules(0.5, 2000, 2000))
        await segmenter.push(audio((1000, 0)))

    rules = EndpointRules(0.5, 320, 320)
    assert finals(audio((SPEECH_MS, 0.25), (160, 0)), rules, after=widen) == [("w25", "flush", SPEECH_MS + 1160)]


@given(
    parts=st.lists(st.tuples(st.integers(20, 900), st.sampled_from([0, 0, 0.25, -0.5])), min_size=1, max_size=10),
    pieces=st.integers(1, 60),
)
@settings(max_examples=40)
def test_finals_do_not_depend_on_how_the_audio_was_cut(parts, pieces):
    """Segmentation is a function of the audio: any chunking gives the finals of one piece, with hypotheses or without."""
    samples = audio(*parts)
    assert finals(samples) == finals(samples, pieces=pieces, partials=True)
