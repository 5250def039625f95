"""AssemblyAI's languages as Gladia's, whose list is that of its SDK."""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from gladiaio_sdk.v2.live.generated_types import LiveV2TranscriptionLanguageCode

from harness.providers.turn_silences import DEFAULT_MODEL

_KNOWN = frozenset(get_args(LiveV2TranscriptionLanguageCode))


def language_config(codes: Sequence[str]) -> dict[str, Any]:
    """The configuration for these codes: without regions, each once, those that Gladia lacks and `multi` left out.

    With one language code switching has no meaning; with none or several, the first utterance would lock the language without it.
    """
    plain = (code.replace("_", "-").split("-")[0].lower() for code in codes)
    known = list(dict.fromkeys(code for code in plain if code in _KNOWN))
    return {"languages": known, "code_switching": len(known) != 1}


def unknown_languages(codes: Sequence[str]) -> list[str]:
    """Those of the codes that Gladia has no language for."""
    return [code for code in codes if code != "multi" and not language_config([code])["languages"]]


def default_language_config(params: Mapping[str, Any]) -> dict[str, Any]:
    """What the model itself means, if no language is given: English only, or any of several at any time."""
    return language_config(["en"] if str(params.get("speech_model", DEFAULT_MODEL)).endswith("-english") else ["multi"])
