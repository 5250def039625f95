"""The built-in providers keep their promises against the emulators, and the kit notices each promise that is broken."""

from contextlib import contextmanager

import pytest
from parrot import BROKEN, FLAWS, Parrot
from programs import BEHAVING, write

from harness.conformance import CHECKS, Conformance, Subject
from harness.emulators import embedded
from harness.providers.registry import provider

SPEECH = bytes(48000)  # a second and a half; the emulators play their script to it
TOLD = "if os.environ['HARNESS_HOST'].endswith(':9'): sys.exit('nobody answers')\n"
BREAKING = "os.path.exists('break') and sys.exit('broken on purpose')\n    "
NOWHERE = {"assemblyai": "ws://127.0.0.1:9", "gladia": "http://127.0.0.1:9"}


@pytest.fixture(scope="module", params=["assemblyai", "gladia", "command"])
def kit(request: pytest.FixtureRequest, emulators: embedded.Emulators, tmp_path_factory: pytest.TempPathFactory):
    """The checks of one built-in provider. A program is nowhere to be reached, and breaks, if it is told so."""
    name, folder = request.param, tmp_path_factory.mktemp("program")
    if name == "command":
        command = write(folder, TOLD + BEHAVING.replace("heard +=", BREAKING + "heard +="))
        params, host = {"command": command, "ready_within_s": 20}, emulators.gladia
    else:
        params, host = {}, getattr(emulators, name)

    @contextmanager
    def breaking():
        emulators.order(fault=[{"kind": "close", "at_s": 0.2, "code": 4400, "reason": "broken on purpose"}])
        (folder / "break").touch()
        try:
            yield
        finally:
            (folder / "break").unlink()
            emulators.cancel()

    nowhere = NOWHERE.get(name, NOWHERE["gladia"])
    found = provider(name, folder)
    return Conformance(Subject(found, host, nowhere, breaking, SPEECH, params=params, piece_s=0.02))


@pytest.mark.filterwarnings(
    "ignore:ConnectionClosed:DeprecationWarning"
)  # AssemblyAI's SDK, at a close it did not ask for
@pytest.mark.parametrize("name", CHECKS)
def test_the_built_in_providers_conform(kit: Conformance, name: str):
    """The two services and the user's program, against the emulators."""
    kit.check(name)


@pytest.mark.usefixtures("parrot_package")
@pytest.mark.parametrize("name", CHECKS)
def test_each_broken_promise_is_noticed_by_its_check(name: str):
    """And by none if none is broken; a package's reader is found by its entry point."""
    assert {} == parrot().failures()
    for flaw in FLAWS[name]:
        assert name in parrot(flaw).failures()


@contextmanager
def breaking():
    BROKEN.add("all")
    try:
        yield
    finally:
        BROKEN.clear()


def parrot(flaw: str = "") -> Conformance:
    return Conformance(
        Subject(
            Parrot(flaw),
            "parrot://127.0.0.1:1",
            "parrot://127.0.0.1:9",
            breaking,
            SPEECH,
            {"loud": True},
            piece_s=0,
            patience_s=0.2,
        )
    )
