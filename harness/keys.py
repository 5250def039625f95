"""API keys: they come from the environment, and from nowhere else."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from harness.errors import ConfigError
from harness.redaction import FEWEST_CHARACTERS, without_secrets_in_urls

SUFFIX = "_API_KEY"
"""Of every variable that holds a key: those are kept from processes that need none."""

_LONGEST_WORD = 20
_NAMED_SECRET = re.compile(
    r"(?:.*[_-])?(?:token|secret|password|passwd|api[_-]?key|authorization|auth[_-]header[_-]value)", re.IGNORECASE
)
_OPTION = re.compile(r"--?(?:token|secret|password|api[_-]?key)(?:=.*)?", re.IGNORECASE | re.DOTALL)


def keys_from_environment(names: Iterable[str]) -> dict[str, str]:
    """The keys in these environment variables, by their names.

    Raises:
        ConfigError: A variable is called otherwise than `…_API_KEY`; a key is missing, or is what no key is; none is shown.
    """
    wanted = sorted(set(names))
    for name in wanted:
        if not name.endswith(SUFFIX):
            raise ConfigError(
                f"{name} is where a provider wants its key, but names of keys must end in {SUFFIX}: those are kept from processes that "
                "need none. Ask whoever made the provider to rename it."
            )
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
        is_word = key.isalpha() and len(key) < _LONGEST_WORD
        if is_word or len(key) < FEWEST_CHARACTERS:
            raise ConfigError(
                f"{name} holds {'a word' if is_word else f'less than {FEWEST_CHARACTERS} characters'}. Whatever equals a key is "
                "blotted out of all that a service says, which would spoil transcripts. Copy the key again; a real one is longer, and "
                "has digits. (It is not shown here on purpose.)"
            )
    return keys


def environment_without_keys() -> dict[str, str]:
    """This process's environment for another process that needs no key, or is given its own."""
    return {name: value for name, value in os.environ.items() if not name.endswith(SUFFIX)}


def check_holds_no_secret(params: Mapping[str, Any], where: str) -> None:
    """Refuse parameters that hold a key, a token or a password: they are kept in `run.json` and timelines, and shown in reports.

    Raises:
        ConfigError: One does; its value is not shown. `where` is what its name is said to be below.
    """
    for name in _secrets_in(params, where):
        raise ConfigError(
            f"{name} holds a key, a token or a password, which is not shown here on purpose: parameters stand in run.json, timelines "
            f"and reports. Leave it out. A service's key comes from the environment; webhooks are no part of what is compared."
        )


def _secrets_in(value: Any, where: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, each in value.items():
            if isinstance(each, str) and each and _NAMED_SECRET.fullmatch(name):
                yield f"{where}.{name}"
            yield from _secrets_in(each, f"{where}.{name}")
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from _secrets_in(each, f"{where}[{place}]")
    elif isinstance(value, str) and (without_secrets_in_urls(value) != value or _OPTION.fullmatch(value)):
        yield where
