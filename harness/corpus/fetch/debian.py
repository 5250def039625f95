"""Debian packages as archives: downloaded by apt from wherever it is set up to, checked and unpacked; nothing is installed or run."""

import os
import shutil
import subprocess
from pathlib import Path

from harness.corpus.fetch.catalogue import Package
from harness.corpus.manifest import file_sha256
from harness.errors import CorpusError

TOOLS = ("apt-get", "apt-cache", "dpkg-deb")


def check_tools() -> None:
    """Refuse a machine without the tools.

    Raises:
        CorpusError: One is missing.
    """
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        raise CorpusError(
            f"{', '.join(missing)}: not on this machine. These corpora are in Debian packages: fetch them on Debian or Ubuntu "
            "(a container will do; no root is needed), and copy the folder."
        )


def download(package: Package, folder: Path, *, any_version: bool = False) -> tuple[Path, str]:
    """Download a package into a folder.

    Args:
        package: Which.
        folder: Where to; it may hold no other package.
        any_version: Take the version that apt has; its hash is not known here, apt checks it against its own signed index.

    Returns:
        The archive, and its version.

    Raises:
        CorpusError: apt doesn't know it, can't get it, or gets another file.
    """
    wanted = package.name if any_version else f"{package.name}={package.version}"
    done = _run(["apt-get", "-q", "download", wanted], folder)
    if done.returncode:
        raise CorpusError(_why(package, done.stdout + done.stderr))
    found = sorted(folder.glob("*.deb"))
    if len(found) != 1:
        raise CorpusError(f"{package.name}: apt-get said it was downloaded, but left {len(found)} packages. Try again.")
    if not any_version:
        _check_hash(package, found[0])
    return found[0], _run(["dpkg-deb", "--field", found[0].name, "Version"], folder).stdout.strip() or package.version


def unpack(archive: Path, folder: Path) -> None:
    """Unpack the files of a package below a folder.

    Raises:
        CorpusError: It is damaged, or there is no room.
    """
    done = _run(["dpkg-deb", "--extract", str(archive), str(folder)], folder)
    if done.returncode:
        raise CorpusError(f"{archive.name}: can't be unpacked ({_last(done.stderr)}). Nothing was written. Try again.")


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a tool in a folder; its messages are in English, because some are looked at."""
    return subprocess.run(  # noqa: S603 - fixed tools, names from the catalogue
        command,
        cwd=folder,
        env={**os.environ, "LC_ALL": "C", "LANGUAGE": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )


def _check_hash(package: Package, archive: Path) -> None:
    found = file_sha256(archive)
    if found != package.sha256:
        raise CorpusError(
            f"{archive.name}: its SHA-256 is {found}, expected {package.sha256}: it is not the package that was checked. "
            "Nothing was written. Try another mirror; --any-version takes what apt has, on apt's own check alone."
        )


def _why(package: Package, said: str) -> str:
    """Why apt did not download a package, and what to do."""
    nothing = "Nothing was written."
    if "Unable to locate package" in said:
        return (
            f"{package.name}: apt knows no such package. Run `apt-get update` once, as root, and try again. {nothing}"
        )
    if "was not found" in said:
        have = _versions(package)
        return (
            f"{package.name}: wanted is version {package.version}, apt has {', '.join(have) or 'none'}. {nothing} --any-version takes "
            "that, without the hash that is known of the wanted one."
        )
    return f"{package.name}: can't be downloaded ({_last(said)}). {nothing} Mind the network, and try again."


def _versions(package: Package) -> list[str]:
    shown = _run(["apt-cache", "show", package.name], Path.cwd()).stdout.splitlines()
    return [line.removeprefix("Version: ") for line in shown if line.startswith("Version: ")]


def _last(said: str) -> str:
    """The last error that a tool printed, in one line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("E:", "dpkg-deb: error"))] or lines
    return errors[-1].removeprefix("E: ") if errors else "no reason given"
