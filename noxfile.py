"""Everything that is done with this project. `nox -l` lists it; arguments after `--` go through."""

from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory

import nox

nox.needs_version = ">=2025.2"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "types", "tests"]

PROJECT = nox.project.load_toml("pyproject.toml")
LOCK = ("-c", "constraints.txt")
EVERYTHING = ".[align,cluster,code,recogniser,tls]"
# On two cores: half of the tests' time is spent waiting for audio to be spoken.
SPREAD = ("-n", "3", "--dist", "loadfile", "--no-loadscope-reorder")


def _group(name: str) -> list[str]:
    return nox.project.dependency_groups(PROJECT, name)


def _install(session: nox.Session, *groups: str) -> None:
    """The project and what a session needs, in exactly the versions of the lock."""
    session.install(*LOCK, "-e", EVERYTHING, *(package for group in groups for package in _group(group)))


def _install_for_tests(session: nox.Session) -> None:
    """As above, and others' implementations of the metrics; one that can't be built here costs the tests that need it."""
    _install(session, "tests")
    session.install(*LOCK, *_group("agreement"), success_codes=range(256))


@nox.session
def compare(session: nox.Session) -> None:
    """Replay the demo corpus to both services (on loopback) and write a report."""
    _install(session)
    session.run("harness", "compare", *session.posargs)


@nox.session
def gate(session: nox.Session) -> None:
    """Compare, then exit by the verdict."""
    _install(session)
    session.run("harness", "compare", "--gate", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run all tests."""
    _install_for_tests(session)
    session.run("pytest", *SPREAD, *session.posargs)


@nox.session
def shuffled(session: nox.Session) -> None:
    """Run all tests three times in random order, with every processor kept busy by something else."""
    _install_for_tests(session)
    for seed in ("1", "2", "3"):
        order = ("--random-order-bucket=global", f"--random-order-seed={seed}")
        session.run("python", "tests/busy.py", "pytest", *SPREAD, *order, *session.posargs)


@nox.session(python=["3.11", "3.12", "3.13"])
def pythons(session: nox.Session) -> None:
    """Run all tests on every supported Python that is installed."""
    _install_for_tests(session)
    session.run("pytest", *SPREAD, *session.posargs)


@nox.session(venv_backend="uv")
def minimums(session: nox.Session) -> None:
    """Run the tests with the lowest versions that pyproject.toml allows."""
    session.install("--resolution", "lowest-direct", "-e", EVERYTHING, *_group("tests"))
    session.run("pytest", *SPREAD, *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Run all tests and say which branches of harness/ none of them takes."""
    _install_for_tests(session)
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *SPREAD, *session.posargs)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report", "--skip-covered", "--show-missing", "--fail-under=95")


@nox.session
def mutation(session: nox.Session) -> None:
    """Change the code in a random sample of places, one at a time, and say which changes no test notices."""
    _install(session, "tests", "mutation")
    session.run("python", "benchmarks/mutation.py", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, formatting and import directions."""
    _install(session, "lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("oxlint", "--deny-warnings", "harness/report/static", "tests/report/scripts")
    session.run("lint-imports")


@nox.session
def types(session: nox.Session) -> None:
    """Check types, strictly."""
    _install(session, "types")
    session.run("mypy")


@nox.session
def docs(session: nox.Session) -> None:
    """Run the commands, examples and configuration that documentation and docstrings show."""
    _install_for_tests(session)
    session.run("pytest", "tests/docs", *session.posargs)


@nox.session
def site(session: nox.Session) -> None:
    """Build the documentation as a site, in build/site; what leads nowhere is an error."""
    session.install(*LOCK, *_group("site"))
    session.run("mkdocs", "build", "--strict", env={"NO_MKDOCS_2_WARNING": "1"})


@nox.session
def browser(session: nox.Session) -> None:
    """Open reports in headless Chromium, click through them, and take screenshots of every view."""
    _install(session, "tests")
    session.run("pytest", "-m", "browser", *session.posargs)
    session.run("python", "tests/report/screenshots.py", "reports/screenshots")


@nox.session
def fuzz(session: nox.Session) -> None:
    """Change what readers read, guided by coverage, until one breaks: -- [TARGET ...] [--seconds N]."""
    _install(session, "tests", "fuzz")
    session.run("python", "tests/fuzz/run.py", *session.posargs)


@nox.session
def clients(session: nox.Session) -> None:
    """Point clients that others wrote at the emulators: the TypeScript SDKs (Node 20, npm), LiveKit, pipecat, curl."""
    _install(session, "tests")
    session.run("pytest", "tests/clients", *session.posargs)


@nox.session
def calibrate(session: nox.Session) -> None:
    """Measure the harness itself against known truth, and leave a page in reports/."""
    _install(session)
    grid = ("--pairs", "1,8,16", "--message-words", "12,40", "--html", "reports/calibration.html")
    session.run("harness", "calibrate", *(session.posargs or grid))


@nox.session
def bench(session: nox.Session) -> None:
    """Run every benchmark briefly; each says at its top how to run it in full."""
    _install(session, "tests")
    with TemporaryDirectory() as folder:
        session.run("harness", "record", "--limit", "2", "--out", folder, "--run-id", "bench")
        for script, *arguments in (
            ("error_rates", "--replicates", "50", "--quantile-replicates", "50", "--levels", "realistic"),
            ("emulator_load", "20", "15"),
            ("emulator_soak", "200"),
            ("long_call", "2"),
            ("soak", "--minutes", "0.5"),
            ("streamed_text", f"{folder}/bench"),
            ("degraded_words", "2"),
            ("word_times", "tests/resources/align/human"),
        ):
            session.run("python", f"benchmarks/{script}.py", *arguments)


@nox.session
def package(session: nox.Session) -> None:
    """Build wheel and sdist, run the wheel where nothing else is, and list what it brings: SBOM and licences, in dist/."""
    session.install(*LOCK, *_group("package"))
    rmtree("dist", ignore_errors=True)
    session.run("uv", "build", "--out-dir", "dist")
    [wheel] = Path("dist").resolve().glob("*.whl")
    lock, demo = Path("constraints.txt").resolve(), Path("corpora/demo").resolve()
    with TemporaryDirectory() as folder, TemporaryDirectory() as elsewhere:
        session.run("uv", "venv", "--quiet", folder)
        session.run("uv", "pip", "install", "--quiet", "--python", folder, "-c", str(lock), f"{wheel}[recogniser]")
        with session.chdir(elsewhere):
            run = ("compare", "--corpus", str(demo), "--limit", "2", "--run-id", "wheel")
            session.run(f"{folder}/bin/harness", *run, external=True)
            if not Path("reports/wheel/report.html").is_file():
                session.error("the installed wheel wrote no report")
        session.run("cyclonedx-py", "environment", folder, "--output-file", "dist/sbom.cdx.json")
        listed = ("--format", "markdown", "--with-urls", "--output-file", "dist/licences.md")
        session.run("pip-licenses", "--python", f"{folder}/bin/python", *listed)


@nox.session
def lock(session: nox.Session) -> None:
    """Renew constraints.txt from pyproject.toml."""
    session.install("uv")
    session.run(
        "uv", "pip", "compile", "pyproject.toml", "--universal", "--python-version", "3.11", "--all-extras",
        *(part for group in PROJECT["dependency-groups"] for part in ("--group", group)),
        "--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links", "--upgrade",
        "--output-file", "constraints.txt",
    )  # fmt: skip
