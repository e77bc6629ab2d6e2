"""HTML pages: what a reader sees, and links that the text hides."""

import io
import time

import pytest

from backtrail.formats import html
from backtrail.model.errors import LimitError


def text(page: str) -> str:
    return "".join(record.passage.text for record in html.read(io.BytesIO(page.encode())))


def test_scripts_styles_and_head_are_left_out():
    page = "<html><head><title>t.com</title></head><body><script>a.com</script><style>b.com</style><p>c.com</body>"
    assert text(page).split() == ["c.com"]


def test_blocks_and_cells_are_apart_and_inline_tags_join():
    assert "evil.com" in text("<p><b>evil</b>.com</p>")
    assert text("<table><tr><td>a</td><td>b</td></tr></table><p>c</p>").split() == ["a", "b", "c"]


def test_hidden_link_targets_follow_the_text():
    assert text('<a href="http://evil.com/x">click</a>').split() == ["click", "<http://evil.com/x>"]
    assert text('<a href="http://evil.com/x">http://evil.com/x</a>').split() == ["http://evil.com/x"]
    assert "mailto:a@evil.com" in text('<a href="mailto:a@evil.com">write</a>')


def test_lines_are_numbered():
    (record,) = html.read(io.BytesIO(b"<p>one</p>\n<p>two</p>"))
    assert record.passage.line == 1


def test_deep_and_wide_pages_take_no_time():
    """Measured: 0.4 s. A walk over all open elements at each tag takes minutes."""
    start = time.process_time()
    text("<b>" * 20_000 + "x")
    text("<a href='http://a.com'>" * 20_000)
    text("<table><tr>" + "<td>x" * 50_000)
    text("<p>x<div><ul><li>y</ul></div>" * 50_000)
    assert time.process_time() - start < 20


@pytest.mark.parametrize(
    "piece",
    ["<div>", "<DIV class='a'>", "<div></section>", "<div><object></div>", "<x-y>", "<ul>\n", "<b><div>", "<rt>"],
)
def test_blocks_nested_too_deep_are_refused_before_the_parser_walks_them(piece):
    with pytest.raises(LimitError, match="deep"):
        text(piece * 100_000)


def test_blocks_may_nest_as_deep_as_pages_do():
    assert text("<div>" * 900 + "x").split() == ["x"]
    assert text("<p>x<br><li>y<font><div></div></section>" * 2_000).split() == ["x", "y"] * 2_000
