import re
from pathlib import Path

import pytest
from calibrations import calibration

from harness.calibration.page import render, write_page
from harness.errors import ConfigError


def test_the_page_needs_nothing_but_itself():
    """No address, no script; the policy allows its own style alone."""
    page = render([calibration()])

    assert [] == re.findall(r"(?:src|href)=\"(?!#|data:,)", page)
    assert "<script" not in page
    assert re.search(r"default-src 'none'; style-src &#39;sha256-|default-src 'none'; style-src 'sha256-", page)


def test_the_page_says_that_it_is_about_the_harness():
    """As every page about emulated services."""
    assert "it says nothing about either company" in render([calibration()])


def test_one_calibration_is_shown_in_full():
    """Its conclusion, its limits, its figures."""
    page = render([calibration()])

    assert "Within the limits" in page
    assert "All calibrations" not in page
    assert "p99 stays under 10 ms" in page


def test_several_are_compared_first():
    """And what went beyond is said."""
    broken = calibration(pairs=16, broken_limits=["p99 of lateness_ms is 12 ms, limit 10 ms"])
    page = render([calibration(), broken])

    assert "All calibrations" in page
    assert "1 of 2 calibrations kept the limits" in page
    assert "p99 of lateness_ms is 12 ms, limit 10 ms" in page


def test_a_count_that_is_wrong_is_not_called_exact():
    """It is the worst that a calibration can find."""
    wrong = {"wer": {"candidate": {"difference": 0.01}}}

    assert render([calibration(bias=wrong)]).count('class="wrong">0.01<') == 1


def test_what_can_t_be_written_is_said(tmp_path: Path):
    """With the option and the file."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"--html .*page\.html: can't be written"):
        write_page([calibration()], tmp_path / "file" / "page.html")
