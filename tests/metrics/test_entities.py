import pytest
from builders import clip, timeline, turn, utterance
from examples import aligned, analysed
from hypothesis import given
from hypothesis import strategies as st

from harness.corpus.model import Clip, Entity
from harness.metrics.accuracy import accuracy_of
from harness.metrics.entities import Mention, mentions_of
from harness.metrics.normalize import Normalizer, primary

PLEASE = "please call john smith at 415 555 0199 today"


def as_written() -> Normalizer:
    """A normaliser that leaves texts alone, so that examples are what they seem."""
    return Normalizer("as-written", (), lambda _: str)


def annotated(text: str, *entities: tuple[str, str]) -> Clip:
    """A clip of one utterance with these stretches of it, and their classes, marked."""
    found = ((text.index(part), part, name) for part, name in entities)
    marked = tuple(Entity(0, start, start + len(part), name) for start, part, name in found)
    return clip([utterance(text, 0.5, 4.0)], entities=marked)


def mentions(of: Clip, heard: str, normalizer: Normalizer) -> list[Mention]:
    """What became of a clip's entities in a session that delivered one final, both normalised alike."""
    found = analysed(of, timeline([turn(5.0, heard, final=True, formatted=True)]))
    accuracy = accuracy_of(of.utterances, found.hypothesis, normalizer, "en", "include")
    return mentions_of(of, accuracy, normalizer, "en")


@pytest.mark.parametrize(
    ("heard", "hits"),
    [
        ("please call john smith at 4155550199 today", [True, True]),
        ("please call jon smith at 415 555 0199 today", [False, True]),
        ("please call john h smith at 415 555 0198 today", [False, False]),
        ("please call john smith at 415 5550 199 today", [True, True]),
        ("please call john smith at 415 555 0199 5 today", [True, False]),  # one digit too many, next to it
        ("please call john smith at 5 415 555 0199 today", [True, False]),
        ("please call john smith at 415 555 today", [True, False]),
        ("", [False, False]),
    ],
)
def test_names_must_be_exact_and_numbers_have_the_same_digits(heard: str, hits: list[bool]):
    """A name misses by one letter or a word within it; digits may be grouped in any way (8.9)."""
    of = annotated(PLEASE, ("john smith", "name"), ("415 555 0199", "phone"))
    found = mentions(of, heard, as_written())
    assert [range(2, 4), range(5, 8)] == [mention.span for mention in found]
    assert hits == [mention.is_hit for mention in found]


def test_miss_rate_of_the_worked_example():
    """Three of six mentions are missed; a number written together costs three of nine words, and no mention (8.9)."""
    of = annotated(PLEASE, ("john smith", "name"), ("415 555 0199", "phone"))
    texts = [
        "please call john smith at 4155550199 today",
        "please call jon smith at 415 555 0199 today",
        "please call john h smith at 415 555 0198 today",
    ]
    found = [mention.is_hit for text in texts for mention in mentions(of, text, as_written())]
    assert (3, 6) == (found.count(False), len(found))
    first = aligned(PLEASE, texts[0]).counts
    assert (3, 9) == (first.errors, first.reference_words)


def test_digits_that_the_alignment_puts_behind_the_number_are_its_own():
    """Grouped otherwise, `14 44` is paired with `1 44`, and the last `4` is an insertion next to it."""
    [found] = mentions(annotated("room 14 44 now", ("14 44", "number")), "room 1 44 4 now", as_written())
    assert (True, ("1", "44")) == (found.is_hit, found.heard)


def test_codes_without_digits_are_words():
    """Where there is nothing to compare digits of, the words have to be right."""
    of = annotated("gate alpha bravo now", ("alpha bravo", "code"))
    assert [True, False] == [mentions(of, text, as_written())[0].is_hit for text in (of.text, "gate alpha now")]


def test_entity_that_the_normaliser_merges_is_looked_for_in_its_utterance():
    """`two` in `twenty two` has no token of its own: it hits only if its token was delivered as one."""
    of = annotated("room twenty two please", ("two", "number"))
    [found] = mentions(of, "room 22 please", primary())
    assert (None, False, ("room", "22", "please")) == (found.span, found.is_hit, found.heard)
    [found] = mentions(of, "room 20 and two please", primary())
    assert (None, True) == (found.span, found.is_hit)


def test_hesitations_and_what_nobody_understood_are_no_mention():
    """Nothing of them can be missed."""
    assert [] == mentions(annotated("um yes", ("um", "name")), "yes", primary())
    assert [] == mentions(annotated("ann [unk] lee came", ("ann [unk] lee", "name")), "ann lee came", primary())


def test_entity_behind_an_unintelligible_span_is_found():
    """The span is one token, and excuses no entity."""
    of = annotated("we met [inaudible] and ann today", ("ann", "name"))
    [found] = mentions(of, "we met bob and anna today", primary())
    assert (False, ("anna",)) == (found.is_hit, found.heard)


WORDS = st.lists(st.sampled_from(["ann", "bob", "7", "12"]), min_size=1, max_size=8)


@given(WORDS, WORDS, st.data())
def test_a_text_delivered_as_it_is_misses_nothing(words: list[str], heard: list[str], data: st.DataObject):
    """Whatever is marked in it; and where a name is hit, its words stand in what was delivered."""
    start = data.draw(st.integers(0, len(words) - 1))
    before, own = " ".join([*words[:start], ""]), " ".join(words[start : data.draw(st.integers(start + 1, len(words)))])
    name = data.draw(st.sampled_from(["name", "number"]))
    text = " ".join(words)
    of = clip([utterance(text, 0.5, 4.0)], entities=(Entity(0, len(before), len(before) + len(own), name),))
    assert [True] == [mention.is_hit for mention in mentions(of, text, as_written())]
    [found] = mentions(of, " ".join(heard), as_written())
    if found.is_hit and name == "name":
        assert own == " ".join(found.heard)
