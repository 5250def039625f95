"""The file of accepted differences."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
import synthetic
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.approve.approvals_file import add_approvals, read_approvals
from harness.errors import ConfigError

SEEN = replace(synthetic.APPROVED, name="wer_abs[tag=noisy]")


def test_what_is_written(tmp_path: Path):
    """Readable in a review; one value a line."""
    add_approvals(tmp_path / "a.toml", [SEEN])

    assert """
[[approval]]
name = "wer_abs[tag=noisy]"
outcome = "fail"
value = 0.02
low = 0.012
high = 0.028
margin = 0.01
unit = "ratio"
endpoint = "live"
run_id = "cutover"
reason = "names of drugs"
author = "Ann"
approved = 2026-11-01
until = 2026-12-31
""" == (tmp_path / "a.toml").read_text(encoding="utf-8").split("longer holds.\n")[1]


@given(
    text=st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip),
    value=st.floats(-1e6, 1e6),
    high=st.none() | st.floats(allow_nan=False),
)
@settings(max_examples=25)
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, text: str, value: float, high: float | None):
    """Whatever a reason holds, whatever the figures are; what stood there stays, comments too."""
    path = tmp_path_factory.mktemp("approvals") / "a.toml"
    path.write_text("# ours\n", encoding="utf-8")
    approvals = (SEEN, replace(SEEN, reason=text, author=text, value=value, high=high, low=None))

    for approval in approvals:
        add_approvals(path, [approval])

    assert approvals == read_approvals(path)
    assert path.read_text(encoding="utf-8").startswith("# ours\n")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"wer_abs[tag=noisy]"', '"wer_abz[tag=noisy]"', "there is no rule 'wer_abz'. Did you mean 'wer_abs'"),
        ("until = 2026-12-31", 'until = "soon"', "until is 'soon'; it must be a date such as 2026-01-31"),
        ("until = 2026-12-31", "until = 2026-12-31T10:00:00", "it must be a date such as"),
        ('reason = "names of drugs"', 'reason = " "', "reason is ' '; it must be text that is not empty"),
        ('author = "Ann"\n', "", "author is missing"),
        ("value = 0.02", "value = inf", "value is inf; it must be a finite number"),
        (
            "value = 0.02",
            f"value = {10**400}",
            "not readable as TOML: it holds an integer that takes more than 64 bits",
        ),
        (
            "margin = 0.01",
            "margin = -0.01",
            "margin is -0.01; it must be a finite number, 0 or more. Correct it, or let",
        ),
        ("names of drugs", "x" * 1001, "reason is 'xxx.*…; it must be text .* of at most 1,000 characters"),
        ("[[approval]]", "a = " + "[" * 100_000, "not readable as TOML"),
        ("high = 0.028", "high = true", "high is True; it must be a number"),
        ('unit = "ratio"', 'unit = "ms"', "unit is 'ms', but wer_abs is in ratio"),
        ('endpoint = "live"', 'endpoint = "lab"', "endpoint is 'lab'; it must be emulated or live"),
        ("margin = 0.01", "margins = 0.01", "margins is no known key. Did you mean margin?"),
        ("[[approval]]", "[[approvals]]", r"approvals is no known key. Entries begin with \[\[approval\]\]"),
        ("[[approval]]", "[[approval", "not readable as TOML"),
        ("[[approval]]", "[approval]", "approval must be a list of tables"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, old: str, new: str, message: str):
    """Naming the file, the entry, the key and what is allowed; an approval that can't be understood covers nothing by chance."""
    path = tmp_path / "a.toml"
    add_approvals(path, [SEEN])
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(old, new), encoding="utf-8")

    with pytest.raises(ConfigError, match=rf"a\.toml: .*{message}"):
        read_approvals(path)
    with pytest.raises(ConfigError):
        add_approvals(path, [SEEN])
    assert text.replace(old, new) == path.read_text(encoding="utf-8")


def test_infinities_are_toml(tmp_path: Path):
    """A bound may be infinite where values never came."""
    endless = replace(SEEN, low=-math.inf, high=math.inf)
    add_approvals(tmp_path / "a.toml", [endless])

    assert (endless,) == read_approvals(tmp_path / "a.toml")
