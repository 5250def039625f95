"""A whole translation: what was read, what was corrected, and the configuration of each variant as the harness sends it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

from harness.errors import ConfigError
from harness.providers.gladia import Gladia
from harness.translation.endpointing import Variant
from harness.translation.names import Correction, corrected
from harness.translation.rules import SECRETS
from harness.translation.secrets import without_secrets
from harness.translation.source import Source, read_source
from harness.translation.translate import Translation, checked, translate

VARIANTS: tuple[Variant, ...] = get_args(Variant)
_WEBHOOK = "webhook_url"
_BLOTTED = f"{_WEBHOOK} holds a token or a password: … stands for it here and in the configuration; put it in yourself, but for no comparison."
_AUDIO_NAMES = ("encoding", "bit_depth", "sample_rate", "channels")  # set under [audio] for both services alike


@dataclass(frozen=True, slots=True)
class Result:
    """What `harness translate` found.

    Attributes:
        name: Of the file, for people.
        source: The parameters as they stood.
        corrections: Names and values that are none of AssemblyAI's.
        baseline: The parameters as AssemblyAI's SDK takes them.
        variants: The translation of each variant.
    """

    name: str
    source: Source
    corrections: tuple[Correction, ...]
    baseline: Mapping[str, Any]
    variants: Mapping[Variant, Translation]

    @property
    def has_losses(self) -> bool:
        """Whether something was asked for that the translation does not give, or only the program knows."""
        return bool(self.source.unset) or any(translation.lost for translation in self.variants.values())

    @property
    def shown_baseline(self) -> dict[str, Any]:
        """The baseline without what nobody is to read."""
        return {name: value for name, value in self.baseline.items() if name not in SECRETS}

    def sent(self, variant: Variant) -> dict[str, Any]:
        """Gladia's configuration as a session of the harness sends it, the audio format included.

        Raises:
            ConfigError: Gladia's SDK does not take it.
        """
        translation = self.variants[variant]
        audio = translation.audio
        return Gladia().effective_params(translation.config, audio.encoding, audio.sample_rate_hz)

    def candidate_params(self, variant: Variant) -> dict[str, Any]:
        """The same as `[candidate] params`."""
        return {name: value for name, value in self.sent(variant).items() if name not in _AUDIO_NAMES}


def translate_text(text: str, name: str) -> Result:
    """Read parameters in whatever form and translate them.

    Args:
        text: The whole text of a file.
        name: What messages call it.

    Raises:
        ConfigError: It is not understood, holds no parameters, or a value that AssemblyAI's SDK does not take.
    """
    return translate_source(read_source(text, name), name)


def translate_source(source: Source, name: str) -> Result:
    """Translate parameters that have been read.

    Raises:
        ConfigError: A value is none that AssemblyAI's SDK takes.
    """
    params, corrections = corrected(source.params)
    try:
        baseline = checked(params)
    except ConfigError as error:
        raise ConfigError(f"{name}: {error} Correct it and try again.") from None
    shown = without_secrets(baseline.get(_WEBHOOK, ""))
    if shown != baseline.get(_WEBHOOK, ""):
        baseline = {**baseline, _WEBHOOK: shown}
        source = replace(source, notes=(*source.notes, _BLOTTED))
    return Result(name, source, corrections, baseline, {variant: translate(baseline, variant) for variant in VARIANTS})
