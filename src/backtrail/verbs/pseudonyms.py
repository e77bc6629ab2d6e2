"""Pseudonyms of intrusions: drawn at random, the same for ever in a line of products, kept encrypted.

Their order tells nothing, and two lines (what is public, what partners get) cannot be laid side by side. Which
pseudonym is whose is in the file `pseudonyms` of the case, encrypted (Fernet: AES-128-CBC with HMAC-SHA-256). The key
lies outside the case, in `$BACKTRAIL_KEYS` or `~/.config/backtrail/keys`: a copy of the case alone does not tell.
"""

import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
from cryptography.fernet import Fernet, InvalidToken
from msgspec import Struct
from msgspec.structs import replace

from backtrail.model.errors import ConflictError
from backtrail.reports import EDITIONS, Dossier
from backtrail.verbs.case import Case

_FILE = "pseudonyms"

_Lines = dict[str, dict[str, str]]


class _Store(Struct, frozen=True):
    """The file: which key opens it, and the encrypted names by line and intrusion."""

    key: str
    box: str


def with_pseudonyms(case: Case, dossier: Dossier) -> Dossier:
    """A dossier in which the intrusions have pseudonyms in every line of products that leaves the house.

    Raises:
        ConflictError: The key is not on this machine, or the file is not what was written.
    """
    lines = sorted({"victim", *(edition.line for edition in EDITIONS.values() if not edition.inside)})
    return replace(dossier, pseudonyms=drawn(case, lines, dossier.intrusions))


def drawn(case: Case, lines: Iterable[str], intrusions: Iterable[str]) -> Mapping[str, Mapping[str, str]]:
    """Pseudonyms of intrusions by line; those that have none yet get one.

    Args:
        case: The case.
        lines: Lines of products.
        intrusions: Ids.

    Raises:
        ConflictError: The key is not on this machine, or the file is not what was written.
    """
    place, wanted = case.folder / _FILE, sorted(intrusions)
    id, key, held = _opened(place)
    before = sum(map(len, held.values()))
    told = {line: _named(held.setdefault(line, {}), wanted) for line in lines}
    if sum(map(len, held.values())) > before:
        box = Fernet(key).encrypt(msgspec.json.encode(held, order="deterministic")).decode()
        staged = place.with_suffix(".part")
        staged.write_bytes(msgspec.json.encode(_Store(id, box)))
        staged.chmod(0o600)
        staged.replace(place)
    return told


def _named(held: dict[str, str], wanted: Iterable[str]) -> dict[str, str]:
    """Names of some intrusions in a line; the line grows by those that had none."""
    taken = set(held.values())
    ids = [*wanted]
    span = 10 ** max(3, len(str(3 * (len(held) + len(ids)))))  # so many that a draw is seldom taken already
    for id in ids:
        while id not in held:
            name = f"I-{span // 10 + secrets.randbelow(span - span // 10)}"
            if name not in taken:
                held[id] = name
                taken.add(name)
    return {id: held[id] for id in ids}


def _opened(place: Path) -> tuple[str, bytes, _Lines]:
    """Id of the key, the key, and what is held under it."""
    folder = Path(os.environ.get("BACKTRAIL_KEYS") or Path.home() / ".config" / "backtrail" / "keys")
    if not place.exists():
        return (*_new_key(folder), {})
    try:
        store = msgspec.json.decode(place.read_bytes(), type=_Store)
        key = (folder / f"{store.key}.key").read_bytes().strip()
        return store.key, key, msgspec.json.decode(Fernet(key).decrypt(store.box.encode()), type=_Lines)
    except FileNotFoundError as error:
        raise ConflictError(
            f"the pseudonyms of this case are encrypted and their key {error.filename} is not on this machine; bring "
            f"it, or say where keys lie with BACKTRAIL_KEYS"
        ) from error
    except (msgspec.DecodeError, InvalidToken, ValueError) as error:
        raise ConflictError(f"{place} cannot be opened with its key; restore it from a backup") from error


def _new_key(folder: Path) -> tuple[str, bytes]:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    id, key = secrets.token_hex(8), Fernet.generate_key()
    with os.fdopen(os.open(folder / f"{id}.key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key + b"\n")
    return id, key
