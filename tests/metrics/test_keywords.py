from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from harness.metrics.keywords import count_terms

TOKENS = st.lists(st.sampled_from("abc"), max_size=12)
TERMS = st.lists(st.lists(st.sampled_from("abc"), max_size=3).map(tuple), max_size=4)


def test_longer_terms_take_their_words_first():
    """`new york city` is neither `new york` nor `york`; what it leaves is found, without overlap."""
    tokens = ["new", "york", "city", "is", "in", "new", "york", "and", "york", "york"]
    terms = [("york",), ("new", "york"), ("new", "york", "city"), ("york", "york"), ("not", "said", "at", "all")]
    assert Counter({("new", "york", "city"): 1, ("new", "york"): 1, ("york", "york"): 1}) == count_terms(tokens, terms)


@given(TOKENS, TERMS)
def test_no_token_is_counted_twice(tokens: list[str], terms: list[tuple[str, ...]]):
    """What was found fits into the text, word by word, and the order of the list plays no part."""
    found = count_terms(tokens, terms)
    used = Counter(token for term, count in found.items() for token in term * count)
    assert used <= Counter(tokens)
    assert found == count_terms(tokens, reversed(terms))
