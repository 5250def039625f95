"""Providers by name: built in, or brought by installed packages."""

from pathlib import Path

import parrot
import pytest
from parrot import Parrot
from scripted import DEMO, SHORTEST

from harness.config import config_from_table
from harness.errors import ConfigError, RunError
from harness.planning import plan_run
from harness.providers.registry import provider
from harness.timeline.readers import find_reader


@pytest.mark.usefixtures("parrot_package")
def test_a_packages_provider_is_found_by_its_name():
    """Provider and reader; and it is among the names that are offered."""
    assert (Parrot, parrot) == (type(provider("parrot")), find_reader("parrot"))
    with pytest.raises(ConfigError, match=r"provider is 'parot', which is unknown\. Did you mean parrot"):
        provider("parot")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("no_such_module:Parrot", "can't be used (ModuleNotFoundError: No module named 'no_such_module')"),
        ("parrot:Macaw", "can't be used (AttributeError"),
        ("parrot:ParrotSession", "can't be used (TypeError"),
        ("pathlib:Path", "lacks billed_by, default_host, effective_params, emulator, key_variables"),
    ],
)
def test_what_cant_be_used_names_its_package(parrot_package: Path, entry: str, said: str):
    """Whatever is wrong with it: one message, and whom to ask."""
    parrot_package.write_text(f"[harness.providers]\nparrot = {entry}\n[harness.readers]\nparrot = {entry}\n")
    with pytest.raises(ConfigError) as caught:
        provider("parrot")

    assert "provider is 'parrot', which cutover-parrot 1.0 brings, but it" in str(caught.value)
    assert said in str(caught.value)
    with pytest.raises(
        RunError, match=r"the reader of provider 'parrot' from cutover-parrot (can't be imported|lacks read)"
    ):
        find_reader("parrot")


def test_a_package_has_to_call_its_provider_as_it_does_itself(parrot_package: Path):
    """Otherwise the name in the configuration and that in the timelines would differ."""
    parrot_package.write_text("[harness.providers]\nmacaw = parrot:Parrot\n")
    with pytest.raises(ConfigError, match=r"provider is 'macaw', which .* brings, but it calls itself 'parrot'"):
        provider("macaw")


def test_a_name_that_two_packages_bring_is_refused(parrot_package: Path):
    """None of them is taken by chance."""
    other = parrot_package.parent.with_name("rio-2.0.dist-info")
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: rio\nVersion: 2.0\n")
    (other / "entry_points.txt").write_text(parrot_package.read_text())
    with pytest.raises(ConfigError, match=r"which cutover-parrot 1\.0 and rio 2\.0 both bring\. Uninstall one of them"):
        provider("parrot")


def test_a_packages_provider_has_no_emulator(parrot_package: Path):
    """So it needs a host on this machine, or --live."""
    assert parrot_package.exists()
    table = {"corpus": {"path": str(DEMO)}, "candidate": {"provider": "parrot"}}
    with pytest.raises(ConfigError, match=r"candidate\.provider is 'parrot', for which there is no embedded emulator"):
        plan_run(config_from_table(table), select=SHORTEST)
