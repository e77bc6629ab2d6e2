"""Victims and registrants: invented."""

from collections.abc import Sequence
from random import Random

from backtrail_worlds.addresses import AddressBook
from backtrail_worlds.names import Names
from backtrail_worlds.plan.model import Registrant, Victim
from backtrail_worlds.spec import Registrant as RegistrantQuota

WEBMAIL = ("postlark.net", "mailquillo.com", "inboxaro.org", "126post.net")
"""Providers of free mail, in this world; on a list."""

_FORMS = {
    "Information Technology": "Software",
    "Aerospace": "Aerospace",
    "Energy": "Energy",
    "Legal Services": "Law",
    "Chemicals": "Chemicals",
    "Education": "University",
    "Public Administration": "Authority",
    "Satellites and Telecommunications": "Telecom",
    "Transportation": "Logistics",
    "Financial Services": "Capital",
}
_ROLES = ("WS", "WS", "WS", "WS", "PC", "PC", "SRV", "FS", "DC", "MX")
_PHONE = {"CN": "+86.21", "US": "+1.217", "KR": "+82.2", "RU": "+7.495", "IR": "+98.21"}


def victim(sector: str, place: tuple[str, bool], tools: tuple[AddressBook, Names, Random]) -> Victim:
    """A victim with some internal hosts and users."""
    book, names, rng = tools
    country, english = place
    short = names.victim()
    hosts = tuple(
        (f"{rng.choice(_ROLES)}-{rng.randint(1, 400):03d}", f"10.{rng.randint(1, 250)}.{rng.randint(1, 250)}.{i + 10}")
        for i in range(rng.randint(12, 40))
    )
    users = tuple(names.new(names.word(2, 2)) for _ in range(rng.randint(6, 16)))
    form = _FORMS.get(sector, "Group")
    return Victim(
        f"{short.capitalize()} {form}",
        short,
        f"{short}.example",
        sector,
        country,
        english,
        hosts,
        users,
        book.take(country),
    )


def registrant(city: str, country: str, persona: bool, slips: int, tools: tuple[Names, Random]) -> Registrant:
    """A person who registers domains; one with slips has a second spelling."""
    names, rng = tools
    name = names.person()
    handle = names.handle() if persona else ""
    local = handle or name.lower().replace(" ", rng.choice([".", "", "_"])) + str(rng.randint(2, 99))
    at = rng.randrange(1, len(name) - 2)
    misspelt = name[:at] + name[at + 1] + name[at] + name[at + 2 :] if slips else ""
    if slips and misspelt == name:
        misspelt = name + name[-1]
    phone = f"{_PHONE.get(country, '+44.20')}{rng.randint(10_000_000, 99_999_999)}"
    street = f"No. {rng.randint(2, 900)} {names.word().capitalize()} Road"
    return Registrant(name, misspelt, f"{local}@{rng.choice(WEBMAIL)}", phone, street, city, country, handle, slips)


def subject_registrants(quotas: Sequence[RegistrantQuota], tools: tuple[Names, Random]) -> list[Registrant]:
    """Every registrant as often as he has zones, shuffled."""
    people = []
    for quota in quotas:
        person = registrant(quota.city, quota.country, quota.persona, quota.slips, tools)
        people += [person] * quota.zones
    tools[1].shuffle(people)
    return people
