"""Foreign clients are installed in exactly the versions that the repository names, from wherever its user installs from."""

import json
from pathlib import Path

import pytest

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[1] / "examples" / "migration" / "typescript"


@pytest.mark.parametrize("folder", [HERE / "node", EXAMPLE], ids=["clients", "example"])
def test_the_lock_for_node_pins_contents_and_names_no_registry(folder: Path):
    """Each package has its version and its hash, and no address."""
    packages = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    installed = [package for name, package in packages.items() if name]
    assert all({"version", "integrity"} <= package.keys() for package in installed)
    assert not any("resolved" in package for package in installed)
    asked = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    wanted = {**asked["dependencies"], **asked.get("devDependencies", {})}
    assert wanted == {name: packages[f"node_modules/{name}"]["version"] for name in wanted}


def test_the_lock_for_agents_pins_every_package():
    """Each line is a name and a version; what was asked for is among them."""
    pinned = requirements("requirements.txt")
    assert all("==" in line and "://" not in line for line in pinned)
    names = {line.partition(";")[0].replace(" ", "") for line in pinned}
    assert {line.replace("[assemblyai,gladia]", "") for line in requirements("requirements.in")} <= names


def requirements(name):
    lines = (HERE / "agents" / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith(("#", "    #"))]
