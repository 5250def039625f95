"""Where the sides of a run are reached: hosts that are looked up before anything is streamed, or emulators that are started."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from harness.config import is_loopback
from harness.errors import ConfigError
from harness.planning import RunPlan
from harness.replay.session import resolves
from harness.timeline.events import SIDES, Side


def check_hosts(plan: RunPlan) -> None:
    """Look up every host beyond this machine that a run dials.

    Raises:
        ConfigError: One has no address here; the other service would be streamed to, and paid, for nothing.
    """
    unknown = []
    for side in plan.record_sides:
        planned = plan.sides[side]
        host = planned.host or (planned.provider.default_host if planned.live else "")
        if host and not is_loopback(host) and not resolves(host):
            unknown.append(f"{side}: {host}")
    if unknown:
        raise ConfigError(
            f"{'; '.join(unknown)}: no address is known here, so nothing was streamed. Check the network of this machine (DNS, VPN, "
            "or HTTPS_PROXY behind a proxy) and the host's name."
        )


@contextmanager
def hosts_of(plan: RunPlan, documents: Iterable[dict[str, Any]]) -> Iterator[Mapping[Side, str | None]]:
    """Where each side is reached; starts the embedded emulators if a side needs one, and keeps in `run.json` how all fared."""
    hosts: dict[Side, str | None] = {side: plan.sides[side].host for side in SIDES}
    documents = tuple(documents)
    if not plan.needs_emulators:
        yield hosts
        _ask_elsewhere(plan, documents)
        return
    from harness.emulators import embedded  # noqa: PLC0415 - only emulated runs need them

    with embedded.start() as emulators:
        for side in plan.record_sides:
            emulator = plan.sides[side].emulator
            if emulator is not None:
                hosts[side] = getattr(emulators, emulator)
        yield hosts
        fared = emulators.metrics()
        for document in documents:
            document["emulators"].append(fared)
    _ask_elsewhere(plan, documents)


def _ask_elsewhere(plan: RunPlan, documents: Iterable[dict[str, Any]]) -> None:
    """How emulators fared that the run found running; which of them do not tell."""
    from harness.emulators.elsewhere import metrics_at  # noqa: PLC0415 - as above

    sides = (plan.sides[side] for side in plan.record_sides)
    for host in dict.fromkeys(side.host for side in sides if side.host is not None and not side.live):
        fared = metrics_at(host)
        for document in documents:
            if fared is not None:
                document["emulators"].append(fared)
            elif host not in (unchecked := document.setdefault("emulators_unchecked", [])):
                unchecked.append(host)
