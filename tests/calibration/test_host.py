import platform

from harness.calibration.host import this_host


def test_a_host_is_what_decides_how_much_it_carries():
    """Processor, interpreter and SDKs; no name of a person or a machine."""
    host = this_host()

    assert host.cores >= 1
    assert platform.python_version() == host.python
    assert all((host.cpu, host.assemblyai, host.gladia))
    assert platform.node() not in {host.cpu, host.python}
