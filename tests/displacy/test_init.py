"""Rendering, wrapping and serving."""

import sys
import threading
import urllib.request
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from wsgiref.simple_server import WSGIServer

import pytest

from tagma import displacy
from tagma.tokens import Doc
from tagma.util import find_available_port


@pytest.fixture(autouse=True)
def unwrapped() -> Iterator[None]:
    """No wrapper is left behind."""
    yield
    displacy.set_render_wrapper(lambda markup: markup)


def test_one_or_many(doc: Doc) -> None:
    """A Doc, a Span, a list, a generator; as figures of a page."""
    assert displacy.render(doc, jupyter=False).count("<svg") == 1
    assert displacy.render([doc, doc[2:4]], jupyter=False).count("<svg") == 2
    page = displacy.render((item for item in [doc, doc]), style="ent", page=True, jupyter=False)
    assert page.startswith("<!DOCTYPE html>")
    assert page.count("<figure") == 2
    assert displacy.render([], style="ent", jupyter=False) == ""


def test_bad_arguments(doc: Doc) -> None:
    """Styles are three; a dict is for manual=True; anything else is not shown."""
    with pytest.raises(ValueError, match="E087"):
        displacy.render(doc, style="x")
    wrong: Any = "text"
    for item, manual in ((wrong, False), ({"text": ""}, False), ([wrong], True)):
        with pytest.raises(ValueError, match="E096"):
            displacy.render(item, style="ent", manual=manual)


def test_wrapper(doc: Doc) -> None:
    """It is applied to all markup."""
    displacy.set_render_wrapper(lambda markup: "WRAPPED" + markup)
    assert displacy.render(doc, style="ent", jupyter=False).startswith("WRAPPED<div")
    wrong: Any = "hello"
    with pytest.raises(ValueError, match="E110"):
        displacy.set_render_wrapper(wrong)


def test_notebook(doc: Doc, monkeypatch: pytest.MonkeyPatch) -> None:
    """With jupyter=True the markup is displayed as HTML, out of MathJax's reach."""
    shown = SimpleNamespace(HTML=lambda markup: ("html", markup), display=lambda item: ("shown", item))
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(display=shown))
    monkeypatch.setitem(sys.modules, "IPython.display", shown)
    kind, (_, markup) = displacy.render(doc, style="ent", jupyter=True)
    assert kind == "shown"
    assert markup.startswith('<span class="tex2jax_ignore"><div')


def test_serve(doc: Doc, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Every path shows the page, until Ctrl-C."""
    port = find_available_port(45_000, "127.0.0.1", auto_select=True)
    answers = []

    def serve_one(server: WSGIServer, poll_interval: float = 0.5) -> None:
        client = threading.Thread(
            target=lambda: answers.append(urllib.request.urlopen(f"http://127.0.0.1:{port}/any/path", timeout=10))
        )
        client.start()
        server.handle_request()
        client.join()
        raise KeyboardInterrupt

    monkeypatch.setattr(WSGIServer, "serve_forever", serve_one)
    displacy.serve(doc, style="ent", port=port, host="127.0.0.1")
    answer = answers[0]
    assert answer.status == 200
    assert answer.headers["Content-type"] == "text/html; charset=utf-8"
    assert b"PERSON" in answer.read()
    assert f"http://127.0.0.1:{port}" in capsys.readouterr().out


def test_serve_in_a_notebook(doc: Doc, monkeypatch: pytest.MonkeyPatch) -> None:
    """There, `render` is meant."""
    monkeypatch.setattr(displacy, "is_in_jupyter", lambda: True)
    monkeypatch.setattr(WSGIServer, "serve_forever", lambda server: None)
    port = find_available_port(45_000, "127.0.0.1", auto_select=True)
    with pytest.warns(UserWarning, match="W011"):
        displacy.serve(doc, style="ent", port=port, host="127.0.0.1")
