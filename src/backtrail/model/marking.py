"""How far a thing may travel (TLP 2.0) and how good its source is (Admiralty code).

Sources: FIRST, *Traffic Light Protocol 2.0* (2022); NATO/FM 2-22.3 source grading, read from the MISP taxonomy.
"""

from collections.abc import Iterable

from msgspec import Struct

from backtrail.model.errors import UsageError

TLP = ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")
"""From free to closed."""

PAP = ("CLEAR", "GREEN", "AMBER", "RED")
"""What readers may do with it, from anything to nothing that is seen from outside (MISP taxonomy *PAP*)."""

RELIABILITY = "ABCDEF"
"""A reliable ... E unreliable; F cannot be judged, which is *unknown*, not middling (tradecraft section 4)."""

CREDIBILITY = "123456"
"""1 confirmed ... 5 improbable; 6 cannot be judged."""


def tlp(text: str | None) -> str:
    """The TLP 2.0 label a text means; what is unmarked or garbled is RED (fail closed).

    >>> tlp("tlp:white"), tlp("amber+strict"), tlp("banana"), tlp(None)
    ('CLEAR', 'AMBER+STRICT', 'RED', 'RED')
    """
    label = (text or "").strip().upper().removeprefix("TLP:").strip().replace("WHITE", "CLEAR")
    return label if label in TLP else "RED"


def most_restrictive(labels: Iterable[str]) -> str:
    """The marking of a product made of things so marked (rule TL-2); of nothing at all: RED."""
    return max((tlp(label) for label in labels), key=TLP.index, default="RED")


def pap(text: str) -> str:
    """The PAP label a text means; what is garbled is RED (fail closed).

    >>> pap("PAP:WHITE"), pap("amber"), pap("banana")
    ('CLEAR', 'AMBER', 'RED')
    """
    label = text.strip().upper().removeprefix("PAP:").strip().replace("WHITE", "CLEAR")
    return label if label in PAP else "RED"


def strictest(labels: Iterable[str]) -> str:
    """The PAP of what is made of things so marked; CLEAR where nothing is: it restricts use, and is rarely given."""
    return max((pap(label) for label in labels), key=PAP.index, default="CLEAR")


class Grade(Struct, frozen=True, order=True):
    """Admiralty grade: reliability of the source, credibility of the information; two independent letters."""

    reliability: str = "F"
    credibility: str = "6"

    def __str__(self) -> str:
        return self.reliability + self.credibility


def grade(text: str) -> Grade:
    """Read a grade such as `B2`.

    Raises:
        UsageError: Not a letter A-F followed by a digit 1-6.
    """
    code = text.strip().upper()
    if len(code) != 2 or code[0] not in RELIABILITY or code[1] not in CREDIBILITY:
        raise UsageError(f"{text!r} is no Admiralty grade: give a letter A-F and a digit 1-6, such as B2")
    return Grade(code[0], code[1])


class Source(Struct, frozen=True, order=True):
    """Who says so, how far they are trusted, and how far it may travel."""

    name: str = "unnamed"
    grade: Grade = Grade()
    tlp: str = "RED"
