"""Gladia's real-time processing: spellings are applied for real; translation, entities and sentiments only have their form.

What a translation says is not what an emulator is for, but that it comes, when, about which utterance and in which fields is.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.emulators.recognition import TimedWord
from harness.emulators.wordtools import plain

_NUMBER = re.compile(r"\d")
_TRAILING_MARKS = re.compile(r"[.,;:!?…]*$")


@dataclass(frozen=True, slots=True)
class Addons:
    """What a session asked for; `spellings` maps plain words to what they are replaced by."""

    spellings: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    target_languages: tuple[str, ...] = ()
    named_entity_recognition: bool = False
    sentiment_analysis: bool = False

    def respell(self, words: tuple[TimedWord, ...]) -> tuple[TimedWord, ...]:
        """The words with every listed pronunciation or spelling, longest first, replaced by its value."""
        if not self.spellings:
            return words
        keys = [plain(word.text) for word in words]
        longest = max(map(len, self.spellings))
        respelled: list[TimedWord] = []
        position = 0
        while position < len(words):
            count = next(
                (
                    count
                    for count in range(min(longest, len(words) - position), 0, -1)
                    if tuple(keys[position : position + count]) in self.spellings
                ),
                0,
            )
            first, last = words[position], words[position + max(count, 1) - 1]
            if count:
                text = self.spellings[tuple(keys[position : position + count])] + _trailing(last.text)
                first = TimedWord(text, first.start_ms, last.end_ms, first.confidence)
            respelled.append(first)
            position += max(count, 1)
        return tuple(respelled)

    def messages(self, utterance_id: str, said: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        """What is told about a final utterance: types of messages and their data."""
        about = {"utterance_id": utterance_id, "utterance": said}
        told = [
            (
                "translation",
                {
                    **about,
                    "original_language": said["language"],
                    "target_language": language,
                    "translated_utterance": translated(said, language),
                },
            )
            for language in self.target_languages
        ]
        if self.named_entity_recognition:
            told.append(("named_entity_recognition", {**about, "results": entities(said)}))
        if self.sentiment_analysis:
            told.append(("sentiment_analysis", {**about, "results": sentiments(said)}))
        return told

    def results(self, utterances: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """The add-ons' part of a session's result; what wasn't asked for is absent."""
        results: dict[str, Any] = {}
        if self.target_languages:
            translations = []
            for language in self.target_languages:
                told = [translated(said, language) for said in utterances]
                text = " ".join(said["text"].strip() for said in told)
                translations.append(
                    {"error": None, "full_transcript": text, "languages": [language], "utterances": told}
                )
            results["translation"] = addon_result(translations, is_empty=not utterances)
        if self.named_entity_recognition:
            found = [entity for said in utterances for entity in entities(said)]
            results["named_entity_recognition"] = addon_result(found, is_empty=not found)
        if self.sentiment_analysis:
            felt = [sentiment for said in utterances for sentiment in sentiments(said)]
            results["sentiment_analysis"] = addon_result(json.dumps(felt), is_empty=not felt)
        return results


def addon_result(results: Any, *, is_empty: bool) -> dict[str, Any]:
    """A successful add-on's result as the service wraps it."""
    return {"success": True, "is_empty": is_empty, "exec_time": 0.0, "error": None, "results": results}


def translated(said: dict[str, Any], language: str) -> dict[str, Any]:
    """The utterance marked with the language it would be in, such as "[fr] Call me back."."""
    lead = " " if said["text"].startswith(" ") else ""
    return {**said, "text": f"{lead}[{language}] {said['text'].strip()}", "words": [], "language": language}


def entities(said: dict[str, Any]) -> list[dict[str, Any]]:
    """Words that look like numbers or, beyond the first word, like names."""
    found = []
    for index, word in enumerate(said["words"]):
        text = word["word"].strip().strip(".,;:!?")
        number = bool(_NUMBER.search(text))
        if number or (index > 0 and len(text) > 1 and text[0].isupper()):
            kind = "NUMBER" if number else "NAME"
            found.append({"entity_type": kind, "text": text, "start": word["start"], "end": word["end"]})
    return found


def sentiments(said: dict[str, Any]) -> list[dict[str, Any]]:
    """The whole utterance, felt to be neutral."""
    place = {name: said[name] for name in ("start", "end", "channel")}
    return [{"sentiment": "neutral", "emotion": "neutral", "text": said["text"].strip(), **place}]


def summary(kind: str, utterances: Sequence[dict[str, Any]]) -> str:
    """The first words of what was said, in the form asked for."""
    texts = [said["text"].strip() for said in utterances]
    return "\n".join(f"- {text}" for text in texts) if kind == "bullet_points" else " ".join(texts)[:200]


def parse_addons(settings: Mapping[str, Any], errors: list[str]) -> Addons:
    """The wishes of a request's `realtime_processing`; what is wrong is appended to `errors`, field's name first."""
    flags = {}
    for name in (
        "custom_vocabulary",
        "custom_spelling",
        "translation",
        "named_entity_recognition",
        "sentiment_analysis",
    ):
        flags[name] = settings.get(name) or False
        if not isinstance(flags[name], bool):
            errors.append(f"realtime_processing.{name} must be a boolean value")
    configs: dict[str, Mapping[str, Any]] = {}
    for name in ("custom_vocabulary_config", "custom_spelling_config", "translation_config"):
        configs[name] = settings.get(name) or {}
        if not isinstance(configs[name], dict):
            errors.append(f"realtime_processing.{name} must be an object")
            configs[name] = {}
    vocabulary = _vocabulary(configs["custom_vocabulary_config"], errors)
    spellings = _spellings(configs["custom_spelling_config"], errors)
    languages = configs["translation_config"].get("target_languages") or []
    if not _is_strings(languages):
        errors.append("realtime_processing.translation_config.target_languages must be an array of language codes")
        languages = []
    return Addons(
        {**(vocabulary if flags["custom_vocabulary"] else {}), **(spellings if flags["custom_spelling"] else {})},
        tuple(languages) if flags["translation"] else (),
        bool(flags["named_entity_recognition"]),
        bool(flags["sentiment_analysis"]),
    )


def _vocabulary(config: Mapping[str, Any], errors: list[str]) -> dict[tuple[str, ...], str]:
    entries = config.get("vocabulary") or []
    spellings: dict[tuple[str, ...], str] = {}
    for entry in entries if isinstance(entries, list) else [None]:
        value = entry.get("value") if isinstance(entry, dict) else entry
        pronunciations = (entry.get("pronunciations") or []) if isinstance(entry, dict) else []
        if not isinstance(value, str) or not _is_strings(pronunciations):
            errors.append(
                "realtime_processing.custom_vocabulary_config.vocabulary must be an array of strings or of objects "
                "with value and pronunciations"
            )
            break
        spellings |= _table(value, [value, *pronunciations])
    return spellings


def _spellings(config: Mapping[str, Any], errors: list[str]) -> dict[tuple[str, ...], str]:
    dictionary = config.get("spelling_dictionary") or {}
    if not isinstance(dictionary, dict) or not all(map(_is_strings, dictionary.values())):
        errors.append(
            "realtime_processing.custom_spelling_config.spelling_dictionary must be an object of arrays of strings"
        )
        return {}
    spellings: dict[tuple[str, ...], str] = {}
    for value, variants in dictionary.items():
        spellings |= _table(value, variants)
    return spellings


def _table(value: str, variants: Sequence[str]) -> dict[tuple[str, ...], str]:
    keys = (tuple(filter(None, map(plain, variant.split()))) for variant in variants)
    return {key: value for key in keys if key}


def _trailing(text: str) -> str:
    match = _TRAILING_MARKS.search(text)
    return match.group() if match else ""


def _is_strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
