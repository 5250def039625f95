"""Lines of timed tokens, from references and from what was delivered."""

from builders import clip, timeline, transcript, turn, utterance

from harness.exports.transcripts import Line, delivered_lines, reference_lines
from harness.metrics.settings import ScoreSettings
from harness.timeline.events import Frame
from harness.timeline.fold import fold

SETTINGS = ScoreSettings()


def delivered(
    *frames: Frame, normalized: bool = False, settings: ScoreSettings = SETTINGS, **header
) -> tuple[Line, ...]:
    session = fold(timeline(frames, **header))
    return delivered_lines(clip([utterance("x", 0.0, 1.0)]), session, settings, normalized=normalized)


def times(line: Line) -> list[tuple[str, float, float]]:
    return [(token.text, token.start_s, token.end_s) for token in line.tokens]


def test_what_the_product_consumed_is_written_once():
    """Of a turn's two finals the formatted one, with the times of the words it has."""
    words = [("nine", 500, 700, True), ("lives", 700, 900, True)]
    [line] = delivered(
        turn(1.2, "nine lives", final=True, words=words),
        turn(1.3, "Nine lives.", final=True, formatted=True, words=words),
    )

    assert [("Nine", 0.5, 0.7), ("lives.", 0.7, 0.9)] == times(line)
    assert [0.9, 0.9] == [token.confidence for token in line.tokens]


def test_a_tail_left_open_is_written_as_the_project_decides():
    """Included by default, dropped on request."""
    frames = [turn(1.0, "never final")]

    assert "never final" == delivered(*frames)[0].text
    assert "" == delivered(*frames, settings=ScoreSettings(tail_policy="drop"))[0].text


def test_words_that_do_not_match_the_text_lend_their_times_to_those_that_do():
    """The token in between takes what is left."""
    words = [("ninety", 1000, 1200, True), ("nine", 1200, 1400, True), ("lives", 2000, 2200, True)]
    [line] = delivered(turn(3.0, "99 lives", final=True, formatted=True, words=words))

    assert ("lives", 2.0, 2.2) == times(line)[1]
    assert 1.0 <= line.tokens[0].start_s <= line.tokens[0].end_s <= 2.0


def test_without_word_times_the_segment_is_shared_evenly():
    """Gladia's utterance has times of its own; without any, what is known is when it arrived."""
    [line] = delivered(turn(1.0, "a"), turn(3.0, "a b", final=True, formatted=True, words=[]))

    assert [("a", 1.0, 2.0), ("b", 2.0, 3.0)] == times(line)


def test_normalised_tokens_are_those_that_are_scored():
    """By layer L2, each at the time of the word it came from."""
    [line] = delivered(
        transcript(4.0, "Twenty dollars, please", final=True, start_s=1.0, end_s=4.0),
        provider="gladia",
        normalized=True,
    )

    assert [("$20", 1.0), ("please", 2.0)] == [(token.text, token.start_s) for token in line.tokens]


def test_references_are_utterances_with_their_speaker():
    """Spans nobody understood are no words to be scored."""
    spoken = clip([utterance("We met [unk], twice.", 0.5, 2.5)], speaker="ann", clip_id="c", channel=1)
    [line] = reference_lines(spoken, SETTINGS, normalized=False)
    [scored] = reference_lines(spoken, SETTINGS, normalized=True)

    assert ("c", 1, "ann", 0.5, 2.5, "We met [unk], twice.") == (
        line.clip_id,
        line.channel,
        line.speaker,
        line.start_s,
        line.end_s,
        line.text,
    )
    assert "we met twice" == scored.text


def test_a_clip_without_text_has_one_empty_line_and_a_reference_free_one_none():
    """The first is known to hold no speech; of the second nothing is known."""
    [silent] = reference_lines(clip([], duration_s=3.0), SETTINGS, normalized=False)

    assert (0.0, 3.0, ()) == (silent.start_s, silent.end_s, silent.tokens)
    assert () == reference_lines(clip([utterance(None, 0.0, 1.0)]), SETTINGS, normalized=False)
    assert [""] == [line.text for line in delivered()]
