from collections import Counter

from examples import aligned
from hypothesis import given
from hypothesis import strategies as st

from harness.metrics.attribution import categories

TEXTS = st.lists(st.sampled_from("abcd"), max_size=14).map(" ".join)


def numbered(*changes: tuple[int, str | None], words: int = 20) -> str:
    """`r0 r1 …` with some words replaced, or left out (None)."""
    changed = dict(changes)
    return " ".join(text for i in range(words) if (text := changed.get(i, f"r{i}")))


def test_every_error_has_one_category():
    """Five lost in a row, two at the end, one in an entity, one elsewhere (8.25)."""
    lost = [(index, None) for index in (5, 6, 7, 8, 9, 18, 19)]
    accuracy = aligned(numbered(), numbered(*lost, (2, "x"), (12, "y")))
    found = Counter(categories(accuracy, failed=False, entity_tokens={12}))
    assert Counter({None: 11, "dropout": 5, "tail": 2, "entity": 1, "other": 1}) == found
    assert (9, 0.45) == (accuracy.counts.errors, accuracy.counts.rate)


def test_a_failed_session_is_the_reason_for_all_its_errors():
    """Nothing else is looked for."""
    assert ["failed_session"] * 6 == categories(aligned("a b c d e f", ""), failed=True, entity_tokens={0})


def test_long_tails_are_dropouts_and_bursts_come_before_entities():
    """The first category that fits is taken."""
    assert ["dropout"] * 5 == categories(aligned("a b c d e", ""), failed=False)
    burst = categories(aligned("a b", "a v w x y z b"), failed=False, entity_tokens={0, 1})
    assert [None, *["insertion_burst"] * 5, None] == burst


def test_errors_within_a_second_of_an_early_cut():
    """Words count by their onset, insertions by that of the word before; without a time nothing is near."""
    accuracy = aligned("a b c d", "i x b y e d")
    onsets_s = [1.0, 2.0, None, 4.01]
    assert ["insert", "replace", "equal", "insert", "replace", "equal"] == [step.op for step in accuracy.steps]
    found = categories(accuracy, failed=False, onsets_s=onsets_s, cuts_s=[2.0])
    assert ["other", "near_cut", None, "near_cut", "other", None] == found
    assert ["other", "other"] == categories(aligned("a b", "x y"), failed=False, onsets_s=[1.0, 4.0], cuts_s=[2.5])


@given(TEXTS, TEXTS, st.sets(st.integers(0, 13)))
def test_categories_add_up_to_the_errors(reference: str, hypothesis: str, entity_tokens: set[int]):
    """Each error is named once, whatever the text."""
    accuracy = aligned(reference, hypothesis)
    found = categories(accuracy, failed=False, entity_tokens=entity_tokens)
    assert accuracy.counts.errors == sum(category is not None for category in found)
