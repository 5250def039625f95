from dataclasses import fields, replace
from pathlib import Path
from typing import Literal, get_args, get_origin, get_type_hints

import pytest
from examples import flight_clip, hasty, patient
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import RunError
from harness.metrics.score import ScoreSettings, score_run
from harness.metrics.scores import Scores
from harness.metrics.tables import TABLES, read_scores, write_scores
from harness.metrics.word_counts import WordCounts

VALUES = {
    str: st.text() | st.sampled_from(["", "\\", "\\\\n", 'a "b", c\r\nd', "None", "inf"]),
    int: st.integers(),
    float: st.floats(allow_nan=False),
    bool: st.booleans(),
    type(None): st.none(),
    WordCounts: st.builds(WordCounts, *[st.integers(0, 99)] * 4),
}


def values(hint: object) -> st.SearchStrategy:
    """Values of a field."""
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    if get_origin(hint) is tuple:
        return st.lists(st.text(), max_size=3).map(tuple)
    if get_args(hint):
        return st.one_of([values(option) for option in get_args(hint)])
    return VALUES[hint]


def rows(row_type: type) -> st.SearchStrategy:
    """Rows of a type."""
    hints = get_type_hints(row_type)
    return st.lists(st.builds(row_type, **{one.name: values(hints[one.name]) for one in fields(row_type)}), max_size=3)


ALL_SCORES = st.builds(
    Scores,
    norm_id=st.text(),
    secondary_norm_id=st.none() | st.text(),
    recv_stamp=st.sampled_from(["wire", "handler"]),
    **{name: rows(row_type).map(tuple) for name, row_type in TABLES.items()},
)


@settings(max_examples=25)
@given(ALL_SCORES)
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, scores: Scores):
    """Any rows survive the way through the files exactly."""
    folder = tmp_path_factory.mktemp("scores")
    write_scores(folder, scores)
    assert read_scores(folder) == scores


@pytest.fixture
def flight() -> Scores:
    """Scores of the flight example."""
    sessions = {"baseline": patient(), "candidate": hasty()}
    return score_run([(flight_clip(), sessions, 1)], ScoreSettings(use_secondary=False))


def test_the_same_scores_give_the_same_bytes(tmp_path: Path, flight: Scores):
    """Files can be compared byte for byte, and no temporary file stays behind."""
    write_scores(tmp_path / "one", flight)
    write_scores(tmp_path / "two", flight)
    expected = sorted([*(f"{name}.csv" for name in TABLES), "scores.json"])
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == expected
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_infinite_and_missing_cells(tmp_path: Path, flight: Scores):
    """A missing final is `inf`, what is not available is an empty cell."""
    write_scores(tmp_path, flight)
    lines = (tmp_path / "turns.csv").read_text().splitlines()
    assert lines[3] == "clip,clip,candidate,1,0,2.9,2150.0,inf,merged,1,2148.0,,2150.0,inf"


def test_lists_are_legible_json(tmp_path: Path, flight: Scores):
    """In any language."""
    write_scores(
        tmp_path,
        replace(flight, sessions=(replace(flight.sessions[0], tags=("stra\N{LATIN SMALL LETTER SHARP S}e", "b")),)),
    )
    assert '"[""stra\N{LATIN SMALL LETTER SHARP S}e"", ""b""]"' in (tmp_path / "sessions.csv").read_text(
        encoding="utf-8"
    )


def test_transcript_of_a_long_call_is_read_back(tmp_path: Path, flight: Scores):
    """A text beyond the csv module's usual limit is one cell."""
    long = replace(flight, sessions=(replace(flight.sessions[0], text="word " * 50_000),))
    write_scores(tmp_path, long)
    assert read_scores(tmp_path) == long


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("scores.json", "{"),
        ("scores.json", '{"schema": "harness.scores/0"}'),
        ("turns.csv", ""),
        ("turns.csv", "a,b\n"),
        ("turns.csv", None),
    ],
)
def test_damaged_files_are_refused(tmp_path: Path, flight: Scores, name: str, content: str | None):
    """A file that is missing, cut or of another version is named in the error."""
    write_scores(tmp_path, flight)
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_text(content)
    with pytest.raises(RunError, match=name):
        read_scores(tmp_path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda titles: ["mood", "air", *titles[2:]],
            "lacks the columns clip_id, call_id and has the unknown columns mood, air",
        ),
        (lambda titles: titles[::-1], "the columns are in another order"),
        (lambda _titles: [], "the line of column names is missing"),
    ],
)
def test_tables_of_another_version_are_told_by_what_differs(tmp_path: Path, flight: Scores, change, said: str):
    """Not by a hundred names that don't."""
    write_scores(tmp_path, flight)
    path = tmp_path / "turns.csv"
    titles, *lines = path.read_text().splitlines()
    path.write_text("\n".join([",".join(change(titles.split(","))), *lines]))

    with pytest.raises(RunError, match=f"{said}, so another version"):
        read_scores(tmp_path)


def test_line_cut_short_is_refused(tmp_path: Path, flight: Scores):
    """A line with too few cells is damage, not a row of empty values."""
    write_scores(tmp_path, replace(flight))
    path = tmp_path / "segments.csv"
    path.write_text(path.read_text() + "clip,baseline\n")
    with pytest.raises(RunError, match="2 cells"):
        read_scores(tmp_path)
