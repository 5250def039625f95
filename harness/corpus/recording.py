"""One line of a manifest: parsed strictly, checked on its own, before any audio is looked at.

A line is a JSON object. `id` and `audio_filepath` are required. Keys this module doesn't know (source, licence, ...)
are allowed and left out; those that look like a misspelt one are named.
"""

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from harness.corpus.language import language_problem

Severity = Literal["error", "warning"]

MAX_ID_LENGTH = 120
_SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SHOWN = 60  # characters of an offending value
_NEAR = 0.66  # how like a known key (difflib's ratio) one must be to be taken for it: as `lang` is like `language`
_LONGEST_KEY = 40
_ENDS = "EOF while parsing "  # what the parser says of a line that is cut off


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a manifest or its audio.

    Attributes:
        severity: An error stops a run, a warning doesn't.
        line: Of the manifest, from 1; 0 concerns the whole file.
        field: The key, as `words[3].start`; empty for the line itself.
        message: What was found and what is allowed.
        kind: Of what the problem is: a line, a file that can't be read, or a key that may be misspelt.
    """

    severity: Severity
    line: int
    field: str
    message: str
    kind: Literal["manifest", "audio", "stray_key"] = "manifest"

    def __str__(self) -> str:
        """`manifest.jsonl:12: words[3].start: ...`."""
        place = f"manifest.jsonl:{self.line}" if self.line else "manifest.jsonl"
        return ": ".join(part for part in (place, self.field, self.message) if part)


def _safe_id(value: str) -> str:
    if not _SAFE_ID.fullmatch(value) or len(value) > MAX_ID_LENGTH:
        raise ValueError(
            f"allowed are 1 to {MAX_ID_LENGTH} letters (A-Z, a-z), digits, '.', '_' and '-', beginning with a letter "
            "or digit, because it names files"
        )
    return value


def _inside_folder(value: str) -> str:
    path = PurePosixPath(value)
    if not value.strip() or "\0" in value or "\\" in value or path.is_absolute() or ".." in path.parts:
        raise ValueError("allowed is a path relative to the manifest's folder, with '/', that doesn't leave it")
    return value


@cache
def _known_language(value: str) -> str:
    if problem := language_problem(value):
        raise ValueError(problem)
    return value


def _name(value: Any) -> Any:
    """Names may be written as numbers (`"turn_id": 3`); booleans may not."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _no_offset(value: float) -> float:
    if value:
        raise ValueError("parts of a longer file are not read in place; cut them into files of their own")
    return value


# Patterns are matched by pydantic's core: a manifest has a million words, and a Python call for each would be felt.
_NOT_BLANK = r"\S"
_TAG = r"^[^,]*[^,\s][^,]*$"
_ALLOWED = {
    _NOT_BLANK: "must not be blank; leave the key out instead",
    _TAG: "allowed is `key=value` or a bare word, not blank and without commas",
}
_PLAIN = {  # pydantic's types of error in the words of somebody who writes JSON
    "string_type": "allowed is text, in quotes",
    "float_type": "allowed is a number",
    "finite_number": "allowed is a number that isn't infinite",
    "int_type": "allowed is a whole number",
    "int_from_float": "allowed is a whole number",
    "bool_type": "allowed is true or false",
    "tuple_type": "allowed is a list, in square brackets",
    "model_type": "allowed is a JSON object, in braces",
    "greater_than_equal": "allowed is 0 or more",
}

_NOTES = frozenset({"source", "licence", "license", "reference_status", "words_source", "segments_source", "redaction"})
"""Keys that no reader needs, and that corpora have by custom."""

Text = Annotated[str, Field(pattern=_NOT_BLANK)]
Tag = Annotated[str, Field(pattern=_TAG)]
Name = Annotated[Text, BeforeValidator(_name)]
Seconds = Annotated[float, Field(ge=0)]
Channel = Annotated[int, Field(ge=0)]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", allow_inf_nan=False)


class _Span(_Part):
    start: Seconds
    end: Seconds
    channel: Channel | None = None


class ManifestWord(_Span):
    """A word and its times in seconds from the start of the file."""

    word: Text


class ManifestSegment(_Span):
    """A stretch of speech: its text, and who says it in which turn."""

    model_config = ConfigDict(extra="allow")

    text: str | None = None
    speaker: Name | None = None
    turn_id: Name | None = None


class ManifestEntity(_Part):
    """A stretch of a text that has to be right: of the segment with that index, else of the recording's own text."""

    segment: Annotated[int, Field(ge=0)] | None = None
    char_start: Annotated[int, Field(ge=0)]
    char_end: Annotated[int, Field(ge=0)]
    entity_class: Annotated[Text, Field(alias="class")]


class Recording(_Part):
    """A line of the manifest, as written; `harness.corpus.reference` makes clips of it."""

    model_config = ConfigDict(extra="allow")

    id: Annotated[str, AfterValidator(_safe_id)]
    audio_filepath: Annotated[str, AfterValidator(_inside_folder)]
    text: str | None = None
    duration: Seconds | None = None
    call_id: Name | None = None
    speaker: Name | None = None
    language: Annotated[str, AfterValidator(_known_language)] | None = None
    channel: Channel | None = None
    tags: tuple[Tag, ...] = ()
    segments: tuple[ManifestSegment, ...] = ()
    words: tuple[ManifestWord, ...] = ()
    entities: tuple[ManifestEntity, ...] = ()
    copy_audio: bool = True
    offset: Annotated[float, AfterValidator(_no_offset)] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "Recording":
        for field, spans in (("segments", self.segments), ("words", self.words)):
            last: dict[int | None, float] = {}
            for index, span in enumerate(spans):
                if span.end < span.start:
                    raise ValueError(f"{field}[{index}] ends at {span.end} s, before it starts at {span.start} s")
                if span.start < last.get(span.channel, 0.0):
                    raise ValueError(
                        f"{field}[{index}] starts at {span.start} s, before the one in front of it "
                        f"({last[span.channel]} s); {field} must be in time order, channel by channel"
                    )
                last[span.channel] = span.start
        if len({segment.text is None for segment in self.segments}) > 1:
            raise ValueError("some segments have a text and some don't; give all of them one, or none")
        return self

    @model_validator(mode="after")
    def _entities_in_their_texts(self) -> "Recording":
        for index, entity in enumerate(self.entities):
            text = self._text_of(entity, f"entities[{index}]")
            start, end = entity.char_start, entity.char_end
            if not start < end <= len(text):
                raise ValueError(
                    f"entities[{index}] covers the characters {start} to {end}; allowed are stretches of at least one "
                    f"character inside its text, which has {len(text)}"
                )
            if not any(character.isalnum() for character in text[start:end]):
                raise ValueError(
                    f"entities[{index}] covers {_shown(text[start:end])}, which holds no letter or digit; correct "
                    "`char_start` and `char_end`"
                )
        return self

    def _text_of(self, entity: ManifestEntity, name: str) -> str:
        if entity.segment is None or (entity.segment == 0 and not self.segments):
            if self.text is None or (self.segments and (self.words or self.segments[0].text is not None)):
                raise ValueError(
                    f"{name} has no `segment`, which only the `text` of a recording without texts of segments can do "
                    "without; add the index, from 0, of the segment whose text holds it"
                )
            return self.text
        if entity.segment >= len(self.segments):
            raise ValueError(
                f"{name} is in segment {entity.segment}, but there are {len(self.segments)}, counted from 0"
            )
        text = self.segments[entity.segment].text
        if text is None:
            raise ValueError(f"{name} is in segment {entity.segment}, which has no `text`; give the segments theirs")
        return text


def parse_line(line: bytes, number: int) -> Recording | list[Problem]:
    """Parse line `number` (from 1): the recording, or everything that is wrong with the line."""
    if not line.strip():
        return [Problem("error", number, "", "the line is blank; every line must be a JSON object. Delete it.")]
    try:
        return Recording.model_validate_json(line)
    except ValidationError as error:
        return list(_problems(error, number))


def stray_keys(recording: Recording) -> Iterator[tuple[str, str]]:
    """Keys that are not known, but like one that is and that the line lacks: `("txet", "text")`, `("segments.txet", "text")`."""
    parts: tuple[tuple[str, Recording | ManifestSegment], ...] = (
        ("", recording),
        *(("segments.", segment) for segment in recording.segments),
    )
    for path, part in parts:
        if part.model_extra:
            lacking = tuple(name for name in type(part).model_fields if name not in part.model_fields_set)
            for key in part.model_extra:
                if key not in _NOTES and (meant := nearest_key(key, lacking)):
                    yield path + key, meant


@lru_cache(maxsize=1024)
def nearest_key(key: str, known: tuple[str, ...]) -> str | None:
    """The known key that `key` was probably meant to be; None: it is like none of them."""
    if len(key) > _LONGEST_KEY:
        return None
    return next(iter(difflib.get_close_matches(key.lower(), known, n=1, cutoff=_NEAR)), None)


def misspelt(name: str, keys: Iterable[str]) -> str:
    """What to add to the message that `name` is missing: the key that may be meant for it; empty if none may."""
    close = nearest_key(name, tuple(key for key in keys if len(key) <= _LONGEST_KEY))
    return f". Is `{close}` meant? Call it `{name}`" if close else ""


def _problems(error: ValidationError, number: int) -> Iterator[Problem]:
    for detail in error.errors(include_url=False):
        kind, message, value = detail["type"], detail["msg"], detail["input"]
        field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in detail["loc"]).lstrip(".")
        match kind:
            case "json_invalid":
                message = _no_json(message.removeprefix("Invalid JSON: "), value)
            case "missing":
                message = f"is missing; every {'recording' if len(detail['loc']) == 1 else 'such entry'} needs one"
                message += misspelt(str(detail["loc"][-1]), value)
            case "value_error":
                message = message.removeprefix("Value error, ")
                message = message if isinstance(value, dict) else f"is {_shown(value)}; {message}"
            case "string_pattern_mismatch":
                message = f"is {_shown(value)}; {_ALLOWED[detail['ctx']['pattern']]}"
            case _:
                message = f"is {_shown(value)}; {_PLAIN.get(kind) or message[0].lower() + message[1:]}"
        yield Problem("error", number, field, message)


def _no_json(reason: str, line: bytes) -> str:
    try:
        line.decode()
    except UnicodeDecodeError as error:
        byte = line[error.start]
        return f"holds the byte 0x{byte:02x}, which is no UTF-8. Convert the file: `iconv -t UTF-8`"
    if reason.startswith(_ENDS):  # the parser counts the line's own end as another line
        where = f"the line ends inside {reason.removeprefix(_ENDS).partition(' at ')[0]}"
    else:
        # Each line of a manifest is a document of its own.
        where = reason.replace(" at line 1 column ", " at character ")
    return f"not valid JSON ({where}); it reads {_shown(line.rstrip())}"


def _shown(value: Any) -> str:
    text = value.decode(errors="replace") if isinstance(value, bytes) else value
    shown = repr(text)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."
