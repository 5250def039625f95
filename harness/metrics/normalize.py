"""From text to the tokens that are compared: layers L0, L1 and L2 of the methodology.

- L0, L1: see `harness.timeline.tokens`.
- L2: project rewrites, then a normaliser, then tokens without an alphanumeric character dropped. Word error rate is
  computed here. No normaliser is idempotent, so each text passes exactly once: per reference utterance, per segment.

Two normalisers judge. The primary is Whisper's (Radford et al. 2022, appendix C). The secondary comes from one of the
two contestants, so it never judges alone; it is taken without its removal of words such as "yeah" or "mhm".
"""

import hashlib
import json
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from importlib.metadata import version
from typing import Any, TypeVar

from harness.errors import ConfigError
from harness.timeline.tokens import plain_tokens, raw_tokens

__all__ = ["UNINTELLIGIBLE", "Normalizer", "plain_tokens", "primary", "raw_tokens", "secondary"]

Rewrites = tuple[tuple[str, str], ...]
Token = TypeVar("Token")

# Stands for a reference span nobody could understand; no normaliser can produce it.
UNINTELLIGIBLE = "\N{MATHEMATICAL LEFT ANGLE BRACKET}unk\N{MATHEMATICAL RIGHT ANGLE BRACKET}"

_UNINTELLIGIBLE_MARK = re.compile(rf"{UNINTELLIGIBLE}|<unk>|\[(?:unk|unintelligible|inaudible)\]", re.IGNORECASE)
_CACHED_TEXTS = 2**16
_LONGEST_WORD, _LONGEST_UNSPACED, _LONGEST_PIECE = 200, 2_000, 10_000  # characters
_SENTENCE, _WORD = re.compile(r".*[.!?]\s", re.DOTALL), re.compile(r".*\s", re.DOTALL)

# Written without spaces between words: there a "word" of the error rate is a grapheme.
UNSPACED_LANGUAGES = ("ja", "km", "lo", "my", "th", "yue", "zh")

# What of the secondary's filler list is removed: sounds of hesitation. The list also holds answers ("yeah", "yep") and
# plain words (Spanish "entonces", "claro"), whose loss in a transcript is an error.
_HESITATIONS = ("äh", "ähm", "eh", "ehm", "euh", "hm", "hmm", "hum", "mh", "mm", "mmm", "uh", "uhm", "um")
_SECONDARY_PRESET = "gladia-3"
# In these languages the capital of a dotless i is I, and that of a dotted one has a dot; lower case knows English only.
_DOTTED_AND_DOTLESS = ("az", "tr")
_TURKIC_CAPITALS = str.maketrans(
    {"I": "\N{LATIN SMALL LETTER DOTLESS I}", "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}": "i"}
)
# The only letter that lower case makes two characters of; the library behind the preset loses count and raises.
_DOTTED_CAPITAL_I = "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}"


class Normalizer:
    """One way from text to L2 tokens.

    Attributes:
        norm_id: Name, version and hash of all rules and options; results of different ids must not be compared.
    """

    def __init__(self, norm_id: str, rewrites: Rewrites, rules: Callable[[str], Callable[[str], str] | None]) -> None:
        self.norm_id = norm_id
        self._rewrites = [_compiled(pattern, replacement) for pattern, replacement in rewrites]
        self._rules = rules
        self._normalized = lru_cache(maxsize=_CACHED_TEXTS)(self._normalize)

    def supports(self, language: str) -> bool:
        """Whether there are rules for a language (primary subtag, lower case)."""
        return self._rules(language) is not None

    def tokens(self, text: str, language: str) -> tuple[str, ...]:
        """L2 tokens of a provider's segment."""
        return self._normalized(self._rewritten(text), language)

    def reference_tokens(self, text: str, language: str) -> tuple[str, ...]:
        """L2 tokens of a reference utterance, with `UNINTELLIGIBLE` in place of each span marked as such."""
        return between_marks(self._rewritten(text), lambda part: self._normalized(part, language), UNINTELLIGIBLE)

    def _rewritten(self, text: str) -> str:
        for pattern, replacement in self._rewrites:
            text = pattern.sub(replacement, text)
        return text

    def _normalize(self, text: str, language: str) -> tuple[str, ...]:
        rules = self._rules(language)
        if rules is None:
            raise ValueError(f"{self.norm_id} has no rules for language {language!r}")
        words = (word for piece in _pieces(text, language) for word in rules(piece).split())
        return tuple(word for word in words if any(character.isalnum() for character in word))


def _pieces(text: str, language: str) -> Iterator[str]:
    """The text whole, unless nobody says it: the time of some rules grows with the square of a run that has no end.

    A word longer than any stands alone, in slices. Texts of ten minutes and more are cut at the end of a sentence, else of a word.
    """
    most = _LONGEST_UNSPACED if language in UNSPACED_LANGUAGES else _LONGEST_WORD
    for number, part in enumerate(re.split(rf"(\S{{{most + 1},}})", text)):
        if number % 2:
            yield from (part[start : start + most] for start in range(0, len(part), most))
            continue
        start = 0
        while len(part) - start > _LONGEST_PIECE:
            most_end = start + _LONGEST_PIECE
            cut = _SENTENCE.match(part, start, most_end) or _WORD.match(part, start, most_end)
            end = cut.end() if cut else most_end
            yield part[start:end]
            start = end
        yield part[start:]


def between_marks(text: str, split: Callable[[str], tuple[Token, ...]], marker: Token) -> tuple[Token, ...]:
    """The tokens of a reference text, with `marker` in place of each span marked unintelligible."""
    first, *rest = _UNINTELLIGIBLE_MARK.split(text)
    tokens = [*split(first)]
    for part in rest:
        tokens += (marker, *split(part))
    return tuple(tokens)


def reference_plain_tokens(text: str) -> tuple[str, ...]:
    """L1 tokens of a reference utterance; spans marked unintelligible have none."""
    return plain_tokens(_UNINTELLIGIBLE_MARK.sub(" ", text))


def primary_subtag(language: str | None, default: str) -> str:
    """`en` of `en-US` or `EN_us`; the default if no language is given."""
    return re.split("[-_]", language.strip().casefold(), maxsplit=1)[0] if language else default


@lru_cache(maxsize=16)
def primary(rewrites: Rewrites = ()) -> Normalizer:
    """Whisper's English normaliser; for other languages its basic one, which here keeps combining marks.

    Dropping them would cut words of many scripts into pieces and flatter the error rate (Manohar et al. 2024).
    """
    options = {
        "other_languages": "basic, preserve_marks",
        "split_letters": UNSPACED_LANGUAGES,
        "dotless_i": _DOTTED_AND_DOTLESS,
    }
    package_version = version("whisper-normalizer")
    return Normalizer(_norm_id("whisper-english", package_version, options, rewrites), rewrites, _whisper_rules)


@lru_cache(maxsize=16)
def secondary(rewrites: Rewrites = ()) -> Normalizer:
    """Gladia's published normaliser, preset `gladia-3`, removing hesitations only. Supports the languages it lists."""
    options = {"hesitations": _HESITATIONS, "dotted_capital_i": "I"}
    package_version = version("gladia-normalization")
    return Normalizer(_norm_id(_SECONDARY_PRESET, package_version, options, rewrites), rewrites, _gladia_rules)


def _norm_id(name: str, package_version: str, options: Mapping[str, object], rewrites: Rewrites) -> str:
    described = {"drop": "tokens without an alphanumeric character", "options": options, "rewrites": rewrites}
    canonical = json.dumps(described, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return f"{name}@{package_version}+{hashlib.sha256(canonical.encode()).hexdigest()[:12]}"


def _compiled(pattern: str, replacement: str) -> tuple[re.Pattern[str], str]:
    try:
        compiled = re.compile(pattern)
        compiled.sub(replacement, "")
    except re.error as error:
        raise ConfigError(
            f"The rewrite {pattern!r} -> {replacement!r} is no regular expression with a valid replacement: {error}. "
            "Python's `re` syntax is expected; correct or remove it."
        ) from error
    return compiled, replacement


@lru_cache(maxsize=64)
def _whisper_rules(language: str) -> Callable[[str], str] | None:
    # Imported here: the tables take a tenth of a second, and only scoring needs them.
    with warnings.catch_warnings():
        # An invalid escape in a docstring there; it would greet every user, and stop those who make warnings errors.
        warnings.simplefilter("ignore", SyntaxWarning if sys.version_info >= (3, 12) else DeprecationWarning)
        from whisper_normalizer.basic import BasicTextNormalizer  # noqa: PLC0415 - see above
        from whisper_normalizer.english import EnglishTextNormalizer  # noqa: PLC0415 - see above

    rules: Callable[[str], str] = (
        EnglishTextNormalizer()
        if language == "en"
        else BasicTextNormalizer(preserve_marks=True, split_letters=language in UNSPACED_LANGUAGES)
    )
    if language in _DOTTED_AND_DOTLESS:
        return lambda text: rules(text.translate(_TURKIC_CAPITALS))
    return rules


@lru_cache(maxsize=64)
def _gladia_rules(language: str) -> Callable[[str], str] | None:
    from normalization import load_pipeline  # noqa: PLC0415 - see `_whisper_rules`
    from normalization.languages.registry import get_language_registry  # noqa: PLC0415 - see `_whisper_rules`

    if language == "default" or language not in get_language_registry():
        return None
    pipeline = load_pipeline(_SECONDARY_PRESET, language=language)
    operators = pipeline.operators
    hesitations = [word for word in operators.config.filler_words if word in _HESITATIONS]
    operators.config = replace(operators.config, filler_words=hesitations)
    may_tell_time = _time_of_day(operators)
    pipeline.text_pre_steps = [
        _OnlyIf(may_tell_time, step) if step.name == "convert_word_based_time_patterns" else step
        for step in pipeline.text_pre_steps
    ]
    return lambda text: str(pipeline.normalize(text.replace(_DOTTED_CAPITAL_I, "I")))


class _OnlyIf:
    """A step that is skipped where a cheap search proves that it would change nothing.

    The step converting spoken times tries 2600 expressions on every text, nine tenths of the normaliser's time.
    """

    def __init__(self, precondition: re.Pattern[str], step: Any) -> None:
        self.name: str = step.name
        self._precondition = precondition
        self._step = step

    def __call__(self, text: str, operators: Any) -> str:
        return str(self._step(text, operators)) if self._precondition.search(text) else text


def _time_of_day(operators: Any) -> re.Pattern[str]:
    """What every expression of the step on spoken times needs: a number word before am or pm, or the word o'clock."""
    config = operators.config
    words = [re.escape(word) for word in (config.time_words or ())]  # "twenty one" ends in one of them
    needed = [re.escape(config.oclock_word)] if config.oclock_word else []
    if words and config.am_word and config.pm_word:
        initials = re.escape(config.am_word[0] + config.pm_word[0])
        needed.append(rf"(?:{'|'.join(words)}|:00)\s+[{initials}]\.?m")
    return re.compile("|".join(needed) or r"(?!)", re.IGNORECASE)
