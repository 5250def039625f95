import pytest

from harness.corpus.redact.names import Pseudonyms, find_names, holds, renamed, without_notes


@pytest.mark.parametrize(
    ("name", "secret", "found"),
    [
        ("call-John.Smith", "smith", True),
        ("johnsmith", "smith", True),
        ("ann_2", "ann", True),
        ("hannah", "ann", False),
        ("call-5", "5", False),
        ("tel5550199", "5550199", True),
        ("Zoë", "zoe", True),
        (7, "seven", False),
        ({"who": ["john smith"]}, "smith", True),
        ({"smith": 1}, "smith", True),
        ([{"who": "jane"}], "smith", False),
    ],
)
def test_a_name_holds_a_word_as_a_part_of_it_or_inside_if_long(name: object, secret: str, found: bool):
    """Words of one or two letters are in every name, and are not looked for."""
    assert found == holds(name, {secret})


def test_a_name_gets_the_same_other_name_everywhere():
    """On lines that lost nothing too, and never one that is taken."""
    pseudonyms = Pseudonyms(["call-1"])
    line = {"id": "john-1", "call_id": "john", "speaker": "john", "segments": [{"speaker": "john", "turn_id": "john"}]}
    find_names(line, {"john"}, pseudonyms)
    other = {"id": "b", "call_id": "john", "segments": [{"speaker": "john"}, {"turn_id": "x"}]}

    assert {
        "id": "recording-1",
        "call_id": "call-2",
        "speaker": "speaker-1",
        "segments": [{"speaker": "speaker-1", "turn_id": "turn-1"}],
    } == renamed(line, pseudonyms)
    assert {"id": "b", "call_id": "call-2", "segments": [{"speaker": "speaker-1"}, {"turn_id": "x"}]} == renamed(
        other, pseudonyms
    )


def test_notes_and_tags_that_hold_a_word_go():
    """Others stay."""
    line = {"id": "a", "licence": "CC0 by John", "words_source": "hand", "tags": ["who=john", "noisy"], "text": "x"}
    assert (
        {"id": "a", "words_source": "hand", "tags": ["noisy"], "text": "x"},
        ["licence", "tags"],
    ) == without_notes(line, {"john"})
