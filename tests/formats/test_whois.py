"""Registrations in the forms that registrars really printed, with invented people."""

import io

import pytest

from backtrail.formats import whois
from backtrail.formats.kit.dates import dated
from backtrail.model.telemetry import Telemetry, spelled


def ties(text: str) -> dict[str, dict[str, set[str]]]:
    """Values by domain and kind."""
    found: dict[str, dict[str, set[str]]] = {}
    for given in whois.read(io.BytesIO(text.encode())):
        assert isinstance(given, Telemetry), given
        for some in given.ties:
            for of, value in zip(some.of, some.values, strict=True):
                found.setdefault(of, {}).setdefault(some.kind, set()).add(value)
    return found


NETWORK_STYLE = """Registrant:
Orchard Trading (QUIET-DOM)
   12 Example Road
   Shanghai,  200000
   CN

   Domain Name: QUIET-ORCHARD.EXAMPLE

   Administrative Contact:
      Keshana, Ruzo  (RK1234)  orchard77@mail.example
      12 Example Road
      Shanghai, 200000
      CN
      86-21-55501234 fax: 86-21-55501235

   Record expires on 25-Oct-2012.
   Record created on 25-Oct-2004.

   Domain servers in listed order:

   NS1.QUIET-ORCHARD.EXAMPLE    192.0.2.1
   NS2.QUIET-ORCHARD.EXAMPLE    192.0.2.2
"""

NOMINET_STYLE = """
    Domain name:
        quiet-orchard.example

    Registrant:
        Ruzo Keshana

    Registrant's address:
        12 Example Road
        London

    Registrar:
        Example Names Ltd [Tag = EXAMPLE]

    Relevant dates:
        Registered on: 26-Nov-2006
        Expiry date:  26-Nov-2012

    Name servers:
        ns1.quiet-orchard.example
"""

RUSSIAN_STYLE = """domain:     QUIET-ORCHARD.EXAMPLE
nserver:    ns1.quiet-orchard.example.
state:      REGISTERED, DELEGATED
person:     Private Person
phone:      +7 495 5550123
e-mail:     orchard77@mail.example
registrar:  EXAMPLE-REG-RIPN
created:    2009.03.14
paid-till:  2011.03.14
"""

CHINESE_STYLE = """Domain Name..........quiet-orchard.example
Creation Date........2009-03-14 10:11:12
Registration Date....2009-03-14 10:11:12
Expiry Date..........2011-03-14 10:11:12
Organisation Name....ruzo keshana
Organisation Address.12 Example Road
Admin Name...........ruzo keshana
Admin Email..........orchard77@mail.example
Admin Phone..........86-2155501234
Name Server..........ns1.quiet-orchard.example
"""


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        (NETWORK_STYLE, "registrant-email", "orchard77@mail.example"),
        (NETWORK_STYLE, "name-server", "ns1.quiet-orchard.example"),
        (NOMINET_STYLE, "registrant-name", "Ruzo Keshana"),
        (NOMINET_STYLE, "registrar", "Example Names Ltd [Tag = EXAMPLE]"),
        (RUSSIAN_STYLE, "registrant-email", "orchard77@mail.example"),
        (RUSSIAN_STYLE, "registrant-phone", "+7 495 5550123"),
        (CHINESE_STYLE, "registrant-email", "orchard77@mail.example"),
        (CHINESE_STYLE, "registrant-phone", "86-2155501234"),
    ],
)
def test_reads_the_forms_of_many_registrars(text, kind, value):
    assert whois.sniff(text.encode(), "x.txt")
    assert value in ties(text)["quiet-orchard.example"][kind]


@pytest.mark.parametrize("text", [NETWORK_STYLE, NOMINET_STYLE, RUSSIAN_STYLE, CHINESE_STYLE])
def test_a_registration_has_its_interval(text):
    (given,) = whois.read(io.BytesIO(text.encode()))
    since, until = given.times[0], given.ties[0].until[0]
    assert spelled(since)[:4] in ("2004", "2006", "2009") and until > since


def test_prose_about_domains_is_no_registration():
    assert not whois.sniff(
        b"Domain: the actor registered quiet-orchard.example in 2004.\nIts owner is unknown.", "x.txt"
    )


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("25-Oct-2004 09:46:18 UTC", "2004-10-25T09:46:18Z"),
        ("Mon Oct 25 09:46:18 GMT 2004", "2004-10-25T09:46:18Z"),
        ("October 25, 2004", "2004-10-25T00:00:00Z"),
        ("11-JUL-10", "2010-07-11T00:00:00Z"),
        ("25.10.2004", "2004-10-25T00:00:00Z"),
        ("20041025", "2004-10-25T00:00:00Z"),
        ("2004-10-25T09:46:18Z", "2004-10-25T09:46:18Z"),
        ("04/05/2006", None),
        ("no date", None),
        ("31-Feb-2004", None),
    ],
)
def test_dates_as_registrars_wrote_them(text, day):
    assert spelled(dated(text)) == day
