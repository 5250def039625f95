"""What a run costs at list price, by each provider's own rule of billing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.config import PriceConfig
from harness.planning import PlannedSide, RunPlan
from harness.providers.billing import BilledBy, Price

LIVE_OPENING_S = 1.0
"""From the open socket to the first audio: 0.2 s of lead, and the wait for the slower of the two services. A supposition."""

LIVE_CLOSING_S = 1.0
"""From the stop command to the closed socket. A supposition."""


@dataclass(frozen=True, slots=True)
class SideCost:
    """What one side costs if it is reached live.

    Attributes:
        billed_by: What is counted.
        billed_minutes: Of all sessions together.
        price: In force; None if there is no known one.
        charged: Whether this run is charged: an emulator costs nothing.
    """

    billed_by: BilledBy
    billed_minutes: float
    price: Price | None
    charged: bool

    @property
    def usd(self) -> float | None:
        """The amount; None without a price, never 0 for want of one."""
        return None if self.price is None else self.billed_minutes / 60 * self.price.usd_per_hour


def side_cost(plan: RunPlan, side: PlannedSide) -> SideCost:
    """What `side` of a plan costs. Pairs that have to be run a second time are not in it."""
    if side.provider.billed_by == "session":
        billed_s = plan.audio_s + plan.pairs * (LIVE_OPENING_S + LIVE_CLOSING_S)
    else:
        billed_s = plan.audio_s * int(side.params.get("channels", 1))
    configured = plan.config.prices.get(side.provider.name)
    price = _configured(configured) if configured is not None else side.provider.list_price(side.params)
    return SideCost(side.provider.billed_by, billed_s / 60, price, side.live)


def total_cost(costs: Sequence[SideCost]) -> SideCost:
    """What several candidates of one provider cost together, at the mean of their prices; no price if that of any is unknown."""
    first = costs[0]
    minutes = sum(cost.billed_minutes for cost in costs)
    amounts = [cost.usd for cost in costs]
    known = [amount for amount in amounts if amount is not None]
    price = first.price if len(known) == len(amounts) else None
    if price is not None and minutes and any(cost.price != price for cost in costs):
        price = replace(price, usd_per_hour=sum(known) / (minutes / 60), source="mean over the variants")
    return replace(first, billed_minutes=minutes, price=price, charged=any(cost.charged for cost in costs))


def _configured(price: PriceConfig) -> Price:
    return Price(price.usd_per_hour, price.as_of, price.source)


def cost_json(cost: SideCost) -> dict[str, Any]:
    """For `--json`; `usd` is null beside a `reason` where no price is known."""
    price = cost.price
    return {
        "billed_by": cost.billed_by,
        "billed_minutes": round(cost.billed_minutes, 2),
        "usd_per_hour": price.usd_per_hour if price else None,
        "as_of": price.as_of if price else None,
        "source": price.source if price else None,
        "excludes": list(price.excludes) if price else [],
        "usd": round(cost.usd, 4) if cost.usd is not None else None,
        "reason": None if price else "no list price is known for these parameters; give one under [prices]",
        "charged": cost.charged,
    }
