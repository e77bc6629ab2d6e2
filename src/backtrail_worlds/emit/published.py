"""What invented vendors published later about the subject: a small part of it, defanged."""

from pathlib import Path

from backtrail_worlds.chance import chance
from backtrail_worlds.emit.sink import Folder, Written
from backtrail_worlds.plan.model import Plan
from backtrail_worlds.spec import World

_VENDORS = (("harrowgate-labs", "Harrowgate Labs"), ("pine-street-security", "Pine Street Security"))


def write_published(root: Path, world: World, plan: Plan) -> list[Written]:
    """Two reports below `published/`."""
    rng = chance(plan.seed, "published")
    folder = Folder(root, "published")
    subject = plan.groups[0]
    nickname = rng.choice(("Silt Heron", "Tin Magpie", "Drift Otter"))
    names = sorted(name for name, kind in subject.names.items() if kind in ("zone", "apex"))
    for file, vendor in _VENDORS:
        domains = rng.sample(names, min(12, len(names)))
        samples = rng.sample(subject.samples, min(6, len(subject.samples)))
        lines = [
            f"# {nickname}: an espionage group",
            "",
            f"{vendor}, {world.report.isoformat()}",
            "",
            f"Its operators pack what they take with the password `{subject.passwords[0]}` and its implants call",
            f"with the User-Agent `{subject.agent}`.",
            "",
            "Domains:",
            "",
            *(f"- {domain.replace('.', '[.]')}" for domain in domains),
            "",
            "Files:",
            "",
            *(f"- {sample.md5} ({sample.family}, {sample.file_name})" for sample in samples),
        ]
        folder.text(f"{file}.md", "\n".join(lines) + "\n")
    return folder.written
