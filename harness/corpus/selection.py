"""`--select 'tag=noisy,lang=es'`: which clips of a corpus are meant.

A comma means "and". Keys are `tag`, `lang`, `speaker`, `call` and `id`; a bare word is a tag, and so is `key=value`
when the corpus has tags of that key (`band=narrow`).
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from harness.corpus.language import language_matches
from harness.corpus.model import Clip
from harness.corpus.recording import Recording
from harness.errors import ConfigError

Key = Literal["tag", "lang", "speaker", "call", "id"]
KEYS: tuple[Key, ...] = ("tag", "lang", "speaker", "call", "id")


@dataclass(frozen=True, slots=True)
class Condition:
    """One part of a selection; `assumed_key` is a key that only a tag of the corpus can justify."""

    key: Key
    value: str
    assumed_key: str | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """Conditions that must all hold; none selects everything."""

    conditions: tuple[Condition, ...] = ()

    def may_match(self, recording: Recording) -> bool:
        """Whether any channel of a recording can match: decided before its audio is looked at."""
        speakers = {recording.speaker, *(segment.speaker for segment in recording.segments)}
        return all(_may_match(condition, recording, speakers) for condition in self.conditions)

    def matches(self, clip: Clip) -> bool:
        """Whether a clip is selected."""
        return all(_matches(condition, clip) for condition in self.conditions)

    def check_tag_keys(self, known: Iterable[str]) -> None:
        """Refuse keys that are neither this grammar's nor those of any tag in the corpus.

        Raises:
            ConfigError: There is such a key.
        """
        allowed = [*KEYS, *sorted(set(known))]
        for condition in self.conditions:
            if condition.assumed_key is not None and condition.assumed_key not in allowed:
                raise ConfigError(_unknown_key(condition.assumed_key, allowed))


def parse_selection(text: str | None) -> Selection:
    """Parse the value of `--select`; None selects everything.

    Raises:
        ConfigError: A part is empty, or a key or value is missing.
    """
    if text is None:
        return Selection()
    return Selection(tuple(_condition(part.strip(), text) for part in text.split(",")))


def _condition(part: str, whole: str) -> Condition:
    key, equals, value = (piece.strip() for piece in part.partition("="))
    if not part or not key or (equals and not value):
        raise ConfigError(
            f"--select is {whole!r}, in which {part!r} is incomplete; allowed are conditions like tag=noisy or lang=es, "
            "joined by commas. Complete it or leave it out."
        )
    if not equals:
        return Condition("tag", key)
    if key in KEYS:
        return Condition(key, value)
    return Condition("tag", f"{key}={value}", assumed_key=key)


def _may_match(condition: Condition, recording: Recording, speakers: set[str | None]) -> bool:
    match condition.key:
        case "tag":
            return condition.value in recording.tags
        case "lang":
            return language_matches(recording.language, condition.value)
        case "speaker":
            return condition.value in speakers
        case "call":
            return condition.value == (recording.call_id or recording.id)
        case "id":
            return condition.value == recording.id or condition.value.startswith(f"{recording.id}.ch")


def _matches(condition: Condition, clip: Clip) -> bool:
    match condition.key:
        case "tag":
            return condition.value in clip.tags
        case "lang":
            return language_matches(clip.language, condition.value)
        case "speaker":
            return condition.value == clip.speaker or any(condition.value == u.speaker for u in clip.utterances)
        case "call":
            return condition.value == clip.call_id
        case "id":
            return condition.value in {clip.clip_id, clip.recording_id}


def _unknown_key(key: str, allowed: list[str]) -> str:
    close = difflib.get_close_matches(key, allowed, n=1, cutoff=0.5)
    meant = f" Did you mean {close[0]!r}?" if close else ""
    return f"--select has the key {key!r}; allowed are {', '.join(allowed)}.{meant}"
