import builtins
import json
from pathlib import Path

import pytest

from harness.audio.convert import resample, to_pcm16
from harness.audio.read import read_channel
from harness.corpus.aligner import Aligner
from harness.errors import ConfigError, CorpusError

RESOURCES = Path(__file__).parents[1] / "resources" / "align"
TRUTH = json.loads((RESOURCES / "synthetic.json").read_text())
TEXT = " ".join(word["word"] for word in TRUTH)
NEAR_S = 0.1


@pytest.fixture(scope="module")
def aligner():
    pytest.importorskip("pocketsphinx")
    return Aligner()


@pytest.fixture(scope="module")
def pcm():
    return to_pcm16(resample(read_channel(RESOURCES / "synthetic.flac"), 16000, 16000))


def test_word_times_are_those_of_the_synthesiser(aligner, pcm):
    """Each onset and end is near the exact one; docs/corpora.md tells how near they are in general."""
    found = aligner.align(pcm, TEXT)
    assert [word["word"] for word in TRUTH] == [word.text for word in found]
    assert [] == [
        (word, exact) for word, exact in zip(found, TRUTH, strict=True) if abs(word.start_s - exact["start"]) > NEAR_S
    ]


def test_words_are_spelled_as_the_text_spells_them(aligner, pcm):
    """Case and punctuation stay; a mark that isn't spoken is no word."""
    printed = f"“{TEXT.capitalize()}”, —"
    assert printed.split()[:-1] == [word.text for word in aligner.align(pcm, printed)]


def test_the_right_text_is_more_confident_than_another(aligner, pcm):
    """On the whole."""
    right = [word.confidence for word in aligner.align(pcm, TEXT)]
    other = [word.confidence for word in aligner.align(pcm, "seven of clubs and the queen of hearts") or ()]
    assert 0 <= min(right + other) <= max(right + other) <= 1
    assert not other or sum(other) / len(other) < sum(right) / len(right)


def test_words_without_a_pronunciation_are_named(aligner, tmp_path):
    """Until a lexicon has them; both halves of a joined word are looked up."""
    assert ("4", "gladia") == aligner.unknown("Gladia's? No: Gladia, well-known since 4".replace("Gladia's?", ""))
    (tmp_path / "lexicon").write_text("gladia G L AA D IY AH\n4 F AO R\n")
    assert () == Aligner(tmp_path / "lexicon").unknown("Gladia 4")


def test_a_wrong_lexicon_is_refused_with_its_line(tmp_path):
    """Phones are those of the CMU dictionary."""
    pytest.importorskip("pocketsphinx")
    (tmp_path / "lexicon").write_text("hello HH AH L OW\ngladia xx yy\n")
    with pytest.raises(CorpusError, match=r"lexicon:2: phones: of 'gladia' are 'xx yy'; allowed are"):
        Aligner(tmp_path / "lexicon")


def test_without_the_extra_the_message_says_how_to_install_it(monkeypatch):
    """Pocketsphinx is optional."""
    real = builtins.__import__

    def without(name, *args, **options):
        if name == "pocketsphinx":
            raise ImportError(name)
        return real(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ConfigError, match=r"pip install 'cutover-harness\[align\]'"):
        Aligner()
