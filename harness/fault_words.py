"""Words of the faults of `harness.timeline.validity`: tables keep them as sentences, and the verdict has to tell them apart."""

_NETWORK = "the local network"
_NOT_RESOLVED = "the name of the service's host could not be resolved"
_NEITHER_READY = "neither session became ready"


def is_of_network(fault: str) -> bool:
    """Whether a fault is the network's, and not this machine's load."""
    return _NETWORK in fault


def is_unreached(fault: str) -> bool:
    """Whether a fault leaves no other a meaning: no service was reached, nothing was sent."""
    return _NOT_RESOLVED in fault or _NEITHER_READY in fault
