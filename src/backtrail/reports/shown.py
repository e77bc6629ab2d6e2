"""Values of evidence on a page or in a figure: harmless, readable, and no longer than there is room for."""

from backtrail.reports.defang import defang, defanged


def visible(text: str) -> str:
    r"""A text in which everything can be seen: control characters and marks of direction as escapes.

    Evidence chooses its own names. An escape sequence would end an SVG (XML knows no such characters), and a mark of
    direction would have a name read backwards.

    >>> visible("a\x1b[2Jb\u202egpj.exe")
    'a\\u001b[2Jb\\u202egpj.exe'
    """
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def middle(text: str, most: int) -> str:
    """A text shortened in its middle: both ends of a URL, a path or a digest tell it from others.

    >>> middle("hxxp://news[.]example/a/b/c.html", 21)
    'hxxp://new…a/b/c.html'
    """
    if len(text) <= most:
        return text
    left = (most - 1) // 2
    return f"{text[:left]}…{text[left + 1 - most :]}"


def shown(kind: str, value: str, most: int) -> str:
    """A value as it is drawn: defanged, visible, shortened in its middle."""
    return middle(visible(defang(kind, value)), most)


def told(text: str) -> str:
    """A sentence of ours in which evidence may be quoted."""
    return visible(defanged(defang("", text)))
