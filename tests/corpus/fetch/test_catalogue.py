from pathlib import Path

import pytest

from harness.corpus.fetch.catalogue import CATALOGUE, named
from harness.corpus.language import language_problem
from harness.errors import ConfigError


def test_every_corpus_is_pinned_and_complete():
    """Two packages with hashes, a licence, a language."""
    for corpus in CATALOGUE:
        assert corpus is named(corpus.name)
        assert language_problem(corpus.language) is None
        assert corpus.licence.startswith("CC-")
        assert [64, 64] == [len(bytes.fromhex(one.sha256)) * 2 for one in (corpus.sounds, corpus.texts)]
        assert corpus.size_bytes > 1_000_000


def test_an_unknown_name_is_told_the_nearest():
    """And how to list them."""
    with pytest.raises(ConfigError, match=r"'asterisk-eng'; allowed are asterisk-en, .* Did you mean asterisk-en\?"):
        named("asterisk-eng")


def test_the_page_shows_what_there_is():
    """As the catalogue has it."""
    page = (Path(__file__).parents[3] / "docs" / "corpora.md").read_text(encoding="utf-8")
    for one in CATALOGUE:
        size = f"{one.size_bytes / 1e6:.1f} MB | {one.recordings} | {one.minutes:.1f}"
        assert f"| {one.language} | `{one.name}` | {size} | {one.licence}, {one.author} |" in page
