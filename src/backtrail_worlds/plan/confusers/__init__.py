"""What makes it hard: planted by count, each with a line that says where it is."""

from collections.abc import Callable, Sequence

from backtrail_worlds.plan.confusers import arsenals, hosting, records
from backtrail_worlds.plan.confusers.stage import Stage, Tools
from backtrail_worlds.plan.model import Listing, Plan
from backtrail_worlds.spec import World


def confuse(world: World, plan: Plan, kinds: Sequence[str], tools: Tools) -> None:
    """Plant every confuser as often as the world says."""
    stage = Stage(world, plan, kinds, tools)
    steps: list[tuple[Callable[[Stage, int], None], int]] = [
        (hosting.shared_hosting, world.confusers.shared_hosting),
        (hosting.cdn, world.confusers.cdn),
        (hosting.reassigned, world.confusers.reassigned),
        (hosting.reregistered, world.confusers.reregistered),
        (hosting.parked, world.confusers.parked),
        (hosting.sinkholed, world.confusers.sinkholed),
        (hosting.hacked_sites, world.confusers.hacked_sites),
        (hosting.same_netblock, world.confusers.same_netblock),
        (hosting.vpn_exits, world.confusers.vpn_exits),
        (arsenals.leaked_builder, world.confusers.leaked_builder),
        (arsenals.quartermaster, world.confusers.quartermaster),
        (arsenals.false_flags, world.confusers.false_flags),
        (records.thin, world.subject.thin),
        (arsenals.copycats, world.confusers.copycats),
        (arsenals.red_team, world.confusers.red_team),
        (arsenals.commodity, world.confusers.commodity),
        (arsenals.public_tools, world.confusers.public_tools),
        (records.typos, world.confusers.typos),
        (records.skew, world.confusers.clock_skew),
        (records.two_in_one, world.confusers.two_in_one),
        (records.broken, world.confusers.broken_lines),
        (records.duplicates, world.confusers.duplicates),
    ]
    for step, count in steps:
        if count:
            step(stage, count)
    listings = (("hosting", "Shared hosting and CDN", stage.hosting), ("sinkholes", "Sinkholes", stage.sinkholes))
    for file, name, values in listings:
        plan.listings.append(Listing(file, name, "cidr", ["ip-dst", "ip-src"], [f"{value}/32" for value in values]))
