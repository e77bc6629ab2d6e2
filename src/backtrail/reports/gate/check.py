"""Every secret of the register, looked for in every byte of a product, in every form it could hide in.

A thousand needles are asked in one pass of RE2 over a text: a product of 30 MB and a register of a thousand names took
thirteen minutes one by one, of which nearly all find nothing.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Any

import re2
from msgspec import Struct

from backtrail.reports.gate.forms import forms, unescaped, untagged
from backtrail.reports.gate.hidden import hidden
from backtrail.reports.gate.near import slips
from backtrail.reports.gate.needles import Needle, needles

_AT_ONCE = 1_000
"""Needles that are looked for in one pass."""

_BYTES = re2.Options()
_BYTES.encoding = re2.Options.Encoding.LATIN1  # bytes as they are
_BYTES.max_mem = 256 << 20
_BYTES.never_capture = True


class Finding(Struct, frozen=True, order=True):
    """A secret in a product.

    Attributes:
        file: Name of the file, and of what is inside it.
        at: Character offset in its text, where one can be given.
        rule: Which form it was found in.
        intrusion: Whose victim it is; the secret itself is not repeated.
        fix: What to do about it.
        what: What somebody has to judge; empty where it is a secret of the register.
    """

    file: str
    at: int
    rule: str
    intrusion: str
    fix: str = "reword, pseudonymise or withhold it"
    what: str = ""


def findings(files: Mapping[str, bytes], names: Iterable[tuple[str, str]]) -> list[Finding]:
    """Every secret found in the content or the name of a file that is text.

    Args:
        files: Content by file name.
        names: Pairs of intrusion id and secret.
    """
    texts = ((file, f"{file}\n{content.decode('utf-8', 'replace')}") for file, content in sorted(files.items()))
    return in_texts(texts, names)


def in_texts(texts: Iterable[tuple[str, str]], names: Iterable[tuple[str, str]]) -> list[Finding]:
    """Every secret found in some texts, and in what is encoded inside them.

    Args:
        texts: Where each stands, and the text.
        names: Pairs of intrusion id and secret.
    """
    wanted = _by_form(needle for intrusion, name in names for needle in needles(intrusion, name))
    asked = {form: _Asked(some) for form, some in wanted.items()}
    found = set()
    for place, text in texts:
        for where, said in _layers(place, text):
            for form, spelled in forms(said):
                for needle, at in asked[form].matches(spelled) if form in asked else ():
                    found.add(Finding(where, at, needle.rule, needle.intrusion))
    return sorted(found)


def naming(values: Sequence[str], names: Iterable[str]) -> set[int]:
    """Which of many values contain a secret, in any form, by their place in the sequence."""
    wanted = _by_form(needle for name in names for needle in needles("", name))
    told = [dict(forms(value)) for value in values]
    found: set[int] = set()
    for form, some in wanted.items():
        lines = [texts[form].replace("\n", "\0") for texts in told]
        starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
        text = "\n".join(lines)
        for needle in _Asked(some).suspects(text):
            found.update(bisect_right(starts, at) - 1 for at in _places(needle, text))
    return found


def _by_form(some: Iterable[Needle]) -> dict[str, list[Needle]]:
    found: dict[str, list[Needle]] = {}
    for needle in dict.fromkeys(some):
        found.setdefault(needle.form, []).append(needle)
    return found


def _layers(place: str, text: str) -> Iterator[tuple[str, str]]:
    """A text, and all that is encoded in it put together: a name may lie in any of it."""
    yield place, text
    readings = dict.fromkeys((text, unescaped(text), untagged(text)))
    seen: set[tuple[str, str]] = set()
    inside = "\n".join(said for reading in readings for said in hidden(reading, seen))
    if inside:
        yield f"{place} (encoded)", inside


def _places(needle: Needle, text: str) -> Iterator[int]:
    if needle.slips:
        yield from slips(text, needle.slips)
    else:
        yield from (match.start() for match in needle.pattern.finditer(text))


class _Asked:
    """Needles of one form, made ready to be looked for in many texts."""

    def __init__(self, needles: Iterable[Needle]) -> None:
        self._always: list[Needle] = []
        self._cores: dict[bytes, list[Needle]] = {}
        for needle in needles:
            if needle.core:
                self._cores.setdefault(needle.core.encode("utf-8", "surrogatepass"), []).append(needle)
            else:
                self._always.append(needle)
        cores = list(self._cores)
        self._literals = [_Literals(cores[at : at + _AT_ONCE]) for at in range(0, len(cores), _AT_ONCE)]

    def matches(self, text: str) -> Iterator[tuple[Needle, int]]:
        """Needles that are in a text, with the first place of each."""
        for needle in self.suspects(text):
            at = next(_places(needle, text), None)
            if at is not None:
                yield needle, at

    def suspects(self, text: str) -> Iterator[Needle]:
        """Needles whose core is in a text; those without one are always asked."""
        yield from self._always
        content = text.encode("utf-8", "surrogatepass")
        for literals in self._literals:
            for core in literals.present(content):
                yield from self._cores[core]


class _Literals:
    """Literals looked for by one pass over a text; what is compiled for them is kept, since it costs more than that."""

    def __init__(self, literals: Sequence[bytes]) -> None:
        self._literals = literals
        self._set = re2.Set.SearchSet(_BYTES)
        for literal in literals:
            self._set.Add(re2.escape(literal))
        self._set.Compile()

    @cached_property
    def _any(self) -> Any:
        return re2.compile(b"|".join(map(re2.escape, self._literals)), _BYTES)

    def present(self, content: bytes) -> Iterable[bytes]:
        """Those that are in a text.

        A set that finds nothing says the same as one that ran out of memory; so nothing is believed only after a second
        pass, which gets slower there and never wrong.
        """
        found = self._set.Match(content)
        if found:
            return [self._literals[n] for n in sorted(found)]
        if self._any.search(content):
            return [literal for literal in self._literals if literal in content]
        return ()
