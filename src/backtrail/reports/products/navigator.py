"""Layer of MITRE's ATT&CK Navigator, format 4.5: the techniques a group used, and no others."""

from collections.abc import Iterator

import msgspec

from backtrail.reports.products.material import Material

KINDS = frozenset({"technique"})
_COLOURS = ["#ffe0b2", "#d84315"]


def write(material: Material) -> Iterator[bytes]:
    """The score is the confidence; what was not seen is hidden, so that a page shows what the group did."""
    heading = material.heading
    layer = {
        "name": heading.title,
        "versions": {"navigator": "5.1.0", "layer": "4.5"},
        "domain": "enterprise-attack",
        "description": f"TLP:{heading.tlp}. {heading.created}. Backtrail.",
        "sorting": 3,
        "hideDisabled": True,
        "techniques": [
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
        ],
        "gradient": {"colors": _COLOURS, "minValue": 0, "maxValue": 100},
        "legendItems": [{"label": f"used by {heading.id}", "color": _COLOURS[1]}],
    }
    yield msgspec.json.format(msgspec.json.encode(layer), indent=2) + b"\n"
