"""Languages of keyboard layouts and of resources, however a log spells them: a Windows id, or an English name."""

from locale import windows_locale

_NAMES = {
    "albanian": "sq", "arabic": "ar", "armenian": "hy", "azeri": "az", "belarusian": "be", "bulgarian": "bg",
    "chinese": "zh", "croatian": "hr", "czech": "cs", "danish": "da", "dutch": "nl", "english": "en", "estonian": "et",
    "farsi": "fa", "finnish": "fi", "french": "fr", "georgian": "ka", "german": "de", "greek": "el", "hebrew": "he",
    "hindi": "hi", "hungarian": "hu", "indonesian": "id", "italian": "it", "japanese": "ja", "kazakh": "kk",
    "korean": "ko", "latvian": "lv", "lithuanian": "lt", "norwegian": "nb", "persian": "fa", "polish": "pl",
    "portuguese": "pt", "romanian": "ro", "russian": "ru", "serbian": "sr", "slovak": "sk", "slovenian": "sl",
    "spanish": "es", "swedish": "sv", "thai": "th", "turkish": "tr", "ukrainian": "uk", "urdu": "ur", "uzbek": "uz",
    "vietnamese": "vi",
}  # fmt: skip
"""ISO 639-1 by the English name that begins what Zeek and Windows call a layout."""

_TRADITIONAL = ("taiwan", "hong kong", "macao", "macau", "traditional", "_tw", "_hk", "_mo")


def language(layout: str) -> str:
    """The language of a layout; the layout itself where it is not known.

    Chinese written in traditional characters is told apart, since it is typed elsewhere. Ids are those of [MS-LCID].

    >>> [language(one) for one in ("0x0804", "00000804", "Chinese (Simplified) - US", "Chinese - Taiwan", "Farsi")]
    ['zh', 'zh', 'zh', 'zh-tw', 'fa']
    >>> language("Kestrel layout")
    'kestrel-layout'
    """
    said = layout.lower().strip()
    if said[:1].isdigit():
        said = _by_id(said)
    name, _, _ = said.partition(" ")
    found = _NAMES.get(name.strip("(),-"), said.partition("_")[0] if "_" in said else "")
    if found == "zh" and any(word in said for word in _TRADITIONAL):
        return "zh-tw"
    return found or said.replace(" ", "-")


def _by_id(text: str) -> str:
    """`zh_cn` of `00000804`; the id in four digits where nobody has it."""
    digits = text.removeprefix("0x").lstrip("0").rjust(4, "0")
    try:
        return windows_locale.get(int(digits, 16) & 0xFFFF, digits).lower()
    except ValueError:
        return digits
