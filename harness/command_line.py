"""Commands as they were typed, to be given again with something changed."""

import shlex
from collections.abc import Sequence

WITH_VALUE = frozenset({"--run-id", "--pairs", "--passes"})
"""Of the options that are taken out, those followed by a value."""


def changed(command: Sequence[str], without: Sequence[str], *more: str) -> str:
    """A command line with other options.

    Args:
        command: `harness`, the command and its arguments.
        without: Options to be taken out, with their values, in either spelling (`--pairs 2`, `--pairs=2`).
        *more: What to put at the end.
    """
    kept: list[str] = []
    arguments = iter(command)
    for argument in arguments:
        name, equals, _ = argument.partition("=")
        if name not in without:
            kept.append(argument)
        elif name in WITH_VALUE and not equals:
            next(arguments, None)
    return shlex.join([*kept, *more])
