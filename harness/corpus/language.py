"""Language tags: BCP-47 in form, with a primary subtag that exists."""

import difflib
import re

# ISO 639-1, as registered for BCP-47; three-letter codes are checked in form only.
_TWO_LETTER = frozenset(
    """
    aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo
    es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg
    ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn
    no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta
    te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
    """.split()  # noqa: SIM905 - a block of codes is read and compared more easily than 183 quoted strings
)
# What people write instead; the shortest code is the right one in BCP-47.
_INSTEAD = {
    "arabic": "ar", "ara": "ar", "chi": "zh", "chinese": "zh", "cmn": "zh", "deu": "de", "dutch": "nl", "eng": "en",
    "english": "en", "fra": "fr", "fre": "fr", "french": "fr", "ger": "de", "german": "de", "hin": "hi", "hindi": "hi",
    "ita": "it", "italian": "it", "japanese": "ja", "jp": "ja", "jpn": "ja", "nld": "nl", "pol": "pl", "polish": "pl",
    "por": "pt", "portuguese": "pt", "rus": "ru", "russian": "ru", "spa": "es", "spanish": "es", "swe": "sv",
    "swedish": "sv",
}  # fmt: skip
_FORM = re.compile(r"([a-z]{2,3})(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?(-[a-z0-9]{4,8})*", re.IGNORECASE)


def language_problem(tag: str) -> str | None:
    """Why `tag` is no language the program knows, with what is meant instead; None if it is one."""
    form = _FORM.fullmatch(tag)
    primary = tag.lower().replace("_", "-").split("-")[0]
    if form and primary not in _INSTEAD and (primary in _TWO_LETTER or len(primary) > 2):  # noqa: PLR2004 - as above
        return None
    close = difflib.get_close_matches(primary, _INSTEAD, n=1, cutoff=0.75)
    meant = _INSTEAD[close[0]] if close else primary if primary in _TWO_LETTER else "en"
    return f"no known language; write a BCP-47 tag, such as {meant!r}"


def language_tag(name: str) -> str:
    """The tag of a language that is given by its name or a three-letter code (`English`, `eng`); others as they are."""
    return _INSTEAD.get(name.strip().lower(), name.strip().replace("_", "-"))


def language_matches(tag: str | None, wanted: str) -> bool:
    """Whether `tag` is `wanted` or a narrower form of it (`en-US` is `en`), as RFC 4647 filters."""
    have, want = (tag or "").lower(), wanted.lower()
    return have == want or have.startswith(f"{want}-")
