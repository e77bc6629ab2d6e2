"""leakcheck: is a victim recognisable in files that are to go out?"""

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import Struct

from backtrail import clusters, reports
from backtrail.evidence import reading
from backtrail.formats import named
from backtrail.knowledge import facts
from backtrail.knowledge.base import Db
from backtrail.model.decision import Decision, State
from backtrail.model.errors import BacktrailError, NotFoundError, UsageError
from backtrail.model.record import Record
from backtrail.reports import Finding, Piece
from backtrail.verbs.case import Case
from backtrail.verbs.deciding import Decided, decide
from backtrail.verbs.deciding import named as one_line
from backtrail.verbs.known import require_file
from backtrail.verbs.standing import state_of

_MOST = 512 << 20
"""Bytes of one file that are looked through."""

_CANARY = ("canary", "Zyqvorn Halberd Consortium")
"""A victim that does not exist: a check that does not find it is broken, and then nothing goes out."""

_ADVERSARYS = frozenset({"c2", "hop", "exfil", "delivery", "tool", "lead", "login-source", "registration"})


class Leak(Struct, frozen=True, kw_only=True):
    """A place of a product that may not go out.

    Attributes:
        id: By which it can be let through, one by one.
        file: The file, and what is inside it.
        at: Character offset in its text.
        rule: What was found, and in which form.
        whose: The intrusion whose victim it is; the secret itself is not repeated.
        fix: What to do about it.
        what: What somebody has to judge; empty where it is a secret of the register.
    """

    id: str
    file: str
    at: int
    rule: str
    whose: str
    fix: str
    what: str = ""


class Checked(Struct, frozen=True, kw_only=True):
    """What was looked through.

    Attributes:
        files: Files.
        texts: Texts in them: members of archives, documents, metadata, file names.
        secrets: Secrets that were looked for.
        leaks: What was found and nobody let through.
        allowed: What was found and let through.
    """

    files: int
    texts: int
    secrets: int
    leaks: tuple[Leak, ...]
    allowed: tuple[Leak, ...]


def leakcheck(case: Case, paths: Sequence[Path], *, names: Path | None = None, screen: bool = True) -> Checked:
    """Look for every victim of the case in files: their text, what is packed or encoded in it, metadata, file names.

    Then for what the register does not know: names that look like organisations', hosts of inner networks, mail
    addresses and phones of persons, credentials. What cannot be looked into counts as a finding.

    Args:
        case: The case.
        paths: Files and folders.
        names: More secrets, one a line, or `intrusion,secret`.
        screen: Also look for what the register does not know.

    Raises:
        NotFoundError: There is no such file.
    """
    files = dict(_files(paths))
    with case.knowledge.reading() as db:
        state = state_of(case, db)
        known = adversarys(db, state)
        secret = [*register(db, known), *(_more(names) if names else ())]
    return looked(files, secret, state, known if screen else None)


def allow(case: Case, finding: str, *, reason: str, second: str) -> Decided:
    """Let one finding of the leak check through; two people answer for it.

    Args:
        case: The case.
        finding: Its id.
        reason: Why it gives nobody away.
        second: Who agrees; not the author.
    """
    if second.strip().casefold() == case.author.strip().casefold():
        raise UsageError("the second name is the author's own; somebody else has to agree")

    def fields(_db: Db, _past: list[Decision], _state: State) -> dict[str, Any]:
        return {"targets": (one_line(finding, "the finding"),), "text": one_line(second, "the second name")}

    return decide(case, "allow", reason, "{targets[0]} is let through; {text} agrees", fields)


def register(db: Db, adversarys_own: frozenset[str]) -> list[tuple[str, str]]:
    """Every secret of the case with its intrusion: victims' names and identifiers, and what their networks show.

    What was retracted is a secret still, and lets nothing through.

    Args:
        db: An open view.
        adversarys_own: Values that are the adversary's (`adversarys`): they are no secret of what networks show.
    """
    told = [(victim.intrusion, token) for victim in facts.victims(db) for token in victim.tokens()]
    return [*told, *_learnt(db, [token for _, token in told], adversarys_own)]


def _learnt(db: Db, names: Sequence[str], adversarys_own: frozenset[str]) -> Iterator[tuple[str, str]]:
    """What findings call the victim's own: hosts, accounts, addresses of its network, and who reads its mailboxes."""
    own: list[tuple[str, str]] = []
    mailboxes: list[tuple[str, str]] = []
    for o in facts.observations(db):
        if o.kind == "email-addr" and o.intrusion and o.role not in _ADVERSARYS:
            mailboxes.append((o.intrusion, o.value))
        if o.role == "victim-asset" and o.intrusion and len(o.value) >= _TELLING:
            own.append((o.intrusion, o.value))
    victims = reports.naming([mailbox for _, mailbox in mailboxes], names) if mailboxes else set()
    held = {*(mailboxes[at] for at in victims), *own}
    accounts = sorted((i, reports.of_account(name)) for i, value in held for name in reports.people([value]))
    known = (
        one for one in dict.fromkeys([*own, *accounts]) if one[1].removesuffix("@").casefold() not in adversarys_own
    )
    yield from known


_TELLING = 5
"""Characters from which a value of a victim's network is told apart from a word."""


def adversarys(db: Db, state: State) -> frozenset[str]:
    """Values that are the adversary's, as published: they are what a product is about."""
    standing = clusters.standing(facts.observations(db), state)
    return frozenset(o.value.casefold() for o in standing if o.role in _ADVERSARYS or o.kind == "persona")


def looked(
    files: Mapping[str, bytes], secret: Sequence[tuple[str, str]], state: State, known: frozenset[str] | None
) -> Checked:
    """What a check of some files finds.

    Args:
        files: Content by name.
        secret: Intrusions and secrets.
        state: Decisions; some let findings through.
        known: Values that are the adversary's; None to look for the register's secrets only.
    """
    if not reports.in_texts([("canary", _CANARY[1])], [*secret[:3], _CANARY]):
        raise BacktrailError("the leak check does not find its own canary; nothing is published")
    texts = _Texts(files, known)
    told = [_of_register(one) for one in reports.in_texts(texts, secret)]
    leaks = {leak.id: leak for leak in (*texts.leaks, *told)}
    through = {id: leak for id, leak in leaks.items() if id in state.allowed}
    return Checked(
        files=len(files),
        texts=texts.count,
        secrets=len(secret),
        leaks=tuple(sorted((leak for id, leak in leaks.items() if id not in through), key=_order)),
        allowed=tuple(sorted(through.values(), key=_order)),
    )


class _Texts:
    """Texts of files, one after the other, so that a large package is not held whole; what they leak by themselves.

    Args:
        files: Content by name.
        known: Values that are the adversary's; None to leave the screen out.
    """

    def __init__(self, files: Mapping[str, bytes], known: frozenset[str] | None) -> None:
        self._files, self._known = files, known
        self.leaks: list[Leak] = []
        self.count = 0

    def __iter__(self) -> Iterator[tuple[str, str]]:
        for name, content in sorted(self._files.items()):
            for piece in reports.pieces(name, content, READERS):
                self.count += 1
                if piece.problem:
                    self.leaks.append(_unread(piece))
                else:
                    self._screen(piece)
                    yield piece.place, piece.text

    def _screen(self, piece: Piece) -> None:
        known = self._known
        if known is not None:
            for one in reports.screened([(piece.place, piece.text)], lambda value: _is_known(value, known)):
                self.leaks.append(_leak(one.file, one.at, one.rule, one.intrusion, one.fix, _plain(one.what), one.what))


def _order(leak: Leak) -> tuple[str, int, str]:
    return leak.file, leak.at, leak.id


def _unread(piece: Piece) -> Leak:
    return _leak(piece.place, 0, piece.problem, "nobody knows", "convert it, or leave it out", piece.problem)


def _of_register(one: Finding) -> Leak:
    return _leak(one.file, one.at, one.rule, one.intrusion, one.fix, f"{one.file} {one.intrusion}")


def _is_known(value: str, known: frozenset[str]) -> bool:
    plain = _plain(value)
    ends = (plain[at:] for at in range(len(plain) - _TELLING))  # text of a PDF has no gap between two cells
    broken = (value.endswith(plain) for value in known if "@" in value)  # a line may end within it
    return any(end in known for end in ends) or _digits(plain) in known or ("@" in plain and any(broken))


def _plain(value: str) -> str:
    """A value however it is spelled: what is let through once is let through defanged too."""
    return value.casefold().replace("[.]", ".").replace("[@]", "@")


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit() or c == "+")


def _leak(file: str, at: int, rule: str, whose: str, fix: str, key: str, what: str = "") -> Leak:
    id = "L-" + hashlib.sha256(f"{rule}\0{key}".encode()).hexdigest()[:10]
    return Leak(id=id, file=file, at=at, rule=rule, whose=whose, fix=fix, what=what)


def _files(paths: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    for path in paths:
        if not path.exists():
            raise NotFoundError(f"{path}: no such file")
        for file in sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]:
            if file.stat().st_size > _MOST:
                raise UsageError(f"{file} is larger than {_MOST >> 20} MiB; split it")
            yield str(file), file.read_bytes()


def _more(file: Path) -> Iterator[tuple[str, str]]:
    require_file(file, "a file of names, one a line")
    for line in file.read_text("utf-8", "replace").splitlines():
        intrusion, comma, name = line.partition(",")
        if line.strip():
            yield (intrusion.strip(), name.strip()) if comma else ("", line.strip())


def _passages(format: str, content: bytes) -> Iterator[str]:
    """Text of a document of a native format, read in a child process."""
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        for record in reading.records(named(format), file):
            if isinstance(record, Record) and record.passage is not None:
                yield record.passage.text


READERS = {"%PDF-": partial(_passages, "pdf"), "PAR1": partial(_passages, "parquet")}
"""Formats of their own that the gate reads."""
