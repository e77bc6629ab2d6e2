"""Ids that STIX objects of ours and of the standard bear: markings of TLP 1 and 2, our extension, its author."""

import re
from uuid import UUID

NAMESPACE = UUID("6f0c1d55-6a3e-4c57-9d0e-3f1f4f0a7f10")
"""Namespace of the ids we make for domain objects (SCO ids have the namespace of the standard)."""

EXTENSION = "extension-definition--5b8a2c1e-7d44-4f0b-8a57-2e6f3c9d1b04"
"""Our property extension; the id is fixed for ever."""

IDENTITY = "identity--0d3f4a52-9c1b-4e2f-b6a8-71c5e0d2f3a9"
"""The producer of what we write."""

TLP_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
TLP_2 = {
    "CLEAR": "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    "GREEN": "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "AMBER": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "AMBER+STRICT": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    "RED": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}
TLP_OF = {id: label for label, id in TLP_2.items()} | {
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": "CLEAR",
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": "GREEN",
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": "AMBER",
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": "RED",
}
"""Published ids of TLP 2.0 and TLP 1.0 marking definitions."""

TECHNIQUE = re.compile(r"T\d{4}(?:\.\d{3})?")
CVE = re.compile(r"CVE-\d{4}-\d{4,}", re.IGNORECASE)
"""Ids of ATT&CK and CVE, as external references carry them."""
