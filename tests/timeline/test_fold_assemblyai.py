"""AssemblyAI's messages, folded."""

import json

from builders import frame, ns, timeline, turn

from harness.timeline.fold import fold


def test_unformatted_and_formatted_final_are_one_segment():
    """The two finals of a formatted AssemblyAI turn share a key, and formatting is no mutation (8.2)."""
    session = fold(
        timeline(
            [
                turn(3.10, "hi my name is sonny", final=True),
                turn(3.24, "Hi, my name is Sonny.", final=True, formatted=True),
            ]
        )
    )
    [segment] = session.segments
    assert ("0", "natural") == (segment.key, segment.closed_by)
    assert ["hi my name is sonny", "Hi, my name is Sonny."] == [update.text for update in segment.updates]
    assert [update.kind for update in segment.updates] == ["final_unformatted", "final_formatted"]
    assert session.violations == ()


def test_partial_text_comes_from_words_not_from_the_transcript():
    """A partial shows its unfinished word although `transcript` holds finished words only."""
    message = json.loads(turn(1.0, "book a", words=[("book", 0, 90, True), ("a", 100, 190, False)]).raw)
    session = fold(timeline([frame(1.0, message | {"transcript": "book"})]))
    assert session.segments[0].updates[0].text == "book a"


def test_final_without_transcript_falls_back_to_its_words():
    """A final whose `transcript` is empty takes its text from its words."""
    message = json.loads(turn(1.0, "book it", final=True).raw)
    session = fold(timeline([frame(1.0, message | {"transcript": ""})]))
    assert session.segments[0].updates[0].text == "book it"


def test_turn_order_must_grow_by_one_after_an_end():
    """A skipped order and a turn that never ended are both seen when the next turn begins."""
    session = fold(
        timeline([turn(1.0, "a", order=0), turn(2.0, "b", order=2, final=True, words=[("b", 500, 590, True)])])
    )
    assert {breach.kind: breach.key for breach in session.violations} == {
        "turn_order_gap": "2",
        "missing_end_of_turn": "0",
        "vanished_segment": "0",
    }


def test_turns_that_follow_each_other_break_no_order():
    """A turn may be told of again after the next began, and its end may come late, but not later than the next begins."""
    frames = [turn(1.0, "a", final=True), turn(2.0, "b", order=1), turn(2.5, "a", final=True, formatted=True)]
    frames += [turn(3.0, "b", order=1, final=True), turn(4.0, "c", order=4, final=True)]
    found = [breach for breach in fold(timeline(frames)).violations if "turn" in breach.kind]
    assert [("turn_order_gap", "4", ns(4.0), "turn_order 4 after 1")] == [
        (breach.kind, breach.key, breach.t_ns, breach.detail) for breach in found
    ]
    [missing] = [
        breach
        for breach in fold(timeline([turn(1.0, "a", order=0), turn(2.0, "b", order=1)])).violations
        if "turn" in breach.kind
    ]
    assert ("missing_end_of_turn", "0", ns(2.0), "turn 1 began first") == (
        missing.kind, missing.key, missing.t_ns, missing.detail,
    )  # fmt: skip
