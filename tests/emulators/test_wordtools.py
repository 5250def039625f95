from hypothesis import given
from hypothesis import strategies as st

from harness.emulators.recognition import TimedWord
from harness.emulators.wordtools import agreed, in_order, keep_prefix, plain, plain_words, spread

WORDS = st.lists(st.text(st.characters(categories=["L"]), min_size=1, max_size=8), max_size=12)


def timed(text, step_ms=100):
    return tuple(TimedWord(word, i * step_ms, (i + 1) * step_ms) for i, word in enumerate(text.split()))


def texts(words):
    return " ".join(word.text for word in words)


@given(words=WORDS, gaps=st.lists(st.integers(1, 9), min_size=1, max_size=40))
def test_spread_keeps_words_in_order_inside_the_voiced_frames(words, gaps):
    """Word times never decrease, never end before they start and stay within the first and the last voiced frame."""
    voiced = [sum(gaps[: i + 1]) for i in range(len(gaps))]
    spoken = spread(words, voiced, 32, 0.9)
    instants = [instant for word in spoken for instant in (word.start_ms, word.end_ms)]
    assert words == [word.text for word in spoken]
    assert [word for word in spoken if word.start_ms > word.end_ms] == []
    assert sorted(word.start_ms for word in spoken) == [word.start_ms for word in spoken]
    assert all(voiced[0] * 32 <= instant <= (voiced[-1] + 1) * 32 for instant in instants)


def test_spread_leaves_out_the_pause():
    """Two words of equal length around a silence get the voiced frames on either side of it."""
    spoken = spread(["one", "two"], [10, 11, 40, 41], 32, 1.0)
    assert [(word.start_ms, word.end_ms) for word in spoken] == [(320, 384), (1280, 1344)]


def test_plain_words_have_no_case_no_edge_punctuation_and_no_empty_word():
    """An unformatted transcript keeps inner marks and drops what is punctuation only."""
    assert texts(plain_words(timed("It's, “five” o'clock — ill-disposed. 3.5"))) == "it's five o'clock ill-disposed 3.5"
    assert plain("—") == ""


def test_agreement_stops_at_the_first_difference_and_before_the_newest_word():
    """A word counts when two hypotheses share it and something follows it."""
    assert agreed(timed("ask what you"), timed("ask what can you")) == 2
    assert agreed(timed("ask what you"), timed("ask what you")) == 2
    assert agreed((), timed("ask")) == 0


def test_a_word_that_flips_for_ever_is_settled_once_left_behind():
    """Spelling out a numeral or not must not hold back everything that follows."""
    before = (TimedWord("press", 0, 400, 0.9), TimedWord("six", 400, 800, 0.9), TimedWord("now", 3000, 3400, 0.9))
    now = (TimedWord("press", 0, 400, 0.9), TimedWord("6", 400, 800, 0.9), TimedWord("now", 3000, 3400, 0.9))
    early = (*now[:2], TimedWord("now", 3000, 3200, 0.9))

    assert (agreed(before, now), agreed(before, early)) == (2, 1)


def test_a_kept_prefix_replaces_its_counterpart():
    """Words told as final stay as they were told, and the rest follows once."""
    assert texts(keep_prefix(timed("ask what"), timed("ask watt you can do"))) == "ask what you can do"
    assert texts(keep_prefix(timed("and ask"), timed("ask what you"))) == "and ask what you"
    assert texts(keep_prefix((), timed("ask what"))) == "ask what"
    assert texts(keep_prefix(timed("ask what"), ())) == "ask what"


@given(prefix=WORDS, words=WORDS)
def test_a_kept_prefix_is_always_a_prefix(prefix, words):
    """Whatever the final says, what was told as final comes first and times are in order."""
    kept = keep_prefix(timed(" ".join(prefix)), timed(" ".join(words)))
    assert prefix == [word.text for word in kept[: len(prefix)]]
    assert in_order(kept) == kept
