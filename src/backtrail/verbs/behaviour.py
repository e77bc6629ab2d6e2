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


class Behaviour:
    """Rules of files.

    Args:
        rules: Files or folders: `.yml` are Sigma rules, `.txt` a STIX pattern on each line, others what the formats
            read that carry patterns (STIX bundles, OpenIOC).
        options: As for engines.

    Raises:
        NotFoundError: There is no such file.
        FormatError: There is no rule in any of them.
    """

    def __init__(self, rules: Sequence[Path], options: HuntOptions) -> None:
        files = [file for path in rules for file in _files(path)]
        sigma = {str(file): file.read_text("utf-8", "replace") for file in files if file.suffix.lower() in _SIGMA}
        self._patterns = [p for file in files if file.suffix.lower() not in _SIGMA for p in _patterns(file)]
        self._options = options
        if not sigma and not self._patterns:
            raise FormatError(f"{', '.join(map(str, rules))}: no rule in it", where="offset 0")
        self._sigma = None
        if sigma:
            from backtrail.hunts.backends.sigma import Rules

            self._sigma = Rules(sigma, options.problem or (lambda *_: None))
        self.count = len(self._patterns) + (len(self._sigma.rules) if self._sigma else 0)

    def hunt(self, paths: Sequence[Path]) -> Iterator[Hit]:
        """Hits in telemetry."""
        if self._sigma:
            from backtrail.hunts.backends import sigma

            yield from sigma.hunt(self._sigma, paths, self._options)
        if self._patterns:
            from backtrail.hunts.backends import behaviour

            yield from behaviour.hunt(self._patterns, paths, self._options)


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
