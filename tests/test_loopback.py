"""Which hosts are this machine."""

import pytest

from harness.loopback import is_loopback_host


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True), ("127.0.0.1", True), ("127.8.9.1", True), ("::1", True),
        ("0.0.0.0", False), ("10.0.0.1", False), ("localhost.example.org", False), ("127.0.0.1.example.org", False), ("", False),
    ],
)  # fmt: skip
def test_only_loopbacks_names_are_this_machine(host: str, expected: bool):
    """Numbers and the one name; a name that only looks like them is somebody else's."""
    assert expected == is_loopback_host(host)
