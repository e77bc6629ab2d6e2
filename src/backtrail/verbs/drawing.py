"""Waterfalls of what verbs answer, drawn: as SVG, in a notebook, and as a file."""

from pathlib import Path

from backtrail.model.errors import UsageError
from backtrail.model.waterfall import Waterfall
from backtrail.reports.waterfall import html, svg
from backtrail.verbs import publishing

__all__ = ["html", "require_svg", "svg", "write_svg"]


def require_svg(path: Path | None) -> None:
    """Refuse a file that is no SVG by its name, before anything is worked out. Raises UsageError."""
    if path is not None and (path.suffix.lower() != ".svg" or path.is_dir()):
        raise UsageError(f"{path} is no name for an SVG file; let it end in .svg")


def write_svg(path: Path, waterfall: Waterfall) -> str:
    """Write a waterfall, whole or not at all; the path it was written to."""
    (written,) = publishing.write(path.parent, {path.name: svg(waterfall).encode()})
    return written
