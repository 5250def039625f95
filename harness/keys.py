"""API keys: they come from the environment, and from nowhere else."""

import os
from collections.abc import Iterable

from harness.errors import ConfigError


def keys_from_environment(names: Iterable[str]) -> dict[str, str]:
    """The keys in these environment variables, by their names.

    Raises:
        ConfigError: A key is missing, or holds what no key holds; none is shown.
    """
    wanted = sorted(set(names))
    missing = [name for name in wanted if not os.environ.get(name)]
    if missing:
        raise ConfigError(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set, which --live needs. Set "
            f"{'it' if len(missing) == 1 else 'them'} in the environment; keys are read from nowhere else."
        )
    keys = {name: os.environ[name] for name in wanted}
    for name, key in keys.items():
        if not (key.isascii() and key.isprintable()) or key != key.strip():
            raise ConfigError(
                f"{name} holds a character that no key has: a line break, a space at an end, or a typographic one. Copy the key "
                "again. (It is not shown here on purpose.)"
            )
    return keys
