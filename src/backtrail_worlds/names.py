"""Invented names: syllables and compounds that are unlikely to be anybody's."""

from random import Random

_ONSETS = ["b", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z"]
_VOWELS = ["a", "e", "i", "o", "u"]
_SYLLABLES = [onset + vowel for onset in _ONSETS for vowel in _VOWELS]
_CODAS = ["", "", "", "n", "r", "l", "s"]

_THEMES = {
    "news": [
        "daily",
        "wire",
        "herald",
        "bulletin",
        "tribune",
        "gazette",
        "newsroom",
        "headline",
        "courier",
        "dispatch",
        "press",
        "report",
    ],
    "technology": [
        "soft",
        "update",
        "byte",
        "server",
        "driver",
        "patch",
        "kernel",
        "codec",
        "systems",
        "digital",
        "hosting",
        "support",
    ],
    "business": ["consult", "trade", "market", "finance", "invest", "capital", "holdings", "commerce"],
    "other": [
        "garden",
        "river",
        "stone",
        "valley",
        "meadow",
        "lantern",
        "harbor",
        "orchard",
        "island",
        "summit",
        "bridge",
        "willow",
    ],
}
_BENIGN = [
    "mail",
    "shop",
    "cloud",
    "media",
    "photo",
    "travel",
    "sport",
    "music",
    "forum",
    "search",
    "maps",
    "games",
    "weather",
    "bank",
    "video",
    "auto",
    "home",
    "books",
    "recipe",
    "fitness",
    "forecast",
    "tickets",
]
_ANY = [*_BENIGN, *(word for words in _THEMES.values() for word in words)]
"""Words of harmless names: those of adversaries are among them, so that a word gives nobody away."""
_TLDS = ["com", "com", "com", "net", "net", "org", "info"]
_GIVEN = [
    "Lian",
    "Moru",
    "Bao",
    "Tesh",
    "Kesu",
    "Wenra",
    "Shaol",
    "Dori",
    "Palu",
    "Nemi",
    "Ruzo",
    "Hanto",
    "Sefa",
    "Jolan",
    "Mirek",
    "Tovi",
]
_FAMILY = [
    "Keshan",
    "Luno",
    "Bairu",
    "Tozan",
    "Weshi",
    "Marud",
    "Sholan",
    "Pirez",
    "Donav",
    "Hulet",
    "Zamir",
    "Fenko",
    "Gorun",
    "Telba",
]
_COLOURS = [
    "PAPER",
    "COPPER",
    "SALT",
    "AMBER",
    "FROST",
    "CEDAR",
    "TIN",
    "SLATE",
    "MARBLE",
    "IVORY",
    "COAL",
    "REED",
    "WAX",
    "RUST",
    "LINEN",
    "BRINE",
]
_THINGS = [
    "FERN",
    "LATCH",
    "KETTLE",
    "SPADE",
    "COMPASS",
    "ANVIL",
    "LOOM",
    "QUILL",
    "GAUGE",
    "FUNNEL",
    "PULLEY",
    "THIMBLE",
    "CHISEL",
    "BELLOWS",
    "TROWEL",
    "SICKLE",
    "SADDLE",
    "BARREL",
    "RUDDER",
    "HINGE",
]
_LABELS = [
    "www",
    "mail",
    "web",
    "news",
    "update",
    "ftp",
    "smtp",
    "ns",
    "login",
    "portal",
    "help",
    "support",
    "intra",
    "files",
    "img",
    "docs",
    "blog",
    "apps",
]


def pseudo(number: int, syllables: int = 4) -> str:
    """A pronounceable word for a number; different numbers below 75**syllables give different words.

    >>> pseudo(1), pseudo(2), len({pseudo(n) for n in range(5000)})
    ('mogodahe', 'dubegemu', 5000)
    """
    base = len(_SYLLABLES)
    left = (number * 7_654_321 + 1_234_567) % base**syllables
    parts = []
    for _ in range(syllables):
        left, digit = divmod(left, base)
        parts.append(_SYLLABLES[digit])
    return "".join(parts)


class Names:
    """Gives out names; none twice.

    Args:
        rng: Where the choice comes from.
    """

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._used: set[str] = set()

    def new(self, make: str) -> str:
        """Remember a name; a number is put behind one that is taken."""
        name, count = make, 1
        while name in self._used:
            count += 1
            name = f"{make}{count}"
        self._used.add(name)
        return name

    def word(self, least: int = 2, most: int = 3) -> str:
        """A pseudo-word."""
        syllables = [self._rng.choice(_SYLLABLES) for _ in range(self._rng.randint(least, most))]
        return "".join(syllables) + self._rng.choice(_CODAS)

    def victim(self) -> str:
        """Short name of a victim; it has a letter that no other name has, so that none holds it by accident."""
        return self.new(
            f"{self._rng.choice(_SYLLABLES)}{self._rng.choice('jq')}{self._rng.choice(_VOWELS)}{self.word(1, 2)}"
        )

    def zone(self, theme: str) -> str:
        """A domain of two levels whose name follows a theme."""
        words = _THEMES.get(theme, _ANY)
        while True:
            zone = f"{self.word()}{self._rng.choice(words)}.{self._rng.choice(_TLDS)}"
            if zone not in self._used:
                self._used.add(zone)
                return zone

    def host(self, zone: str, label: str = "") -> str:
        """A new host name in a zone."""
        label = label or (self._rng.choice(_LABELS) if self._rng.random() < 0.6 else self.word(1, 2))
        name = f"{label}.{zone}"
        while name in self._used:
            name = (
                f"{label}{self._rng.randint(2, 9)}.{zone}"
                if self._rng.random() < 0.3
                else f"{label}-{self.word(1, 2)}.{zone}"
            )
        self._used.add(name)
        return name

    def person(self) -> str:
        """Given and family name of nobody."""
        while True:
            name = (
                f"{self._rng.choice(_GIVEN)} {self._rng.choice(_FAMILY)}{self._rng.choice(['', '', 'a', 'in', 'ov'])}"
            )
            if name not in self._used:
                self._used.add(name)
                return name

    def family(self, prefix: str = "") -> str:
        """Name of a malware family, in capitals; of a variant when a prefix is given."""
        while True:
            name = f"{prefix}-{self.word(2, 2).upper()}" if prefix else self._colour()
            if name not in self._used:
                self._used.add(name)
                return name

    def _colour(self) -> str:
        return self._rng.choice(_COLOURS) + self._rng.choice(_THINGS)

    def handle(self) -> str:
        """What a person calls himself."""
        return self.new(f"{self.word(2, 2)}{self._rng.choice(['fox', 'wolf', 'star', 'moon', 'rain', 'hawk'])}")
