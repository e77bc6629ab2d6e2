"""Invented reports of three groups, each with its manner."""

import random
from datetime import date, timedelta

import pytest

from backtrail.clusters.suggest.table import Report
from backtrail.clusters.suggest.traits import traits
from backtrail.observations import public_suffix

_WORDS = {
    "HERON": ("river", "reed", "delta", "marsh"),
    "LYNX": ("snow", "pine", "ridge", "frost"),
    "OTTER": ("shell", "tide", "kelp", "foam"),
}
_SUFFIX = {"HERON": "org", "LYNX": "info", "OTTER": "com"}


def report(id: str, values: list[tuple[str, str]], group: str | None, day: date | None) -> Report:
    return Report(id=id, date=day, traits=traits(values, public_suffix), group=group)


def invented(count: int, seed: int = 0, nobody: int = 0) -> list[Report]:
    """`count` reports of each group over eight years, and some of nobody, in order of their dates."""
    chance = random.Random(seed)
    found = []
    for group, words in _WORDS.items():
        for number in range(count):
            names = [f"{chance.choice(words)}-{chance.choice(words)}{chance.randrange(90)}" for _ in range(3)]
            values = [("domain-name", f"{name}.{_SUFFIX[group]}") for name in names]
            values.append(("url-path", f"/{words[0]}/{chance.choice(words)}.php"))
            found.append(report(f"{group}-{number}", values, group, _day(chance)))
    for number in range(nobody):
        letters = "".join(chance.choice("bcdfghjklmnpqrstvwxz") for _ in range(9))
        found.append(report(f"NOBODY-{number}", [("domain-name", f"{letters}.net")], None, _day(chance)))
    return sorted(found, key=lambda r: (r.date or date.min, r.id))


def _day(chance: random.Random) -> date:
    return date(2012, 1, 1) + timedelta(days=chance.randrange(8 * 365))


@pytest.fixture(scope="session")
def some() -> list[Report]:
    return invented(25, nobody=20)
