"""Text as it may stand in HTML."""

from __future__ import annotations

import html

__all__ = ["escape_html", "minify_html"]


def escape_html(text: str) -> str:
    """The text with `&`, `<`, `>` and double quotes as entities: for elements, and for attributes in double quotes."""
    return html.escape(text, quote=False).replace('"', "&quot;")


def minify_html(html: str) -> str:
    """Markup without indents of four blanks and line breaks."""
    return html.strip().replace("    ", "").replace("\n", "")
