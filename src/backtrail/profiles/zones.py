"""Standard time of countries: hours from UTC where their offices are, for asking whether somebody keeps victims' hours.

Countries of several zones have those in which many people live. Daylight saving is left out: an hour more or less does
not decide between two ends of the world.
"""

ZONES: dict[str, tuple[float, ...]] = {
    "AE": (4,), "AR": (-3,), "AT": (1,), "AU": (8, 9.5, 10), "BD": (6,), "BE": (1,), "BG": (2,), "BR": (-4, -3),
    "CA": (-8, -7, -6, -5, -4), "CH": (1,), "CL": (-4,), "CN": (8,), "CO": (-5,), "CZ": (1,), "DE": (1,), "DK": (1,),
    "EE": (2,), "EG": (2,), "ES": (1,), "FI": (2,), "FR": (1,), "GB": (0,), "GR": (2,), "HK": (8,), "HR": (1,),
    "HU": (1,), "ID": (7, 8), "IE": (0,), "IL": (2,), "IN": (5.5,), "IR": (3.5,), "IT": (1,), "JP": (9,), "KR": (9,),
    "KZ": (5,), "LT": (2,), "LU": (1,), "LV": (2,), "MX": (-6,), "MY": (8,), "NG": (1,), "NL": (1,), "NO": (1,),
    "NP": (5.75,), "NZ": (12,), "PE": (-5,), "PH": (8,), "PK": (5,), "PL": (1,), "PT": (0,), "RO": (2,), "RS": (1,),
    "RU": (3, 5, 7), "SA": (3,), "SE": (1,), "SG": (8,), "SK": (1,), "TH": (7,), "TR": (3,), "TW": (8,), "UA": (2,),
    "US": (-8, -7, -6, -5), "VN": (7,), "ZA": (2,),
}  # fmt: skip


def offsets(countries: dict[str, int]) -> dict[float, float]:
    """Offsets of some countries with their weights; countries whose time is not known are left out.

    >>> offsets({"JP": 2, "GB": 1, "XX": 5})
    {9: 2.0, 0: 1.0}
    """
    found: dict[float, float] = {}
    for country, count in countries.items():
        for offset in ZONES.get(country, ()):
            found[offset] = found.get(offset, 0.0) + count / len(ZONES[country])
    return found
