from harness.metrics.scores import WordScore
from harness.report.passages import example, passages, worst


def step(op, reference, hypothesis, at_s=None, category=None):
    """One step of an alignment."""
    kind = category or (None if op == "equal" else "other")
    return WordScore("clip", "baseline", 1, 0, op, reference, hypothesis, 0, 0, at_s, None, category=kind)


def equal(word, at_s=None):
    """A word that both got right."""
    return step("equal", word, word, at_s), step("equal", word, word, at_s)


def found(columns, kind="other"):
    """The passages of a kind."""
    return [passage for own, passage in passages(("clip", 1), columns, lambda one: one.category) if own == kind]


def test_neighbours_of_a_kind_are_one_passage():
    """Errors side by side are one place, whichever side makes them; a right word between them parts them."""
    wrong, right = step("replace", "b", "x"), step("equal", "b", "b")
    columns = [equal("a"), (right, wrong), (wrong, right), equal("c"), (wrong, wrong)]

    assert [(1, 3, 0, 2), (4, 5, 0, 2)] == [(one.start, one.stop, one.more, one.errors) for one in found(columns)]


def test_the_worst_places_are_the_candidates_one_a_clip():
    """Where the candidate errs and the baseline does not comes first, and no clip takes all places."""
    wrong, right = step("replace", "b", "x"), step("equal", "b", "b")
    one = found([(right, wrong), equal("a"), (right, wrong), (right, wrong)])
    other = [passage for _, passage in passages(("other", 1), [(wrong, right)], lambda step: step.category)]

    assert [("clip", 2), ("other", 0)] == [(best.key[0], best.start) for best in worst([*other, *one], 5)]


def test_an_example_shows_what_was_said_and_written_with_what_stands_around():
    """Missing words are told as such, insertions stand on their side alone, and the time is that of the first word."""
    columns = [
        equal("now", 0.5),
        (step("equal", "book", "book", 1.0), step("delete", "book", None, 1.0)),
        (step("equal", "it", "it", 1.4), step("replace", "it", "eat", 1.4)),
        (None, step("insert", None, "uh")),
        equal("please", 2.0),
    ]
    (place,) = found(columns)
    shown = example(place, columns)

    assert (1.0, (("now", "around"), ("book it", "right"), ("please", "around"))) == (shown.at_s, shown.reference)
    assert (("now", "around"), ("book it", "right"), ("please", "around")) == shown.baseline
    assert (("now", "around"), ("nothing", "nothing"), ("eat uh", "wrong"), ("please", "around")) == shown.candidate


def test_an_insertion_is_where_the_word_before_it_is():
    """Nobody said it, so it has no time of its own; without any times the utterance's start has to do."""
    timed = [equal("now", 0.5), (None, step("insert", None, "uh"))]
    untimed = [(None, step("insert", None, "uh"))]

    assert (0.5, 3.0) == (example(found(timed)[0], timed).at_s, example(found(untimed)[0], untimed, 3.0).at_s)
    assert (("nothing", "nothing"),) == example(found(untimed)[0], untimed).reference
    assert () == example(found(untimed)[0], untimed).baseline


def test_a_long_passage_is_cut_and_says_so():
    """A dropout of a minute does not fill the page."""
    columns = [(step("equal", f"w{place}", f"w{place}"), step("delete", f"w{place}", None)) for place in range(90)]
    shown = example(found(columns)[0], columns)

    assert (("…", "more"), ("…", "more")) == (shown.reference[-1], shown.candidate[-1])
    assert 16 == len(shown.reference[0][0].split())
