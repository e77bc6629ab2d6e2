"""Traits of what was observed: the value itself, what it is part of, and the manner in which it was made.

A host name that nobody used before may still stand in a zone, bear the words, or be of the shape, that a group is
known for. Traits make such partial agreement countable: each is a kind (`zone`, `word`, `path shape`) and a value.
Every trait is a pure function of one observed value, except those of the record as a whole (which kinds of things
it reports, and how many).
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import combinations, pairwise

from backtrail.model.kinds import host_of

Traits = dict[str, set[str]]
"""Values of each trait."""

COMPOSED = {
    "two techniques": ("technique", " + "),
    "two software": ("software", " + "),
    "suffixes together": ("suffix", " "),
}
"""Traits whose values are made of several values of another, and what stands between these."""

_LETTERS = re.compile(r"[a-z]+")
_DIGITS = re.compile(r"[0-9]+")
_ADDRESS = re.compile(r"[0-9]+(?:[.][0-9]+){3}")
_NOT_LETTERS = re.compile(r"[^a-z]+")
_WORD = 3
"""Letters from which a run of letters is a word."""

_FEW = 3
"""Suffixes up to which they are taken together as a habit of registration."""

_MANY = 100
"""Techniques, or software, up to which each two are taken together; more are a catalogue and no intrusion."""


def traits(values: Iterable[tuple[str, str]], public_suffix: Callable[[str], str | None]) -> Traits:
    """Traits of a record.

    Args:
        values: What was observed, as kind and canonical value (`model.kinds`); those of other kinds are passed over,
            and what is said twice counts once.
        public_suffix: Gives the suffix under which a host name is registered (`observations.public_suffix`).
    """
    found: Traits = defaultdict(set)
    counts: Counter[str] = Counter()
    for kind, value in dict.fromkeys((kind, value.lower()) for kind, value in values):
        place = _host_in(kind, value)
        if place:
            _host(place, public_suffix(place) or place.rpartition(".")[2], found)
        add = _OF_KIND.get(kind)
        if add is not None:
            add(value, found)
        if place or add is not None:
            counts[kind] += 1
    _whole(counts, found)
    return dict(found)


def reads(kind: str) -> bool:
    """Whether values of a kind have traits."""
    return kind in _OF_KIND or kind == "domain-name"


def _host_in(kind: str, value: str) -> str | None:
    """The host name of a value that has one; an address is none."""
    if kind == "domain-name":
        return value
    place = host_of(kind, value if "://" in value else f"http://{value}") if kind == "url" else None
    return place if place and "." in place and not _ADDRESS.fullmatch(place) else None


def _host(name: str, public: str, found: Traits) -> None:
    labels = name.removesuffix(public).rstrip(".").split(".")
    words = [word for word in _NOT_LETTERS.split(".".join(labels)) if word]
    found["host"].add(name)
    found["host words"].update(word for word in words if len(word) > 1)
    found["host word pairs"].update(map(" ".join, pairwise(words)))
    found["host 5-gram"].update(_grams(name, 5))
    found["suffix"].add(public)
    registered, below = labels[-1], labels[:-1]
    if labels[0]:
        found["host start"].add(labels[0][:3])
    found["depth"].add(str(min(len(below), 4)))
    if registered:
        found["zone"].add(f"{registered}.{public}")
        _label(registered, public, found)
    for label in below:
        found["sub-label"].add(label)
        found["sub-label shape"].add(_shape(label))


def _label(label: str, public: str, found: Traits) -> None:
    """Traits of the label that was registered: where a name shows who thought of it."""
    style = _style(label)
    words = [word for word in _NOT_LETTERS.split(label) if word]
    found["label"].add(label)
    found["label 3-gram"].update(_grams(label, 3))
    found["label end"].add(label[-3:])
    found["label word count"].add(str(len(words)))
    found["label style"].add(style)
    found["label style and suffix"].add(f"{style}.{public}")
    found["label shape"].add(f"{_shape(label)}.{public.rpartition('.')[2]}")


def _ipv4(address: str, found: Traits) -> None:
    octets = address.split(".")
    found["address"].add(address)
    found["network /8"].add(octets[0])
    found["network /16"].add(".".join(octets[:2]))
    found["network /24"].add(".".join(octets[:3]))


def _ipv6(address: str, found: Traits) -> None:
    found["address"].add(address)


def _endpoint(value: str, found: Traits) -> None:
    found["endpoint"].add(value)
    found["port"].add(value.rpartition(":")[2])


def _port(value: str, found: Traits) -> None:
    found["port"].add(value)


def _url(value: str, found: Traits) -> None:
    found["url"].add(value)
    place = host_of("url", value if "://" in value else f"http://{value}")
    if place and _ADDRESS.fullmatch(place):
        _ipv4(place, found)


def _path(value: str, found: Traits) -> None:
    path, _, query = value.partition("?")
    segments = [segment for segment in path.split("/") if segment]
    found["path"].add(value)
    found["path segment"].update(segments)
    found["path end"].update(segments[-1:])
    found["path shape"].add(_shape(path))
    found["path depth"].add(f"{min(len(segments), 6)}{'?' if query else ''}{'/' if path.endswith('/') else ''}")
    if segments and "." in segments[-1]:
        found["path extension"].add(segments[-1].rpartition(".")[2][:6])
    found["path 3-gram"].update(_grams(path, 3))
    for segment in segments:
        found["path 4-gram"].update(_grams(segment, 4))


def _file(value: str, found: Traits) -> None:
    stem, _, extension = value.rpartition(".")
    found["file name"].add(value)
    found["file shape"].add(_shape(value))
    if stem:
        found["file extension"].add(extension[:6])
    found["file words"].update(_words(stem or value))
    found["file 4-gram"].update(_grams(stem or value, 4))


def _file_path(value: str, found: Traits) -> None:
    parts = [part for part in value.replace("/", "\\").split("\\") if part]
    found["file path"].add(value)
    found["folder"].update(parts[:-1])
    if parts:
        _file(parts[-1], found)


def _mail(value: str, found: Traits) -> None:
    name, _, place = value.partition("@")
    found["mail address"].add(value)
    found["mail domain"].add(place)
    found["mail 4-gram"].update(_grams(name, 4))


def _pdb(value: str, found: Traits) -> None:
    found["debug path"].add(value)
    found["debug path part"].update(part for part in re.split(r"[\\/]", value) if part)


def _registry(value: str, found: Traits) -> None:
    found["registry key"].add(value)
    found["registry key part"].update(part for part in re.split(r"[\\/]", value) if part)


def _technique(value: str, found: Traits) -> None:
    found["technique"].add(value)
    found["technique parent"].add(value.partition(".")[0])


def _plain(trait: str) -> Callable[[str, Traits], None]:
    """A trait that is the value itself."""

    def add(value: str, found: Traits) -> None:
        found[trait].add(value)

    return add


_OF_KIND: dict[str, Callable[[str, Traits], None]] = {
    "ipv4-addr": _ipv4,
    "ipv6-addr": _ipv6,
    "ip-port": _endpoint,
    "port": _port,
    "url": _url,
    "url-path": _path,
    "file-name": _file,
    "file-path": _file_path,
    "email-addr": _mail,
    "registrant-email": _mail,
    "pdb-path": _pdb,
    "registry-key": _registry,
    "technique": _technique,
    **{kind: _plain("file digest") for kind in ("md5", "sha1", "sha256", "sha512")},
    **{
        kind: _plain(kind.replace("-", " "))
        for kind in (
            "software",
            "mutex",
            "imphash",
            "pipe",
            "service",
            "vulnerability",
            "user-agent",
            "http-fingerprint",
            "email-subject",
            "command-line",
            "config-secret",
            "archive-password",
            "x509-serial",
            "x509-sha1",
            "x509-sha256",
            "x509-subject",
            "registrant-name",
            "registrant-phone",
            "persona",
        )
    },
}


def _whole(counts: Mapping[str, int], found: Traits) -> None:
    """Which kinds of things a record tells of, alone and with the habits of naming in it."""
    if not counts:
        return
    together = " + ".join(sorted(counts))
    found["reported"].update(counts)
    found["reported together"].add(together)
    found["reported in number"].add(" + ".join(f"{kind}:{_size(counts[kind])}" for kind in sorted(counts)))
    for trait in ("suffix", "label style"):
        found[f"reported with {trait}"].update(f"{together} {value}" for value in found.get(trait, ()))
    suffixes: Collection[str] = found.get("suffix", ())
    if 0 < len(suffixes) <= _FEW:
        found["suffixes together"].add(" ".join(sorted(suffixes)))
    for trait, two in (("technique", "two techniques"), ("software", "two software")):
        if 1 < len(values := found.get(trait, ())) <= _MANY:
            found[two].update(map(" + ".join, combinations(sorted(values), 2)))


def _style(label: str) -> str:
    """Length by powers of the square root of two, hyphens and digits, as in `l6-1d0`."""
    return f"l{_steps(len(label))}-{min(label.count('-'), 3)}d{min(sum(map(str.isdigit, label)), 3)}"


def _shape(text: str) -> str:
    """Letters as one `a` a run and digits as one `0`: `ab12-c.php` is `a0-a.a`."""
    return _DIGITS.sub("0", _LETTERS.sub("a", text))[:24]


def _words(text: str) -> Iterable[str]:
    return (word for word in _NOT_LETTERS.split(text) if len(word) >= _WORD)


def _grams(text: str, size: int) -> Iterable[str]:
    marked = f"^{text}$"
    return (marked[i : i + size] for i in range(len(marked) - size + 1))


def _steps(count: int) -> int:
    """Twice the binary logarithm of a count and one, rounded down, at most 14."""
    return min(((count + 1) ** 2).bit_length() - 1, 14)


def _size(count: int) -> int:
    return _steps(count) // 2
