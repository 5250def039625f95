import pytest
from builders import clip, utterance
from hypothesis import given
from hypothesis import strategies as st

from harness.metrics.reference import reference_of, spoken_units, word_times_s


def test_utterances_of_one_turn_share_its_end():
    """Utterances with the same turn id are one turn that ends with the last of them."""
    reference = reference_of(
        clip([utterance("a b", 0, 1, turn_id="x"), utterance("c", 2, 3), utterance("d", 4, 5, turn_id="x")])
    )
    assert reference.turn_of_utterance == (0, 1, 0)
    assert reference.turn_of == (0, 0, 1, 0)
    assert reference.turn_ends_s == (5, 3)


def test_onset_falls_back_to_the_utterance():
    """Without word times every word starts with its utterance; unintelligible spans have no words."""
    reference = reference_of(clip([utterance("Hi, [inaudible] there", 0.5, 1.5)]))
    assert reference.tokens == ("hi", "there")
    assert [reference.onset_s(word) for word in (0, 1)] == [0.5, 0.5]


def test_equal_counts_map_one_to_one():
    """Words and tokens of the same number share their times whatever their spelling."""
    one = utterance("Okay, 5!", 0, 1, words=[("ok", 0.1, 0.4), ("five", 0.5, 0.9)])
    assert word_times_s(one, ("okay", "5")) == [(0.1, 0.4), (0.5, 0.9)]


def test_tokens_without_a_word_share_the_gap():
    """Where the word list differs from the text, tokens are aligned and the rest is spread over the gap."""
    one = utterance("a b c d", 0.0, 4.0, words=[("a", 0.0, 1.0), ("d", 3.0, 4.0)])
    assert word_times_s(one, ("a", "b", "c", "d")) == [(0.0, 1.0), (1.0, 2.0), (2.0, 3.0), (3.0, 4.0)]


def test_word_of_two_tokens_is_shared():
    """A word that holds two tokens gives each half of its time."""
    one = utterance("new york", 0, 2, words=[("New York", 0.0, 2.0)])
    assert word_times_s(one, ("new", "york")) == [(0.0, 1.0), (1.0, 2.0)]


@given(st.lists(st.sampled_from("abc"), max_size=6), st.lists(st.sampled_from("abcd"), max_size=6))
def test_times_are_complete_and_ordered(tokens: list[str], words: list[str]):
    """Any word list at all gives every token a time, and none starts before the one before."""
    listed = [(word, float(index), index + 0.5) for index, word in enumerate(words)]
    spans = word_times_s(utterance(" ".join(tokens), 0.0, 6.0, words=listed), tuple(tokens))
    if not words:
        assert spans == [None] * len(tokens)
    else:
        starts = [span[0] for span in spans if span]
        assert (len(starts), starts) == (len(tokens), sorted(starts))


@pytest.mark.parametrize("text", ["hello there", "[unintelligible]", "...", ""])
def test_what_is_spoken_is_counted_as_the_reference_has_it(text):
    """Utterances and turns that hold a word, without their times."""
    spans = [(text, "t1"), ("two", "t1"), (text, None)]
    of = clip([utterance(said, at, at + 0.5, turn_id=turn) for at, (said, turn) in enumerate(spans)])
    reference = reference_of(of)
    assert spoken_units(of) == (len(set(reference.utterance_of)), len(set(reference.turn_of)))
