"""How texts are written: in the script of their language, and with digits and symbols that scoring reads in its own way."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from harness.corpus.model import Clip
from harness.corpus_check.findings import Finding, of_clip
from harness.metrics.normalize import UNINTELLIGIBLE, plain_tokens, primary, primary_subtag
from harness.metrics.settings import ScoreSettings

_SHOWN = 5
_MEANINGFUL = "&@#%/*_\\"  # symbols by what they say, punctuation to Unicode
_ENGLISH = "en"  # the only language whose numbers the primary normaliser knows

# By the first word of a letter's Unicode name. Languages that aren't listed are written in Latin letters.
_SCRIPTS = {
    "ab av ba be bg ce cv kv mk os ru tt uk": "CYRILLIC",
    "az bs kk ky mn sr tg tk uz": "CYRILLIC LATIN",
    "ar fa ps sd ug ur": "ARABIC",
    "ks pa ku": "ARABIC DEVANAGARI GURMUKHI LATIN",
    "he yi": "HEBREW",
    "el": "GREEK",
    "hi mr ne sa": "DEVANAGARI",
    "as bn": "BENGALI",
    "gu": "GUJARATI",
    "kn": "KANNADA",
    "ml": "MALAYALAM",
    "or": "ORIYA",
    "si": "SINHALA",
    "ta": "TAMIL",
    "te": "TELUGU",
    "am ti": "ETHIOPIC",
    "hy": "ARMENIAN",
    "ka": "GEORGIAN",
    "km": "KHMER",
    "lo": "LAO",
    "my": "MYANMAR",
    "th": "THAI",
    "bo dz": "TIBETAN",
    "dv": "THAANA",
    "ja": "CJK HIRAGANA KATAKANA KATAKANA-HIRAGANA",
    "ko": "HANGUL CJK",
    "yue zh": "CJK BOPOMOFO",
}
_SCRIPTS_OF = {code: names.split() for codes, names in _SCRIPTS.items() for code in codes.split()}


def writing_findings(clip: Clip, line: int) -> Iterator[Finding]:
    """What is doubtful in how a clip's texts are written."""
    text = _text(clip)
    if not text:
        return
    language = primary_subtag(clip.language, ScoreSettings().default_language)
    if not text.isascii() or language in _SCRIPTS_OF:
        yield from _script(clip, line, text, language)
    others = [token for token in text.split() if not token.isalpha()]
    changes = {token: scored for token in others if (scored := _change(token, language)) is not None}
    if not changes:
        return
    if language != _ENGLISH and (digits := [token for token in changes if any(map(str.isdecimal, token))]):
        found = f"has {_listed(map(repr, digits))} in {language!r}, which stay digits"
        yield of_clip(clip, line, "digits", "text", found, badness=len(digits))
        changes = {token: scored for token, scored in changes.items() if token not in digits}
    if changes:
        scored_as = [
            f"{token!r} (scored as {repr(scored) if scored else 'nothing'})" for token, scored in changes.items()
        ]
        found = f"has {_listed(scored_as)}"
        yield of_clip(clip, line, "symbols", "text", found, severity="note", badness=len(changes))


def _text(clip: Clip) -> str:
    """What is scored: the utterances' texts, else the clip's."""
    return " ".join(one.text for one in clip.utterances if one.text) or clip.text or ""


def _listed(items: Iterable[str]) -> str:
    every = list(items)
    rest = f" and {len(every) - _SHOWN} more" if len(every) > _SHOWN else ""
    return ", ".join(every[:_SHOWN]) + rest


@lru_cache(1 << 14)
def _change(token: str, language: str) -> str | None:
    """What a token is scored as, if its digits or symbols come out differently; None if they don't."""
    symbols = [character for character in token if _is_symbol(character)]
    digits = re.findall(r"\d+", token)
    if not symbols and not digits:
        return None
    scored = primary().reference_tokens(token, language)
    if UNINTELLIGIBLE in scored:
        return None
    shown = " ".join(scored)
    if digits and language != _ENGLISH:
        return shown
    lost = any(symbol not in shown for symbol in symbols)
    return shown if lost or (digits and (len(scored) != 1 or re.findall(r"\d+", shown) != digits)) else None


def _is_symbol(character: str) -> bool:
    return character in _MEANINGFUL or unicodedata.category(character) in ("Sc", "Sm", "So")


def _script(clip: Clip, line: int, text: str, language: str) -> Iterator[Finding]:
    expected = _SCRIPTS_OF.get(language, ["LATIN"] if len(language) == 2 else None)  # noqa: PLR2004 - rarer ones are not known
    scripts = [script for character in text if (script := script_of(character))]
    foreign = [script for script in scripts if expected and script not in expected]
    if scripts and len(foreign) > len(scripts) / 2:
        most = max(set(foreign), key=foreign.count)
        found = f"is {most.title()} for {len(foreign) / len(scripts):.0%}, but its language is {clip.language or language!r}"
        yield of_clip(clip, line, "script", "language", found, badness=len(foreign))
    if mixed := [token for token in plain_tokens(text) if not token.isascii() and _is_mixed(token)]:
        found = f"has {_listed(f'{token!r} ({_spelled_in(token)})' for token in dict.fromkeys(mixed))}"
        yield of_clip(clip, line, "mixed_script", "text", found, badness=len(mixed))


@lru_cache(1 << 16)
def _is_mixed(token: str) -> bool:
    """Letters of two scripts that have letters which look alike."""
    return len({script_of(character) for character in token} & {"LATIN", "CYRILLIC", "GREEK"}) > 1


def _spelled_in(token: str) -> str:
    """`p is Latin, y is Cyrillic`: the first letter of each script."""
    first: dict[str, str] = {}
    for character in token:
        first.setdefault(script_of(character), character)
    return ", ".join(f"{character} is {script.title()}" for script, character in first.items() if script)


@lru_cache(1 << 14)
def script_of(character: str) -> str:
    """The script of a letter, by the first word of its Unicode name (`LATIN`, `CJK`); empty for everything else."""
    if not unicodedata.category(character).startswith("L"):
        return ""
    name = unicodedata.name(character, "").removeprefix("FULLWIDTH ").removeprefix("HALFWIDTH ").split(" ", 1)[0]
    return "" if name in ("MODIFIER", "FEMININE", "MASCULINE", "MICRO") else name
