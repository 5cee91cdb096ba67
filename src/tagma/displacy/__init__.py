"""displaCy: pictures of parses, entities and spans, as markup, in notebooks and on a page of a small server.

    from tagma import displacy
    displacy.render(doc, style="dep")    SVG of the parse; "ent" and "span" give HTML
    displacy.serve(doc, style="ent")     shows it at http://localhost:5000 until Ctrl-C

Reading order: `parse` (what is shown of a Doc, as dicts), `render` and `templates` (markup of these). Rooms above may
import all of it; it imports tokens and what is below.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from importlib import import_module
from types import MappingProxyType
from typing import Any
from wsgiref.simple_server import make_server

from tagma.displacy.parse import get_doc_settings, parse_deps, parse_ents, parse_spans
from tagma.displacy.render import DependencyRenderer, EntityRenderer, SpanRenderer
from tagma.errors import Errors, Warnings
from tagma.tokens import Doc, Span
from tagma.util.objects import is_in_jupyter
from tagma.util.ports import find_available_port

__all__ = [
    "DependencyRenderer",
    "EntityRenderer",
    "SpanRenderer",
    "app",
    "get_doc_settings",
    "parse_deps",
    "parse_ents",
    "parse_spans",
    "render",
    "serve",
    "set_render_wrapper",
]

Shown = Doc | Span | dict[str, Any]

_STYLES: MappingProxyType[str, tuple[Callable[..., dict[str, Any]], Callable[..., Any]]] = MappingProxyType(
    {
        "dep": (parse_deps, DependencyRenderer),
        "ent": (parse_ents, EntityRenderer),
        "span": (parse_spans, SpanRenderer),
    }
)
_wrapper: Callable[[str], str] | None = None
_page = ""  # what `serve` shows


def render(
    docs: Iterable[Shown] | Shown,
    style: str = "dep",
    page: bool = False,
    minify: bool = False,
    jupyter: bool | None = None,
    options: dict[str, Any] = {},  # noqa: B006 - read only
    manual: bool = False,
) -> Any:
    """The markup of one or more Docs; in a notebook it is shown in place of being returned.

    style     "dep", "ent" or "span"
    page      a whole HTML page
    minify    without indents and line breaks
    jupyter   show it in a notebook, or do not; None finds out where this is
    options   of the style, see `parse_deps` … and the renderers
    manual    `docs` are dicts as `parse_deps`, `parse_ents` and `parse_spans` give them

    Raises ValueError: E087 for an unknown style, E096 for what is neither Doc nor Span, nor with `manual` a dict, E4385
    for a dict that lacks something.
    """
    if style not in _STYLES:
        raise ValueError(Errors.E087.format(style=style, options=", ".join(_STYLES)))
    parse, renderer = _STYLES[style]
    items = [docs] if isinstance(docs, Doc | Span | dict) else list(docs)
    for item in items:
        if not isinstance(item, dict if manual and not isinstance(item, Doc | Span) else Doc | Span):
            raise ValueError(Errors.E096.format(type=type(item).__name__))
    parsed = [item if isinstance(item, dict) else parse(_doc_of(item), options) for item in items]
    markup: str = renderer(options=options).render(parsed, page=page, minify=minify).strip()
    if _wrapper is not None:
        markup = _wrapper(markup)
    if jupyter or (jupyter is None and is_in_jupyter()):
        shown = import_module("IPython.display")
        # MathJax would read dollar signs as formulas.
        return shown.display(shown.HTML(f'<span class="tex2jax_ignore">{markup}</span>'))
    return markup


def _doc_of(item: Doc | Span) -> Doc:
    return item.as_doc() if isinstance(item, Span) else item


def serve(
    docs: Iterable[Shown] | Shown,
    style: str = "dep",
    page: bool = True,
    minify: bool = False,
    options: dict[str, Any] = {},  # noqa: B006 - read only
    manual: bool = False,
    port: int = 5000,
    host: str = "0.0.0.0",  # to be seen from outside a container
    auto_select_port: bool = False,
) -> None:
    """Show Docs in a browser, at every address of this host, until Ctrl-C. Arguments as for `render`.

    Raises ValueError: E1050 where the port is in use, or, with `auto_select_port`, E1049 where none is free. In
    notebooks `render` is meant (W011).
    """
    global _page
    port = find_available_port(port, host, auto_select_port)
    if is_in_jupyter():
        warnings.warn(Warnings.W011, stacklevel=2)
    _page = render(docs, style=style, page=page, minify=minify, jupyter=False, options=options, manual=manual)
    with make_server(host, port, app) as server:
        print(f"\nUsing the {style!r} visualizer\nServing on http://{host}:{port} ...\n")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print(f"Shutting down server on port {port}.")
        finally:
            _page = ""


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """The WSGI application: whatever is asked for, the page that `serve` made."""
    start_response("200 OK", [("Content-type", "text/html; charset=utf-8")])
    return [_page.encode("utf8")]


def set_render_wrapper(func: Callable[[str], str]) -> None:
    """Have a function applied to all markup that `render` makes. Raises ValueError E110 for what cannot be called."""
    global _wrapper
    if not callable(func):
        raise ValueError(Errors.E110.format(obj=type(func).__name__))
    _wrapper = func
