"""Rules of files, hunted for: Sigma rules, STIX patterns of bundles and lists, OpenIOC trees."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

from backtrail import formats
from backtrail.hunts.backends import HuntOptions
from backtrail.model.errors import FormatError, NotFoundError
from backtrail.model.hit import Hit
from backtrail.model.record import Pattern, Record

_SIGMA = (".yml", ".yaml")


def behaviour(rules: Sequence[Path], paths: Sequence[Path], options: HuntOptions) -> Iterator[Hit]:
    """Hits of rules.

    Args:
        rules: Files or folders: `.yml` are Sigma rules, `.txt` a STIX pattern on each line, others what the formats
            read that carry patterns (STIX bundles, OpenIOC).
        paths: Telemetry.
        options: As for engines.

    Raises:
        NotFoundError: There is no such file.
        FormatError: There is no rule in any of them.
    """
    files = [file for path in rules for file in _files(path)]
    sigma = {str(file): file.read_text("utf-8", "replace") for file in files if file.suffix.lower() in _SIGMA}
    patterns = [p for file in files if file.suffix.lower() not in _SIGMA for p in _patterns(file)]
    if not sigma and not patterns:
        raise FormatError(f"{', '.join(map(str, rules))}: no rule in it", where="offset 0")
    if sigma:
        from backtrail.hunts.backends import sigma as engine

        yield from engine.hunt(engine.Rules(sigma, options.problem or (lambda *_: None)), paths, options)
    if patterns:
        from backtrail.hunts.backends import behaviour as events

        yield from events.hunt(patterns, paths, options)


def _files(path: Path) -> list[Path]:
    if not path.exists():
        raise NotFoundError(f"{path}: no such file or folder")
    return sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]


def _patterns(file: Path) -> Iterator[Pattern]:
    content = file.read_bytes()
    if file.suffix.lower() == ".txt":
        for line in content.decode("utf-8-sig", "replace").splitlines():
            if line.strip() and not line.startswith("#"):
                yield Pattern(language="stix", text=line.strip())
        return
    for record in formats.detect(content[: formats.HEAD], file.name).read(BytesIO(content)):
        if isinstance(record, Record):
            yield from record.patterns
