"""Markup: well-formed, escaped, and where the contract's geometry puts things."""

import re
from typing import Any
from xml.etree import ElementTree

import pytest

from tagma import displacy
from tagma.displacy import DependencyRenderer, EntityRenderer, SpanRenderer
from tagma.registries import registry
from tagma.tokens import Doc

HOSTILE = '<script>alert("1")</script>&'


def tree_of(markup: str) -> ElementTree.Element:
    """The markup as XML, in which nothing may be left unescaped."""
    return ElementTree.fromstring("<all>" + markup.replace("<br>", "<br/>") + "</all>")


def with_class(markup: str, name: str) -> list[ElementTree.Element]:
    return [element for element in tree_of(markup).iter() if element.get("class") == name]


def test_dependencies(doc: Doc) -> None:
    """Words, tags, an arc for each dependency with its label, and sizes by levels."""
    markup = displacy.render(doc, style="dep", jupyter=False)
    assert ["".join(word.itertext()) for word in with_class(markup, "displacy-word")] == [
        "<Ann>",
        "saw",
        "New",
        "York.",
    ]
    assert [label.text for label in with_class(markup, "displacy-label")] == ["nsubj", 'a"<b', "dobj"]
    svg = with_class(markup, "displacy")[0]
    assert (svg.get("width"), svg.get("height")) == ("750", "312.0")  # 50 + 4 * 175; 2 * 175 / 2 + 2 + 3 * 45
    arcs = [arc.get("d") for arc in with_class(markup, "displacy-arc")]
    assert arcs[0] == "M70,177.0 C70,89.5 220.0,89.5 220.0,177.0"
    assert arcs[2] == "M245,177.0 C245,2.0 575.0,2.0 575.0,177.0"
    heads = [head.get("d") for head in with_class(markup, "displacy-arrowhead")]
    assert heads[0] == "M70,179.0 L62,167.0 78,167.0"
    assert heads[2] == "M575.0,179.0 L567.0,167.0 583.0,167.0"


def test_dependency_options(doc: Doc) -> None:
    """Compact arcs are straight, lemmas stand below the words, and colors and fonts are those asked for."""
    options = {"compact": True, "add_lemma": True, "color": "red", "bg": '"><b>', "font": "Sans", "distance": 100}
    markup = displacy.render(doc, style="dep", options=options, jupyter=False)
    assert [lemma.text for lemma in with_class(markup, "displacy-lemma")][:2] == ["Ann", "see"]
    arcs = [str(arc.get("d")) for arc in with_class(markup, "displacy-arc")]
    assert all("C" not in arc for arc in arcs)
    style = with_class(markup, "displacy")[0].get("style")
    assert style is not None
    assert "color: red" in style
    assert '"><b>' in style
    assert "font-family: Sans" in style


def test_levels() -> None:
    """Equal arcs count once; an arc is above all that it spans."""
    arcs = [
        {"start": 0, "end": 3, "label": "a", "dir": "left"},
        {"start": 0, "end": 1, "label": "b", "dir": "left"},
        {"start": 1, "end": 3, "label": "c", "dir": "left"},
        {"start": 1, "end": 3, "label": "c", "dir": "left"},
        {"start": 1, "end": 2, "label": "c", "dir": "right"},
    ]
    levels = DependencyRenderer.get_levels(arcs)
    assert levels == {(0, 1, "b"): 1, (1, 2, "c"): 1, (1, 3, "c"): 2, (0, 3, "a"): 3}


def test_right_to_left() -> None:
    """Places are counted from the right, labels stand on the other side, and margins too."""
    settings = {"lang": "ar", "direction": "rtl"}
    parsed = {
        "words": [{"text": "a", "tag": "X"}, {"text": "b", "tag": "Y"}],
        "arcs": [{"start": 0, "end": 1, "label": "l", "dir": "right"}],
        "settings": settings,
    }
    markup = displacy.render(parsed, style="dep", manual=True, jupyter=False)
    assert [word.get("x") for word in with_class(markup, "displacy-word")] == ["350", "175"]
    assert with_class(markup, "displacy-label")[0].get("side") == "right"
    assert 'xml:lang="ar"' in markup
    assert 'direction="rtl"' in markup
    ent = {"text": "ab", "ents": [{"start": 0, "end": 1, "label": "X"}], "settings": settings}
    assert "margin-right: 0.5rem" in displacy.render(ent, style="ent", manual=True, jupyter=False)
    plain = {**ent, "settings": {"direction": '"><script>'}}
    assert "margin-left: 0.5rem" in displacy.render(plain, style="ent", manual=True, jupyter=False)
    page = displacy.render(ent, style="ent", manual=True, page=True, jupyter=False)
    assert '<html lang="ar">' in page
    spans = {"tokens": ["a"], "spans": [{"start_token": 0, "end_token": 1, "label": "X"}], "settings": settings}
    assert "right: -1px" in displacy.render(spans, style="span", manual=True, jupyter=False)


def test_entities(doc: Doc) -> None:
    """Marked with their color and label; those that are not asked for are text."""
    markup = displacy.render(doc, style="ent", jupyter=False)
    marks = with_class(markup, "entity")
    assert [" ".join("".join(mark.itertext()).split()) for mark in marks] == ["<Ann> PERSON", "New York GPE Q60"]
    assert "#aa9cfc" in str(marks[0].get("style"))
    options = {"ents": ["gpe"], "colors": {"gpe": "pink"}}
    markup = displacy.render(doc, style="ent", options=options, jupyter=False)
    assert len(with_class(markup, "entity")) == 1
    assert "&lt;Ann&gt; saw " in markup
    assert "pink" in markup


def test_entity_template_and_params() -> None:
    """A template gets what an entity's `params` say, escaped; line breaks between entities are kept."""
    parsed = {
        "text": "a\nb c",
        "ents": [
            {"start": 4, "end": 5, "label": "Z", "params": {"score": HOSTILE}},
            {"start": 0, "end": 1, "label": "Y", "params": {"score": 1}},
        ],
    }
    options = {"template": "[{text}|{label}|{bg}|{score}]"}
    markup = displacy.render(parsed, style="ent", manual=True, options=options, jupyter=False)
    escaped = "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;"
    assert f">[a|Y|#ddd|1]<br>b [c|Z|#ddd|{escaped}]</div>" in markup


def test_spans(doc: Doc) -> None:
    """A bar for each span in a slot of its own, a label where it begins, and height for all."""
    markup = displacy.render(doc, style="span", jupyter=False)
    tree_of(markup)
    assert markup.count("height: 60px") == 2  # one span: 40 + 20
    assert markup.count("height: 77px") == 1  # two
    assert markup.count("height: 94px") == 1  # three
    assert markup.count("&lt;Y&gt;") == 1
    assert markup.count("top: 74px") == 2  # the third slot: bar, and begin
    options: dict[str, Any] = {"top_offset": 10, "top_offset_step": 5, "span_label_offset": 1, "colors": {"x": "pink"}}
    options["template"] = {
        "span": "<i>{text}{span_slices}{span_starts}{total_height}</i>",
        "slice": "",
        "start": "{bg}",
    }
    markup = displacy.render(doc, style="span", options=options, jupyter=False)
    assert "<i>&lt;Ann&gt;pink11</i>" in markup
    assert "<i>York#ddd21</i>" in markup


@pytest.mark.parametrize("style", ["dep", "ent", "span"])
def test_everything_is_escaped(style: str) -> None:
    """Hostile texts in every place of manual input stay texts; links run no code."""
    link = {"kb_id": HOSTILE, "kb_url": "javascript:alert(1)"}
    parsed = {
        "text": HOSTILE + " b",
        "title": HOSTILE,
        "settings": {"lang": HOSTILE, "direction": HOSTILE},
        "words": [{"text": HOSTILE, "tag": HOSTILE, "lemma": HOSTILE}] * 2,
        "arcs": [{"start": 0, "end": 1, "label": HOSTILE, "dir": HOSTILE}],
        "ents": [{"start": 0, "end": 3, "label": HOSTILE, **link}],
        "spans": [{"start_token": 0, "end_token": 1, "label": HOSTILE, **link}],
        "tokens": [HOSTILE, "b"],
    }
    options = {"colors": {HOSTILE: HOSTILE}, "color": HOSTILE, "bg": HOSTILE, "font": HOSTILE}
    markup = displacy.render(parsed, style=style, manual=True, page=True, options=options, jupyter=False)
    assert "<script" not in markup
    assert "javascript:" not in markup
    body = markup[markup.index("<body") : markup.index("</html>")]
    tree_of(body)


def test_registered_colors(doc: Doc, monkeypatch: pytest.MonkeyPatch) -> None:
    """Installed packages may bring colors: a dict, or a function that returns one."""
    entries: dict[str, object] = {"theirs": lambda: {"gpe": "teal"}, "others": {"ORG": "navy"}}
    monkeypatch.setattr(type(registry.displacy_colors), "get_all", lambda self: entries)
    assert "teal" in displacy.render(doc, style="ent", jupyter=False)
    assert EntityRenderer().colors["ORG"] == "navy"
    entries["bad"] = ["teal"]
    with pytest.raises(ValueError, match="E925"):
        EntityRenderer({})


def test_bad_input() -> None:
    """What is missing is named."""
    arc = {"start": -1, "end": 1, "label": "x", "dir": "left"}
    with pytest.raises(ValueError, match="E157"):
        DependencyRenderer().render([{"words": [], "arcs": [arc]}])
    for renderer, item in ((DependencyRenderer(), {"words": [{}]}), (EntityRenderer(), {}), (SpanRenderer(), {})):
        with pytest.raises(ValueError, match=r"E4385.*item 0"):
            renderer.render([item])


def test_minified(doc: Doc) -> None:
    """No line breaks or indents are left, and the text is the same."""
    markup = displacy.render(doc, style="ent", minify=True, jupyter=False)
    assert not re.search("\n|    ", markup)
    assert "New York" in markup
