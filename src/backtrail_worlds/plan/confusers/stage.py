"""The plan, with what every confuser needs to find its way in it, and what several of them leave there."""

from collections.abc import Sequence
from random import Random

from backtrail_worlds.addresses import AddressBook
from backtrail_worlds.names import Names
from backtrail_worlds.plan.contacts import PLAIN_AGENT
from backtrail_worlds.plan.model import Contact, Family, Group, Intrusion, Plan, Planted
from backtrail_worlds.spec import World

Tools = tuple[AddressBook, Names, Random]


class Stage:
    """The plan, with what every confuser needs to find its way in it."""

    def __init__(self, world: World, plan: Plan, kinds: Sequence[str], tools: Tools) -> None:
        self.world, self.plan, self.kinds = world, plan, kinds
        self.book, self.names, self.rng = tools
        self.subject = plan.groups[0]
        self.others = plan.groups[1:]
        self.hosting: list[str] = []
        self.sinkholes: list[str] = []
        self.leaked: Family | None = None

    def members(self, group: Group) -> list[Intrusion]:
        return [self.plan.intrusions[number] for number in group.members]

    def of_kind(self, kind: str) -> list[Intrusion]:
        return [i for i, k in zip(self.plan.intrusions, self.kinds, strict=True) if k == kind]

    def note(self, kind: str, what: str, where: Sequence[Intrusion], groups: Sequence[str] = ()) -> None:
        for intrusion in where:
            if kind not in intrusion.confusers:
                intrusion.confusers.append(kind)
        self.plan.planted.append(Planted(kind, what, [i.id for i in where], list(groups)))

    def two(self) -> list[Group]:
        return self.rng.sample(self.others, min(2, len(self.others)))


def contact(stage: Stage, where: Intrusion, name: str, address: str, *, known: bool, **more: object) -> Contact:
    first = int(more.get("first", where.first))  # type: ignore[call-overload]
    last = int(more.get("last", where.last))  # type: ignore[call-overload]
    made = Contact(
        name,
        address,
        80,
        str(more.get("kind", "web")),
        first,
        last,
        stage.rng.randint(2, 6),
        str(more.get("group", "")),
        known,
        agent=str(more.get("agent", PLAIN_AGENT)),
        path=f"/{stage.names.word()}.htm",
    )
    where.own.contacts.append(made)
    return made
