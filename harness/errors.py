"""Every error this program raises on purpose.

    HarnessError
    ├── UsageError          exit 2: nothing was streamed
    │   ├── ConfigError     a configuration file, flag or environment variable
    │   ├── CorpusError     a manifest or an audio file
    │   ├── RunError        a run directory that is missing, damaged or of another schema
    │   └── UnknownNameError    a run has no metric, rule, slice or figure of that name; also an AttributeError
    ├── MissingValueError   a figure that does not exist was used as a number
    ├── ProviderError       one session failed at a provider; recorded, never fatal for the run
    │   └── ThrottledError  it was refused for a quota before any audio; dialled again later
    ├── InvalidRunError     exit 3: the result can't be trusted
    └── InterruptedRunError exit 130: what was recorded is kept

A message is one paragraph: where (file, line, field), what was found, what is allowed, what to do next.
"""

from typing import ClassVar


class HarnessError(Exception):
    """Base of all deliberate errors; `exit_code` is what the command line leaves with."""

    exit_code: ClassVar[int] = 3


class UsageError(HarnessError):
    """The user asked for something impossible; nothing was streamed and nothing was written."""

    exit_code: ClassVar[int] = 2


class ConfigError(UsageError):
    """A configuration file, a flag or an environment variable is wrong."""


class CorpusError(UsageError):
    """A manifest line or an audio file is wrong."""


class RunError(UsageError):
    """A run directory is missing, damaged, or of a schema this version can't read."""


class UnknownNameError(UsageError, AttributeError):
    """A run has no metric, rule, slice or figure of that name; the message has the nearest."""


class MissingValueError(HarnessError):
    """A figure that does not exist was compared or computed with; the message says why it does not."""


class ProviderError(HarnessError):
    """A provider refused, dropped or broke one session. The session is recorded as failed."""


class ThrottledError(ProviderError):
    """A provider has no room for one more session now. Nothing was lost: the pair waits and dials again."""


class InvalidRunError(HarnessError):
    """Too much went wrong in the harness or at a service for the result to be trusted.

    `run_id` names the run if `--resume` continues it.
    """

    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, run_id: str | None = None) -> None:
        super().__init__(message)
        self.run_id = run_id


class InterruptedRunError(HarnessError):
    """The user stopped the run; finished sessions are kept and `--resume` continues. `run_id` names the run."""

    exit_code: ClassVar[int] = 130

    def __init__(self, message: str, run_id: str) -> None:
        super().__init__(message)
        self.run_id = run_id
