"""What a provider promises about the updates of one segment."""

import pytest

from harness.timeline.contract import check_updates
from harness.timeline.segments import Update, Violation, Word


def said(at_ns, text, kind="final_formatted", words=None):
    """An update; `words` as `(text, start_ms, end_ms, is_final)`."""
    listed = tuple(Word(own, start, end, None, is_final=final) for own, start, end, final in words or ())
    return Update("7", at_ns, None, kind, text, listed)


def breaches(*updates, end_ns=None):
    """Kind and detail of each."""
    found = list(check_updates(updates, end_ns))
    assert {"7"} >= {breach.key for breach in found}
    return [(breach.kind, breach.detail) for breach in found]


def declared(*texts, last_is_final=True):
    """Words that a message declares final, the last one perhaps not."""
    return [(text, 0, 1, last_is_final or index < len(texts) - 1) for index, text in enumerate(texts)]


@pytest.mark.parametrize(("kind", "end_ns", "expected"), [
    ("final_formatted", 10, []),
    ("final_formatted", 9, ["final_after_close"]),
    ("final_unformatted", 9, ["final_after_close"]),
    ("partial", 9, []),
    ("final_formatted", None, []),
])  # fmt: skip
def test_no_final_comes_after_the_end(kind, end_ns, expected):
    """At the same instant it is still in time."""
    assert expected == [kind for kind, _ in breaches(said(10, "hi", kind), end_ns=end_ns)]


def test_a_breach_is_told_with_its_instant():
    """That of the update which made it."""
    [breach] = check_updates([said(5, "hi", "partial"), said(8, "")], None)

    assert Violation("empty_final", "7", 8, "") == breach


def test_a_second_final_of_one_form_is_a_duplicate_and_with_other_words_a_change():
    """Of the other form it is neither; what was said first is told up to 200 characters."""
    assert [] == breaches(said(1, "hi there", "final_unformatted"), said(2, "Hi. There!"))
    assert [("duplicate_final", "a second final_formatted")] == breaches(said(1, "Hi."), said(2, "hi"))
    assert [
        ("duplicate_final", "a second final_unformatted"),
        ("post_final_mutation", f"was: {'a' * 200}"),
    ] == breaches(said(1, "a" * 300, "final_unformatted"), said(2, "b", "final_unformatted"))


def test_a_third_final_is_compared_with_the_second():
    """Back to the first wording is a change again."""
    assert ["post_final_mutation"] * 2 == [
        kind for kind, _ in breaches(said(1, "a"), said(2, "b"), said(3, "a")) if kind != "duplicate_final"
    ]


@pytest.mark.parametrize(
    ("later", "broken"),
    [
        (declared("book", "a", "table"), False),
        (declared("Book", "a"), False),
        (declared("look", "a"), True),
        (declared("book"), False),  # the second was not declared final
        (declared("book", "the"), False),
    ],
)
def test_a_word_declared_final_stays(later, broken):
    """Case aside. A word that was still open may change or go."""
    updates = [
        said(1, "book a", "partial", declared("book", "a", last_is_final=False)),
        said(2, " ".join(text for text, *_ in later), "partial", later),
    ]

    change = ("post_final_mutation", "a word declared final changed or disappeared")
    assert ([change] if broken else []) == breaches(*updates)


def test_a_word_declared_final_that_disappears_is_a_change_and_then_forgotten():
    """Once for each time it happens; a list of no words takes nothing back."""
    updates = [
        said(1, "one two", "partial", declared("one", "two")),
        said(2, "", "partial"),
        said(3, "one", "partial", declared("one")),
        said(4, "one three", "partial", declared("one", "three")),
    ]

    assert ["post_final_mutation"] == [kind for kind, _ in breaches(*updates)]


def test_a_formatted_final_settles_words_only_if_none_were_settled_before():
    """It may write two words as one; an unformatted one behind it must repeat those declared before."""
    plain, formatted = declared("five", "dollars"), declared("$5")
    before = said(1, "five dollars", "partial", plain), said(2, "$5", "final_formatted", formatted)

    assert [] == breaches(*before, said(3, "five dollars", "final_unformatted", plain))
    assert ["post_final_mutation"] == [
        kind for kind, _ in breaches(before[1], said(3, "five dollars", "final_unformatted", plain))
    ]


def test_a_repeated_final_with_other_words_is_one_change_and_not_two():
    """Though the words it had declared final differ as well."""
    updates = [said(at, text, "final_unformatted", declared(text)) for at, text in enumerate(("one", "two"))]

    assert ["duplicate_final", "post_final_mutation"] == [kind for kind, _ in breaches(*updates)]


def test_words_are_those_of_the_text():
    """Case and punctuation aside; what they are instead is told up to 200 characters."""
    assert [] == breaches(said(1, "One, two!", words=declared("one", "two")))
    assert [("text_words_mismatch", "words: one")] == breaches(said(1, "one two", words=declared("one")))
    assert [("text_words_mismatch", f"words: {'a' * 200}")] == breaches(said(1, "b", words=declared("a" * 300)))


@pytest.mark.parametrize(
    ("start_ms", "end_ms", "is_bad"),
    [(0, 0, False), (5, 5, False), (5, 4, True), (-1, 5, True), (None, -1, True), (-1, None, True), (None, 0, False), (0, None, False), (None, None, False)],
)  # fmt: skip
def test_a_word_ends_not_before_it_begins_nor_begins_before_the_audio(start_ms, end_ms, is_bad):
    """The first that does is told; one without times can't."""
    last = (9, 8) if is_bad else (8, 9)
    found = breaches(said(1, "a bb c", words=[("a", 0, 1, True), ("bb", start_ms, end_ms, True), ("c", *last, True)]))

    assert ([("bad_word_time", f"bb: {start_ms} to {end_ms} ms")] if is_bad else []) == found
    assert [("bad_word_time", f"{'a' * 40}: 5 to 4 ms")] == breaches(said(1, "a" * 50, words=[("a" * 50, 5, 4, True)]))
