"""Layer of MITRE's ATT&CK Navigator, format 4.5: the techniques a group used, and no others."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from backtrail.reports.products.material import Material

KINDS = frozenset({"technique"})
_COLOURS = ["#ffe0b2", "#d84315"]


def write(material: Material) -> Iterator[bytes]:
    """The score is the confidence; what was not seen is hidden, so that a page shows what the group did."""
    heading = material.heading
    techniques = [
        {
            "techniqueID": one.value,
            "score": one.confidence if one.confidence is not None else 50,
            "enabled": True,
            "comment": material.provenance(one),
            "metadata": [
                {"name": "first seen", "value": one.first or "unknown"},
                {"name": "last seen", "value": one.last or "unknown"},
                {"name": "rule", "value": material.id("navigator", one.value)},
            ],
            "showSubtechniques": "." in one.value,
        }
        for one in material.of("technique")
    ]
    described = f"TLP:{heading.tlp}. {heading.created}. Backtrail."
    yield layer(heading.title, described, f"used by {heading.id}", techniques, most=100)


def layer(name: str, description: str, legend: str, techniques: Sequence[Mapping[str, Any]], most: int) -> bytes:
    """A layer of some techniques.

    Args:
        name: Its title.
        description: What it is.
        legend: What the darkest colour means.
        techniques: In the words of the format, section `techniques`.
        most: The highest score.
    """
    content = {
        "name": name,
        "versions": {"navigator": "5.1.0", "layer": "4.5"},
        "domain": "enterprise-attack",
        "description": description,
        "sorting": 3,
        "hideDisabled": True,
        "techniques": techniques,
        "gradient": {"colors": _COLOURS, "minValue": 0, "maxValue": most},
        "legendItems": [{"label": legend, "color": _COLOURS[1]}],
    }
    return msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"
