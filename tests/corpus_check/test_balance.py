import pytest
from clips import clip

from harness.corpus.model import Utterance
from harness.corpus_check.balance import balance_findings, balance_of, language_findings, slices_of, words_in


def found(*clips) -> list[str]:
    return [str(finding) for finding in balance_findings(balance_of(clips))]


def calls(count: int, **fields):
    return [clip(f"c{index}", text="one two", **fields) for index in range(count)]


def test_enough_equal_calls_are_fine():
    """Of many speakers, or of unknown ones."""
    assert [] == found(*calls(20))


def test_few_calls_are_a_warning():
    """With fewer than 20 the gate cannot decide anything."""
    message = "manifest.jsonl: call_id: 19 calls; with fewer than 20 every rule of the gate is inconclusive"
    assert [message] == found(*calls(19))


def test_a_call_that_outweighs_the_others_is_a_warning():
    """By its words; where there are none, by its length. Calls of one size would be as good as fewer."""
    one = "'big' holds 50% of the reference words; the 21 calls weigh as much as 3.8 of one size"
    assert [f"manifest.jsonl: call_id: {one}"] == found(*calls(20), clip("big", text="word " * 40))
    silent = [clip(f"c{index}") for index in range(20)]
    assert 1 == len(found(*silent, clip("big", duration_s=200.0)))


def test_a_speaker_in_many_calls_is_a_warning():
    """Their errors go together."""
    same = [clip(f"s{index}", text="one two", speaker="ann") for index in range(8)]
    assert ["manifest.jsonl: speaker: 'ann' is in 8 of 22 calls"] == found(*calls(14), *same)


def test_calls_that_share_a_speaker_are_one_group():
    """Also by way of a third: a with b, b with c."""
    two = (Utterance("x", 0.0, 1.0, speaker="ann"), Utterance("y", 1.0, 2.0, speaker="bob"))
    clips = [clip("a", speaker="ann"), clip("b", utterances=two), clip("c", speaker="bob"), clip("d")]
    balance = balance_of(clips)
    assert (4, 2, 2, 1) == (balance.calls, balance.speakers, balance.groups, balance.clips_without_speaker)


def test_an_empty_corpus_is_no_crash():
    """Nothing selected, nothing said."""
    assert ([], ()) == (found(), slices_of([]))


def test_texts_without_a_language_are_a_warning():
    """What they are taken for is said."""
    clips = [clip("a", text="hi", language=None), clip("b", text="hi"), clip("c", language=None)]
    assert ["1 of 3 clips have a text and no language; they are scored as 'en'"] == [
        finding.found for finding in language_findings(clips)
    ]


def test_slices_are_sized():
    """Every dimension; a clip may have several tags, and 20 calls decide."""
    clips = [
        *calls(20, tags=("a", "b=c"), duration_s=30.0),
        clip("x", sample_rate_hz=16000, channels=2, channel=1, language=None, speaker="s"),
    ]
    table = {(one.dimension, one.value): (one.clips, one.calls, one.decides) for one in slices_of(clips)}
    assert {
        ("language", "en"): (20, 20, True),
        ("language", ""): (1, 1, False),
        ("sample rate", "8000 Hz"): (20, 20, True),
        ("sample rate", "16000 Hz"): (1, 1, False),
        ("channel", "mono"): (20, 20, True),
        ("channel", "1 of 2"): (1, 1, False),
        ("duration", "10s-to-1min"): (21, 21, True),
        ("tag", "a"): (20, 20, True),
        ("tag", "b=c"): (20, 20, True),
        ("speaker", ""): (20, 20, True),
        ("speaker", "s"): (1, 1, False),
    } == table


@pytest.mark.parametrize(("language", "text", "expected"), [("en", "a b c", 3), ("ja", "東京 都", 3), (None, "a b", 2)])
def test_words_are_characters_where_there_are_no_spaces(language, text, expected):
    """As in scoring."""
    assert expected == words_in(clip(text=text, language=language))
