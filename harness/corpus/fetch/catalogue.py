"""The corpora that can be fetched, each with the packages it is made of: pinned by version and SHA-256.

Only packages from which audio is taken without running any of their code: Debian packages are archives. Python source distributions
that carry speech are not here, because pip may run what it downloads to learn its metadata.
"""

import difflib
from dataclasses import dataclass

from harness.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Package:
    """A Debian package.

    Attributes:
        name: As apt knows it.
        version: The one that the hash is of.
        sha256: Of the archive.
        size_bytes: Of the archive.
    """

    name: str
    version: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class OptionalCorpus:
    """Recorded prompts of the Asterisk telephone exchange in one language, by one voice.

    Attributes:
        name: As for `harness corpus fetch`.
        language: BCP-47 tag.
        licence: SPDX identifier; its text comes with the corpus.
        author: Whose recordings they are.
        speaker: In the manifest.
        recordings: That have a text, in this version.
        minutes: Of audio in these.
        sounds: The package with the audio, and the licence.
        texts: The package with the texts.
    """

    name: str
    language: str
    licence: str
    author: str
    speaker: str
    recordings: int
    minutes: float
    sounds: Package
    texts: Package

    @property
    def size_bytes(self) -> int:
        """Of the download."""
        return self.sounds.size_bytes + self.texts.size_bytes


CATALOGUE = (
    OptionalCorpus(
        name="asterisk-en",
        language="en-US",
        licence="CC-BY-SA-3.0",
        author="Allison Smith",
        speaker="allison",
        recordings=542,
        minutes=24.0,
        sounds=Package(
            "asterisk-core-sounds-en-wav",
            "1.6.1-1",
            "2be3ea287d83299d143815fa804f11179a75b7affd4a758b98b55f5afc18a35d",
            18272864,
        ),
        texts=Package(
            "asterisk-core-sounds-en",
            "1.6.1-1",
            "973e797d28e37fa6ca3c0a9d6fa717e77cf1268ae916bf09fd3503113cdffa50",
            22844,
        ),
    ),
    OptionalCorpus(
        name="asterisk-es",
        language="es-MX",
        licence="CC-BY-SA-3.0",
        author="Allison Smith",
        speaker="allison",
        recordings=475,
        minutes=28.8,
        sounds=Package(
            "asterisk-core-sounds-es-wav",
            "1.6.1-1",
            "9283a09a6d56fccdcc2bcfe86c48f0f844289cfbd46a3184d8785a6f7f569903",
            23767256,
        ),
        texts=Package(
            "asterisk-core-sounds-es",
            "1.6.1-1",
            "9afdab7f559f036649fb406e625899306ca1004df8ebe39c30bfbd5912d66f74",
            22012,
        ),
    ),
    OptionalCorpus(
        name="asterisk-fr",
        language="fr-CA",
        licence="CC-BY-SA-3.0",
        author="June Wallack",
        speaker="june",
        recordings=506,
        minutes=23.2,
        sounds=Package(
            "asterisk-core-sounds-fr-wav",
            "1.6.1-1",
            "8d4e1bc32ed5ba7fbda40841ca1825ed20cc6232724a473c90f8bb0e53e6073e",
            18516060,
        ),
        texts=Package(
            "asterisk-core-sounds-fr",
            "1.6.1-1",
            "04c82c78c570c43a7136cbc5e2488d0c470b775468dff9fbce4a131b18cf1056",
            23152,
        ),
    ),
    OptionalCorpus(
        name="asterisk-it",
        language="it-IT",
        licence="CC-BY-3.0",
        author="Carlo Flora",
        speaker="carlo",
        recordings=557,
        minutes=20.9,
        sounds=Package(
            "asterisk-core-sounds-it-wav",
            "1.6.1-1",
            "5a26638089e134b8ac39363fe249c5c93c50cd8bfdc9b2499ae61ec4a35e2fcb",
            18262124,
        ),
        texts=Package(
            "asterisk-core-sounds-it",
            "1.6.1-1",
            "3884d9457e12f21caa018c18f0d587df5d53ebea14b673d8453a134c5941ab3b",
            23972,
        ),
    ),
    OptionalCorpus(
        name="asterisk-ru",
        language="ru-RU",
        licence="CC-BY-3.0",
        author="ivrvoice.ru",
        speaker="ivrvoice",
        recordings=546,
        minutes=23.3,
        sounds=Package(
            "asterisk-core-sounds-ru-wav",
            "1.6.1-1",
            "ccbfaebfa450b7a9ddf644ae0f3d1e9017d5df7c0aebe816e946345589d38201",
            18788860,
        ),
        texts=Package(
            "asterisk-core-sounds-ru",
            "1.6.1-1",
            "28a61616bb0cd3345a7ea532dec4df9f071e5d0fa9f8c1a563ea9669002f39ab",
            25592,
        ),
    ),
)


def named(name: str) -> OptionalCorpus:
    """The corpus of that name.

    Raises:
        ConfigError: There is none.
    """
    names = [corpus.name for corpus in CATALOGUE]
    if name in names:
        return CATALOGUE[names.index(name)]
    close = difflib.get_close_matches(name, names, n=1)
    meant = f" Did you mean {close[0]}?" if close else ""
    raise ConfigError(
        f"NAME is {name!r}; allowed are {', '.join(names)}.{meant} `harness corpus fetch` alone lists them."
    )
