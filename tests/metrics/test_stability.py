from builders import ns
from hypothesis import given
from hypothesis import strategies as st

from harness.metrics.hypothesis import SegmentView, TokenCoder
from harness.metrics.stability import (
    edit_overhead,
    erased_tokens,
    normalized_erasure,
    states_to_final,
    unstable_tokens,
)
from harness.timeline.segments import Segment
from harness.timeline.tokens import plain_tokens, raw_tokens

UPDATES = st.lists(st.lists(st.sampled_from("abcd"), max_size=6).map("".join), min_size=1, max_size=6)


def test_erasure_of_a_changed_first_word():
    """Changing the first of two words takes back both, though only one is lost (worked example 8.11)."""
    coder = TokenCoder()
    states = [coder.encode(text.split()) for text in ("the", "the cat", "a cat", "a cat sat")]
    assert [erased_tokens(states[index : index + 2]) for index in range(3)] == [0, 2, 0]
    assert (erased_tokens(states), unstable_tokens(states), len(states[-1])) == (2, 1, 3)
    assert (normalized_erasure(2, 3), edit_overhead(2, 3)) == (2 / 3, 4 / 7)


def test_formatting_alone_is_no_erasure():
    """Case and punctuation added by the final erase everything in raw tokens and nothing in plain ones (8.11)."""
    texts = ("hello", "hello world", "Hello, world.")
    for tokenise, expected in ((raw_tokens, 1.0), (plain_tokens, 0.0)):
        coder = TokenCoder()
        states = [coder.encode(tokenise(text)) for text in texts]
        assert normalized_erasure(erased_tokens(states), len(states[-1])) == expected


def test_vanished_segment_takes_everything_back():
    """A segment nobody finalised ends in nothing."""
    segment = Segment("a", (), "vanished", None, None)
    view = SegmentView(segment, (), ("ab",), ("ab",), "", ns(1), None, "", is_formatted_missing=False)
    assert erased_tokens(states_to_final(view)) == 2


def test_no_final_tokens_no_ratio():
    """Without final tokens neither ratio exists."""
    assert (normalized_erasure(0, 0), edit_overhead(0, 0)) == (None, None)


@given(UPDATES)
def test_bounds_of_erasure(states: list[str]):
    """Lost words are at most the erased ones, and those at most all that was shown before the final."""
    unstable, erased = unstable_tokens(states), erased_tokens(states)
    assert 0 <= unstable <= erased <= sum(len(state) for state in states[:-1])


@given(UPDATES)
def test_growing_text_erases_nothing(states: list[str]):
    """Updates that only append take nothing back."""
    grown = ["".join(states[: index + 1]) for index in range(len(states))]
    assert erased_tokens(grown) == 0
