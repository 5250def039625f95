"""What a package needs to bring a provider of its own: docs/providers.md. Stable as `import harness` is.

A package names two entry points, both by the provider's name: in `harness.providers` a class without arguments that is a `Provider`,
in `harness.readers` a module or object that is a `Reader`. `harness.conformance` checks them.
"""

from harness.errors import ConfigError, ProviderError, ThrottledError
from harness.providers.base import EmulatorName, Provider, RecvStamp, SendStamp, Session, SessionSpec
from harness.providers.billing import BilledBy, Price
from harness.providers.parameters import as_sent, nearest
from harness.providers.wire import Connection, ReceivedFrame, SentFrame, WireLog, connect_tapped
from harness.timeline.events import Frame
from harness.timeline.messages import (
    Reading,
    TextMessage,
    as_index,
    as_ms,
    as_number,
    as_text,
    as_words,
    decode_object,
    word_span,
)
from harness.timeline.readers import Reader
from harness.timeline.segments import SpeechEvent, Update, UpdateKind, Violation, Word

__all__ = [
    "BilledBy",
    "ConfigError",
    "Connection",
    "EmulatorName",
    "Frame",
    "Price",
    "Provider",
    "ProviderError",
    "Reader",
    "Reading",
    "ReceivedFrame",
    "RecvStamp",
    "SendStamp",
    "SentFrame",
    "Session",
    "SessionSpec",
    "SpeechEvent",
    "TextMessage",
    "ThrottledError",
    "Update",
    "UpdateKind",
    "Violation",
    "WireLog",
    "Word",
    "as_index",
    "as_ms",
    "as_number",
    "as_sent",
    "as_text",
    "as_words",
    "connect_tapped",
    "decode_object",
    "nearest",
    "word_span",
]
