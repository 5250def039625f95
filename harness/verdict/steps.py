"""What to do next, in a sentence or two, with the command of the run where it is to be given again."""

from collections.abc import Sequence

from harness.command_line import changed
from harness.failures import Sort
from harness.verdict.results import FailedSide, RuleVerdict, Service, Verdict
from harness.verdict.wording import calls_text


def next_step(verdict: Verdict) -> str:
    """What to do now, in a sentence or two."""
    failing = [failed for failed in verdict.failed_sides if failed.mostly]
    return _next_step_after_failures(verdict, failing) if failing else _next_step_by_outcome(verdict)


def _next_step_by_outcome(verdict: Verdict) -> str:
    if verdict.against is not None and verdict.outcome in {"pass", "fail"}:
        return _next_step_after_drift(verdict)
    if verdict.outcome == "pass":
        return (
            "Listen to the clips that got worst before you switch: a pass is about the corpus, not about every caller."
        )
    if verdict.outcome == "fail":
        return (
            "Listen to the worst clips, change the candidate's settings and compare again; or accept a difference by name: "
            "`harness approve`."
        )
    if verdict.outcome == "invalid":
        return _next_step_if_invalid(verdict)
    if verdict.reason is not None:
        return "Give the corpus what the rules need, then score and judge again; nothing has to be streamed again."
    return _next_step_if_undecided(verdict)


def _next_step_after_failures(verdict: Verdict, failing: Sequence[FailedSide]) -> str:
    """More recordings settle nothing while a service is not heard: first what keeps it from being heard."""
    services = verdict.origin.services
    checks = dict.fromkeys(_check(failed, services.get(failed.side)) for failed in failing)
    again = changed(verdict.origin.command, ("--resume", "--run-id", "--top-up"))
    return " ".join([*(f"{check}." for check in checks), f"Then record again: `{again}` (a new run)."])


def _check(failed: FailedSide, service: Service | None) -> str:
    """What to look at because of the most frequent failure of a side."""
    name = service.provider if service is not None else f"the {failed.side}'s service"
    where = service.host if service is not None and service.host is not None else f"the host of the {failed.side}"
    if service is None or service.keys is None:
        key = f"Check the API key of {name}"
    elif service.keys:
        key = f"Check {' and '.join(service.keys)}: {name} takes another key, or your account may not do this"
    else:
        key = f"Check which keys {where} takes: a service on this machine is sent a made-up one, and never yours"
    checks: dict[Sort, str] = {
        "key": key,
        "quota": f"Check the account at {name}: its credit and its quotas (limits.{name} in the configuration)",
        "network": f"Check that {where} is the right address and can be reached from this machine (network, proxy, firewall)",
        "parameters": f"Check {failed.side}.host and {failed.side}.params: {name} refuses what it is asked for",
        "service": f"Wait until {name} is well again",
        "other": f"Look at a failed session of the {failed.side} in the report: its raw frames have the service's words",
    }
    return checks[failed.causes[0].sort]


def _next_step_after_drift(verdict: Verdict) -> str:
    if verdict.outcome == "pass":
        return "Nothing: the candidate does what it did when it was approved, within the margins."
    return (
        "Listen to the worst clips and ask what changed at the service, its SDK or your settings. If the new behaviour is to "
        "stay, approve this run as the new baseline file: `harness approve RUN --baseline FILE`."
    )


def _next_step_if_invalid(verdict: Verdict) -> str:
    kinds = {reason.kind for reason in verdict.invalid_reasons}
    origin = verdict.origin
    again = _again(verdict)
    resume = changed(origin.command, ("--resume", "--run-id"), "--resume", "--run-id", verdict.run_id)
    if "incomplete" in kinds:
        step = f"Complete the run: `{resume}`."
        return step if kinds == {"incomplete"} else f"{step} If it is still invalid then, record again: {again}."
    if kinds == {"self_test"}:
        twice = changed(origin.command, ("--resume", "--run-id", "--passes"), "--passes", "2")
        return (
            "Find out what changed while the run was recorded (a service deployed anew, a network, a quota), then record again with "
            f"two passes, which are interleaved: `{twice}` (a new run)."
        )
    spoilt = sum(len(reason.pairs) for reason in verdict.invalid_reasons)
    if spoilt and verdict.origin.plays_again and "emulators" not in kinds:
        return (
            f"Play what was spoilt again ({spoilt:,} {'pair' if spoilt == 1 else 'pairs'}, the others stay): "
            f"{_better(verdict, '--resume', '--run-id', verdict.run_id)}."
        )
    return f"Record again: {again}. All sessions are there, so --resume would record nothing."


def _again(verdict: Verdict) -> str:
    """The command that records the run anew, in better circumstances."""
    return _better(verdict, note=" (a new run)")


def _better(verdict: Verdict, *more: str, note: str = "") -> str:
    """The run's command with more behind it, and when to give it."""
    pairs = [pair for reason in verdict.invalid_reasons for pair in reason.pairs]
    by_network = bool(pairs) and 2 * sum(pair.by_network for pair in pairs) > len(pairs)
    alone = verdict.origin.pairs == 1
    fewer = () if by_network or alone else ("--pairs", "1")
    command = changed(verdict.origin.command, ("--resume", "--run-id", *fewer[:1]), *fewer, *more)
    if by_network:
        when = "once the network of this machine is well"
    else:
        when = f"while the machine does nothing else{', or on a faster one' if alone else ''}"
    return f"`{command}`{note}, {when}"


def _next_step_if_undecided(verdict: Verdict) -> str:
    if verdict.last_look is not None and verdict.last_look.stopped_early:
        return (
            "Play the calls that were left out, once: the command of this run with `--top-up --run-id "
            f"{verdict.run_id}`."
        )
    undecided = [rule for rule in verdict.rules if rule.blocks and rule.needed_calls]
    far = [rule for rule in undecided if rule.needed_calls_more_than]
    near = [rule for rule in undecided if not rule.needed_calls_more_than]
    if not near:
        calls = f"many more independent calls: for {_beyond(far)}" if far else "more independent calls"
        return f"Add recordings of {calls}; repeating the same calls settles little."
    needed = max(rule.needed_calls or 0 for rule in near)
    largest = [rule for rule in near if rule.needed_calls == needed]
    about = "at least" if all(rule.evidence.needed_at_least for rule in largest) else "about"
    for_what = f" for all but {_beyond(far)}" if far else f" ({largest[0].rule.label} needs the most)"
    return (
        f"Add recordings of {about} {needed:,} more independent {'call' if needed == 1 else 'calls'}{for_what}; "
        "repeating the same calls settles little."
    )


def _beyond(far: Sequence[RuleVerdict]) -> str:
    """Rules that take so many calls more than there are that the number itself can't be believed, and what can be said."""
    names = ", ".join(rule.rule.label for rule in far)
    return f"{names}, of which {calls_text(far[0].evidence.calls)} tell only that it takes more than {far[0].needed_calls_more_than:,}"
