"""The providers by name: the built-in ones, and those that installed packages bring (entry points, `harness.providers`).

Importing one imports its client, so each is imported only when asked for.
"""

from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from harness.errors import ConfigError
from harness.providers.base import Provider
from harness.providers.parameters import nearest

GROUP = "harness.providers"
NAMES = ("assemblyai", "command", "gladia")
_PROMISED = tuple(name for name in (*Provider.__annotations__, *vars(Provider)) if not name.startswith("_"))


def provider(name: str, folder: Path | None = None) -> Provider:
    """The provider called `name`.

    Args:
        name: Built in, or an entry point's.
        folder: Of the configuration, which a program's paths are relative to; the working directory by default.

    Raises:
        ConfigError: There is none, or that of a package can't be used; the message names the package.
    """
    if name == "assemblyai":
        from harness.providers.assemblyai import AssemblyAI  # noqa: PLC0415 - see the module's docstring

        return AssemblyAI()
    if name == "gladia":
        from harness.providers.gladia import Gladia  # noqa: PLC0415

        return Gladia()
    if name == "command":
        from harness.providers.command import Command  # noqa: PLC0415

        return Command(folder or Path.cwd())
    found = [entry for entry in entry_points(group=GROUP) if entry.name == name]
    if len(found) > 1:
        packages = " and ".join(sorted(_package(entry) for entry in found))
        raise ConfigError(f"provider is {name!r}, which {packages} both bring. Uninstall one of them.")
    if not found:
        known = {*NAMES, *(entry.name for entry in entry_points(group=GROUP))}
        raise ConfigError(f"provider is {name!r}, which is unknown. {nearest(name, known)}")
    return _loaded(found[0])


def _loaded(entry: EntryPoint) -> Provider:
    where = f"provider is {entry.name!r}, which {_package(entry)} brings"
    try:
        made: Provider = entry.load()()
    except Exception as error:
        raise ConfigError(
            f"{where}, but it can't be used ({type(error).__name__}: {error}). Correct or reinstall that package."
        ) from error
    lacking = sorted(name for name in _PROMISED if not hasattr(made, name))
    if lacking:
        raise ConfigError(
            f"{where}, but it lacks {', '.join(lacking)}. It was made for another version of harness: upgrade it, or harness."
        )
    if made.name != entry.name:
        raise ConfigError(f"{where}, but it calls itself {made.name!r}. The two have to be the same.")
    return made


def _package(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "a package without a name"
