from harness.emulators.faults import Fault
from harness.emulators.ledger import Ledger
from harness.emulators.monitor import Monitor
from harness.emulators.scenario import Match, Scenario
from harness.emulators.stage import Order, Stage


def test_an_order_concerns_later_sessions_of_its_service_alone():
    """Those of the other one lose nothing."""
    stage = Stage(Scenario(None, ()), Ledger(1), Monitor())
    stage.order(Order(match=Match(provider="gladia"), fault=(Fault("lose"),)))
    lost = {
        provider: stage.faults(provider, 1, "sid").pack({"type": "any"}, "", 0.0)[0].lost
        for provider in ("assemblyai", "gladia")
    }
    assert {"assemblyai": False, "gladia": True} == lost
