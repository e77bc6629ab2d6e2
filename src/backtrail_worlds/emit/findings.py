"""What the responder states and knows: manifest, findings, notes, triaged malware, YARA hits."""

import csv
from io import StringIO
from random import Random
from typing import Any

import msgspec

from backtrail_worlds.clock import DAY, day_of, iso
from backtrail_worlds.emit.sink import Folder
from backtrail_worlds.plan.model import Contact, Drop, Family, Intrusion, Plan
from backtrail_worlds.spec import World

_SOURCES = (
    ("Northgate Response", "A2"),
    ("Kestrel Lane Forensics", "B2"),
    ("Own team", "B2"),
    ("Tern & Ash Consulting", "B3"),
)
Row = tuple[str, str, str, int, int, str]


def write(folder: Folder, world: World, plan: Plan, intrusion: Intrusion, rng: Random) -> None:
    """Everything but the logs."""
    families = {f.name: f for group in plan.groups for f in group.families} | {f.name: f for f in plan.public}
    folder.text("intrusion.toml", _manifest(intrusion, rng))
    rows = _rows(intrusion)
    rng.shuffle(rows)
    noted = [row for row in rows if row[0] in ("domain", "ip", "md5", "url") and rng.random() < 0.25]
    listed = [row for row in rows if row not in noted]
    folder.text("findings.csv", _csv(listed, rng), len(listed), crlf=rng.random() < 0.3, bom=rng.random() < 0.3)
    defang = rng.random() < world.confusers.defanged
    folder.text("notes.md", _notes(intrusion, noted, defang), crlf=rng.random() < 0.2)
    triaged = [drop for drop in intrusion.own.drops if drop.known == "triage"]
    for i, drop in enumerate(triaged):
        record = _triage(drop, families.get(drop.sample.family), intrusion, rng)
        folder.data(
            f"triage/{i + 1:03d}.json", msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n", 1, []
        )
    _yara(folder, intrusion, families, rng)


def _manifest(intrusion: Intrusion, rng: Random) -> str:
    victim = intrusion.victim
    source, grade = rng.choice(_SOURCES)
    discovered = intrusion.last if intrusion.open_end else intrusion.last - rng.randint(0, 20) * DAY
    lines = [
        f'id = "{intrusion.id}"',
        f'sector = "{victim.sector}"',
        f'country = "{victim.country}"',
        f"discovered = {day_of(max(discovered, intrusion.first))}",
    ]
    if not intrusion.open_end:
        lines.append(f"closed = {day_of(intrusion.last + 2 * DAY)}")
    lines += [
        f'found_by = "{rng.choice(("external", "external", "internal"))}"',
        f'source = "{source}"',
        f'grade = "{grade}"',
        f'tlp = "{rng.choice(("AMBER", "AMBER", "GREEN"))}"',
        "",
        "[victim]",
        f'name = "{victim.name}"',
        f'identifiers = ["{victim.short}", "{victim.domain}"]',
    ]
    for theft in intrusion.thefts:
        high = theft.bytes + theft.bytes // 10
        lines += [
            "",
            "[[theft]]",
            f'category = "{theft.category}"',
            f"bytes_low = {theft.bytes}",
            f"bytes_high = {high}",
        ]
    return "\n".join(lines) + "\n"


def _rows(intrusion: Intrusion) -> list[Row]:
    rows: list[Row] = []
    for contact in intrusion.own.contacts:
        if contact.known:
            rows += _contact_rows(contact)
    for drop in intrusion.own.drops:
        if drop.known == "finding":
            rows.append(("md5", drop.sample.md5, "tool", drop.moment, drop.moment, drop.sample.family))
    for command in intrusion.own.commands:
        if command.known:
            rows.append(("command-line", command.line, "tool", command.moment, command.moment, ""))
    for mail in intrusion.own.mails:
        if mail.attachment:
            rows.append(("filename", mail.attachment, "delivery", mail.moment, mail.moment, "attachment"))
            rows.append(("email", mail.sender, "delivery", mail.moment, mail.moment, ""))
    rows += [(f.type, f.value, f.role, f.first, f.last, f.comment) for f in intrusion.findings]
    return list(dict.fromkeys(rows))


def _contact_rows(contact: Contact) -> list[Row]:
    role = "exfil" if contact.stolen else "c2"
    rows: list[Row] = []
    if contact.domain:
        rows.append(("domain", contact.domain, role, contact.first, contact.last, ""))
    if not contact.domain or contact.stolen or contact.first % 3 == 0:
        rows.append(("ip", contact.address, role, contact.first, contact.last, f"port {contact.port}"))
    return rows


def _csv(rows: list[Row], rng: Random) -> str:
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("type", "value", "role", "first_seen", "last_seen", "comment"))
    exact = rng.random() < 0.5
    for kind, value, role, first, last, comment in rows:
        spelled = (iso(first), iso(last)) if exact else (day_of(first), day_of(last))
        writer.writerow((kind, value, role, *spelled, comment))
    return out.getvalue()


def _notes(intrusion: Intrusion, rows: list[Row], defang: bool) -> str:
    lines = [f"# Notes on {intrusion.id}", ""]
    if intrusion.open_start:
        lines.append("The adversary was there on the first day that the logs cover; when it came in is not known.")
    else:
        lines.append(f"First activity that was found: {day_of(intrusion.first)}.")
    if intrusion.open_end:
        lines.append("It was still active when the evidence was taken.")
    else:
        lines.append(f"Last activity that was found: {day_of(intrusion.last)}; none after the passwords were changed.")
    lines += ["", *intrusion.notes, ""]
    for kind, value, role, first, last, _ in rows:
        shown = _defanged(kind, value) if defang else value
        lines.append(f"- {role}: {shown} ({kind}), {day_of(first)} to {day_of(last)}")
    return "\n".join(lines) + "\n"


def _defanged(kind: str, value: str) -> str:
    if kind == "url":
        return value.replace("http", "hxxp", 1).replace(".", "[.]")
    return value.replace(".", "[.]") if kind in ("domain", "ip") else value


def _triage(drop: Drop, family: Family | None, intrusion: Intrusion, rng: Random) -> dict[str, Any]:
    """A record with what this responder's tool happened to find; missing keys are normal."""
    sample = drop.sample
    record: dict[str, Any] = {
        "tool": "triage",
        "md5": sample.md5,
        "sha1": sample.sha1,
        "size": sample.size,
        "file_name": sample.file_name,
    }
    if rng.random() < 0.8:
        record["sha256"] = sample.sha256
    if sample.compiled:
        record["compile_time"] = iso(sample.compiled)
    if rng.random() < 0.7:
        record["imphash"] = sample.imphash
    if sample.pdb:
        record["pdb_path"] = sample.pdb
    if sample.family:
        record["family"] = sample.family
    if family:
        record |= _marks(drop, family, intrusion, rng)
    return record


def _marks(drop: Drop, family: Family, intrusion: Intrusion, rng: Random) -> dict[str, Any]:
    found: dict[str, Any] = {"language": family.language}
    if family.mutexes:
        found["mutexes"] = list(family.mutexes)
    if family.strings and rng.random() < 0.8:
        found["strings"] = list(family.strings)
    config: dict[str, Any] = {}
    known = [
        c
        for c in intrusion.own.contacts
        if c.known and not c.stolen and c.kind in ("web", "backdoor") and c.group == drop.sample.group
    ]
    if known and family.kind != "utility":
        chosen = rng.sample(known, min(len(known), 2))
        config["hosts"] = [f"{c.domain or c.address}:{c.port}" for c in chosen]
        config["ports"] = sorted({c.port for c in chosen})
        urls = [f"http://{c.domain}{c.path}" for c in chosen if c.kind == "web" and c.domain and c.port == 80]
        if urls:
            config["urls"] = urls
        certificate = next((c.certificate for c in chosen if c.certificate), None)
        if certificate:
            found["certificate"] = {
                "serial": certificate.serial,
                "sha1": certificate.sha1,
                "subject": certificate.subject,
                "issuer": certificate.issuer,
            }
    secrets = (("password", family.password), ("campaign", drop.sample.campaign), ("key", family.key))
    config |= {key: value for key, value in secrets if value}
    return found | ({"config": config} if config else {})


def _yara(folder: Folder, intrusion: Intrusion, families: dict[str, Family], rng: Random) -> None:
    lines = []
    for drop in intrusion.own.drops:
        family = families.get(drop.sample.family)
        if drop.known == "yara" or (drop.known == "triage" and family and rng.random() < 0.2):
            rule = {
                "identifier": f"APT_{drop.sample.family.replace('-', '_')}",
                "namespace": "default",
                "meta": {"author": "response"},
                "tags": [],
            }
            path = f"{drop.folder}\\{drop.sample.file_name}"
            lines.append(msgspec.json.encode({"path": path, "rules": [rule], "sha256": drop.sample.sha256}) + b"\n")
    if lines:
        folder.data("yara.json", b"".join(lines), len(lines), [])
