"""What format files share: the seam they fill and bounded ways to read bytes. No format lives here."""

from backtrail.formats.kit.format import Format
from backtrail.formats.kit.json_elements import JsonElements
from backtrail.formats.kit.text import decode_text, text_lines

__all__ = ["Format", "JsonElements", "decode_text", "text_lines"]
