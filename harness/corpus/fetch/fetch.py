"""`harness corpus fetch`: an optional corpus, from the packages that carry it to a folder with a manifest and a licence."""

import json
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness.corpus.fetch import asterisk
from harness.corpus.fetch.catalogue import OptionalCorpus, Package
from harness.corpus.fetch.debian import check_tools, download, unpack
from harness.corpus.importers.convert import ImportReport, import_found
from harness.corpus.manifest import MANIFEST
from harness.corpus.new_corpus import check_destination, new_folder, write_lines
from harness.errors import CorpusError

LICENCE = "LICENCE.txt"


@dataclass(frozen=True, slots=True)
class FetchReport:
    """What was made.

    Attributes:
        path: The new folder.
        name: Of the corpus.
        licence: SPDX identifier.
        author: Whose recordings they are.
        packages: Names and versions.
        recordings: Lines in the manifest.
        audio_s: Length of all audio together.
        notes: What was left out, or is not as expected.
    """

    path: Path
    name: str
    licence: str
    author: str
    packages: tuple[str, ...]
    recordings: int
    audio_s: float
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self) | {"path": str(self.path), "audio_s": round(self.audio_s, 3)}


def fetch_corpus(corpus: OptionalCorpus, destination: Path, *, any_version: bool = False) -> FetchReport:
    """Download, check and unpack a corpus, and make it one of ours.

    Args:
        corpus: Of the catalogue.
        destination: The folder to make.
        any_version: Take the packages' versions that are to be had.

    Raises:
        CorpusError: A package can't be had or is another one, or the destination is taken; nothing was written.
    """
    check_tools()
    with tempfile.TemporaryDirectory(prefix="harness-fetch-") as temporary:
        work = Path(temporary)
        check_destination(work, destination)
        versions = {
            package.name: _got(package, work, any_version=any_version) for package in (corpus.sounds, corpus.texts)
        }
        sounds, texts = work / corpus.sounds.name, work / corpus.texts.name
        found = asterisk.read(sounds, _text_list(texts, corpus), speaker=corpus.speaker, language=corpus.language)
        if not found.recordings:
            raise CorpusError(
                f"{corpus.sounds.name}: holds no prompt with a text. Nothing was written; take the pinned version."
            )
        report = import_found(found, work / "corpus", "asterisk", link=True)
        _finish(corpus, work / "corpus", destination, versions, _licence(sounds, corpus))
    return _report(corpus, destination, report, versions)


def _got(package: Package, work: Path, *, any_version: bool) -> str:
    """Download and unpack a package into a folder of its name; its version."""
    folder = work / "archives" / package.name
    folder.mkdir(parents=True)
    (work / package.name).mkdir()
    archive, version = download(package, folder, any_version=any_version)
    unpack(archive, work / package.name)
    return version


def _text_list(package: Path, corpus: OptionalCorpus) -> Path:
    found = sorted(package.glob(f"usr/share/doc/{corpus.texts.name}/*sounds*.txt*"))
    if len(found) != 1:
        raise CorpusError(
            f"{corpus.texts.name}: holds {len(found)} lists of texts; expected is one. Nothing was written; take the pinned version."
        )
    return found[0]


def _licence(package: Path, corpus: OptionalCorpus) -> Path:
    path = package / "usr/share/doc" / corpus.sounds.name / "copyright"
    if not path.is_file():
        raise CorpusError(
            f"{corpus.sounds.name}: comes without its licence. Nothing was written; take the pinned version."
        )
    return path


def _finish(corpus: OptionalCorpus, made: Path, destination: Path, versions: dict[str, str], licence: Path) -> None:
    """Add to the imported corpus where it is from and what may be done with it, under the name it is to have."""
    origin = f"Debian package {corpus.sounds.name} {versions[corpus.sounds.name]}"
    about = {"licence": f"{corpus.licence} ({corpus.author})", "reference_status": "source-file"}
    lines = [json.loads(line) for line in (made / MANIFEST).read_text(encoding="utf-8").splitlines()]
    with new_folder(destination) as stage:
        shutil.copytree(made, stage, dirs_exist_ok=True, ignore=shutil.ignore_patterns(MANIFEST))
        shutil.copyfile(licence, stage / LICENCE)
        write_lines(stage, [line | about | {"source": f"{origin}; text: {line['source']}"} for line in lines])


def _report(corpus: OptionalCorpus, destination: Path, report: ImportReport, versions: dict[str, str]) -> FetchReport:
    notes = list(report.notes)
    pinned = {package.name: package.version for package in (corpus.sounds, corpus.texts)}
    notes += [
        f"{name} is version {version}, not {pinned[name]}, which the hash is known of; apt checked it against its own index"
        for name, version in versions.items()
        if version != pinned[name]
    ]
    packages = tuple(f"{name} {version}" for name, version in versions.items())
    return FetchReport(
        destination,
        corpus.name,
        corpus.licence,
        corpus.author,
        packages,
        report.recordings,
        report.audio_s,
        tuple(notes),
    )
