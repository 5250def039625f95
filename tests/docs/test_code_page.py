"""docs/code.md explains every rule of `harness translate --code`, in the words of the program."""

import re
from pathlib import Path

from harness.code_scan.rules import RULES

PAGE = (Path(__file__).parents[2] / "docs" / "code.md").read_text(encoding="utf-8")


def test_every_rule_has_a_section_and_every_section_is_a_rule():
    """In order, with severity, meaning and both snippets."""
    sections = re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]
    assert list(RULES) == [section.split("\n", 1)[0] for section in sections]
    for section, rule in zip(sections, RULES.values(), strict=True):
        assert f"*{rule.severity}*: {rule.title}. {rule.meaning}" in section
        assert all(code in section for code in (rule.python, rule.typescript))


def test_the_page_names_no_rule_that_is_not_there():
    """Renamed rules would break what users wrote down."""
    named = set(re.findall(r"`((?:assemblyai|gladia|name)-[a-z-]+)`", PAGE))
    assert set() == named - RULES.keys()
