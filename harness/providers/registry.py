"""The providers by name. Importing one imports its SDK, so each is imported only when asked for."""

from harness.errors import ConfigError
from harness.providers.base import Provider
from harness.providers.parameters import nearest

NAMES = ("assemblyai", "gladia")


def provider(name: str) -> Provider:
    """The provider called `name`.

    Raises:
        ConfigError: There is none.
    """
    if name == "assemblyai":
        from harness.providers.assemblyai import AssemblyAI  # noqa: PLC0415 - see the module's docstring

        return AssemblyAI()
    if name == "gladia":
        from harness.providers.gladia import Gladia  # noqa: PLC0415

        return Gladia()
    raise ConfigError(f"provider is {name!r}, which is unknown. {nearest(name, NAMES)}")
