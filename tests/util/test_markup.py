"""Escaping and shortening."""

from tagma.util import escape_html, minify_html


def test_escape_html() -> None:
    """The four characters that mean something."""
    assert escape_html("""<a href="x">'&'</a>""") == "&lt;a href=&quot;x&quot;&gt;'&amp;'&lt;/a&gt;"


def test_minify_html() -> None:
    """Indents and line breaks go, single blanks stay."""
    assert minify_html("\n<a>\n    <b>x y</b>\n</a>\n") == "<a><b>x y</b></a>"
