"""Renderers: dicts as `parse` makes them, and users write them, to SVG and HTML. All that is shown is escaped."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tagma.displacy.templates import (
    TPL_DEP_ARCS,
    TPL_DEP_SVG,
    TPL_DEP_WORDS,
    TPL_DEP_WORDS_LEMMA,
    TPL_ENT,
    TPL_ENT_RTL,
    TPL_ENTS,
    TPL_FIGURE,
    TPL_KB_LINK,
    TPL_PAGE,
    TPL_SPAN,
    TPL_SPAN_RTL,
    TPL_SPAN_SLICE,
    TPL_SPAN_SLICE_RTL,
    TPL_SPAN_START,
    TPL_SPAN_START_RTL,
    TPL_SPANS,
    TPL_TITLE,
)
from tagma.errors import Errors
from tagma.registries import registry
from tagma.util.markup import escape_html, minify_html

__all__ = ["DependencyRenderer", "EntityRenderer", "SpanRenderer"]

DEFAULT_LANG = "en"
DEFAULT_DIR = "ltr"
DEFAULT_ENTITY_COLOR = "#ddd"
DEFAULT_LABEL_COLORS = {
    "ORG": "#7aecec",
    "PRODUCT": "#bfeeb7",
    "GPE": "#feca74",
    "LOC": "#ff9561",
    "PERSON": "#aa9cfc",
    "NORP": "#c887fb",
    "FAC": "#9cc9cc",
    "EVENT": "#ffeb80",
    "LAW": "#ff8197",
    "LANGUAGE": "#ff8197",
    "WORK_OF_ART": "#f0d0ff",
    "DATE": "#bfe1d9",
    "TIME": "#bfe1d9",
    **dict.fromkeys(["MONEY", "QUANTITY", "ORDINAL", "CARDINAL", "PERCENT"], "#e4e7d2"),
}

Parsed = Mapping[str, Any]
Options = Mapping[str, Any]
LINKS = ("http:", "https:", "mailto:", "ftp:")  # other schemes may run code


class _Renderer:
    """What the renderers have in common: the page around what is shown."""

    style: str

    def __init__(self) -> None:
        self.direction = DEFAULT_DIR
        self.lang = DEFAULT_LANG

    def render(self, parsed: Sequence[Parsed], page: bool = False, minify: bool = False) -> str:
        """Markup of dicts, of each a figure with `page`. Raises ValueError E4385 for dicts that lack something."""
        rendered = []
        for i, item in enumerate(parsed):
            settings = item.get("settings") or {}
            if i == 0:
                self.lang = settings.get("lang", DEFAULT_LANG)
                self.direction = self._direction(settings)
            try:
                rendered.append(self._render_item(i, item))
            except (KeyError, TypeError, AttributeError, IndexError) as error:
                reason = f"item {i}, {self.style}: {type(error).__name__} {error}"
                raise ValueError(Errors.E4385.format(reason=reason)) from error
        if not page:
            markup = self._joined(rendered)
        else:
            figures = "".join(TPL_FIGURE.format(content=content) for content in rendered)
            markup = TPL_PAGE.format(content=figures, lang=_escaped(self.lang), dir=self.direction)
        return minify_html(markup) if minify else markup

    def _render_item(self, i: int, item: Parsed) -> str:
        raise NotImplementedError

    @staticmethod
    def _joined(rendered: list[str]) -> str:
        return "".join(rendered)

    @staticmethod
    def _direction(settings: Mapping[str, Any]) -> str:
        return "rtl" if settings.get("direction", DEFAULT_DIR) == "rtl" else "ltr"


def _escaped(value: Any) -> str:
    return "" if value is None else escape_html(str(value))


def _title(item: Parsed) -> str:
    return TPL_TITLE.format(title=_escaped(item["title"])) if item.get("title") else ""


class DependencyRenderer(_Renderer):
    """Words in a row and arcs between them, as SVG. Geometry: words `distance` apart, each arc on its level."""

    style = "dep"

    def __init__(self, options: Options = {}) -> None:  # noqa: B006 - read only
        """Options: compact, distance, offset_x, word_spacing, arrow_spacing, arrow_width, arrow_stroke, color, bg,
        font.
        """
        super().__init__()
        self.compact: bool = options.get("compact", False)
        self.word_spacing: int = options.get("word_spacing", 45)
        self.arrow_spacing: int = options.get("arrow_spacing", 12 if self.compact else 20)
        self.arrow_width: int = options.get("arrow_width", 6 if self.compact else 10)
        self.arrow_stroke: int = options.get("arrow_stroke", 2)
        self.distance: int = options.get("distance", 150 if self.compact else 175)
        self.offset_x: int = options.get("offset_x", 50)
        self.color: str = options.get("color", "#000000")
        self.bg: str = options.get("bg", "#ffffff")
        self.font: str = options.get("font", "Arial")

    @staticmethod
    def _joined(rendered: list[str]) -> str:
        return "\n".join(rendered)

    def _render_item(self, i: int, item: Parsed) -> str:
        settings = item.get("settings") or {}
        svg = self.render_svg(
            f"{uuid.uuid4().hex}-{i}",
            item["words"],
            item["arcs"],
            lang=settings.get("lang", DEFAULT_LANG),
            direction=self._direction(settings),
        )
        return _title(item) + svg

    def render_svg(
        self,
        render_id: int | str,
        words: Sequence[Parsed],
        arcs: Sequence[Parsed],
        *,
        lang: str = DEFAULT_LANG,
        direction: str = DEFAULT_DIR,
    ) -> str:
        """One SVG. Raises ValueError E157 for an arc that ends before the first word."""
        for arc in arcs:
            if arc["start"] < 0 or arc["end"] < 0:
                raise ValueError(Errors.E157.format(start=arc["start"], end=arc["end"]))
        levels = self.get_levels(arcs)
        highest = max(levels.values(), default=0)
        base = self.distance / 2 * highest + self.arrow_stroke
        width = self.offset_x + len(words) * self.distance
        place = _Geometry(self, base, width, highest, direction == "rtl")
        content = [self._word(place, i, word) for i, word in enumerate(words)]
        ident = _escaped(render_id)
        content += [
            self._arrow(place, ident, i, arc, levels[arc["start"], arc["end"], arc["label"]])
            for i, arc in enumerate(arcs)
        ]
        return TPL_DEP_SVG.format(
            id=ident,
            width=width,
            height=base + 3 * self.word_spacing,
            color=_escaped(self.color),
            bg=_escaped(self.bg),
            font=_escaped(self.font),
            content="".join(content),
            dir=direction,
            lang=_escaped(lang),
        )

    def _word(self, place: _Geometry, i: int, word: Parsed) -> str:
        lemma = word.get("lemma")
        template = TPL_DEP_WORDS_LEMMA if lemma else TPL_DEP_WORDS
        return template.format(
            x=place.mirrored(self.offset_x + i * self.distance),
            y=place.base + self.word_spacing,
            text=_escaped(word["text"]),
            tag=_escaped(word["tag"]),
            lemma=_escaped(lemma),
        )

    def _arrow(self, place: _Geometry, render_id: str, i: int, arc: Parsed, level: int) -> str:
        start, end = place.ends(arc["start"], arc["end"], level)
        return TPL_DEP_ARCS.format(
            id=render_id,
            i=i,
            stroke=self.arrow_stroke,
            arc=place.arc(start, end, level),
            head=place.arrowhead(start if arc["dir"] == "left" else end),
            label=_escaped(arc["label"]),
            label_side="right" if place.from_right else "left",
        )

    @staticmethod
    def get_levels(arcs: Iterable[Parsed]) -> dict[tuple[int, int, str], int]:
        """The level of each arc by (start, end, label): 1, or above all shorter arcs that it spans."""
        distinct = {(arc["start"], arc["end"], arc["label"], arc["dir"]) for arc in arcs}
        ordered = sorted(distinct, key=lambda arc: (arc[1] - arc[0], arc))
        used = [0] * max((arc[1] for arc in ordered), default=0)
        levels = {}
        for start, end, label, _ in ordered:
            level = max(used[start:end], default=0) + 1
            used[start:end] = [level] * (end - start)
            levels[start, end, label] = level
        return levels


class _Geometry:
    """Places in one SVG. `base` is the height of the words' upper edge, on which arcs stand."""

    def __init__(self, style: DependencyRenderer, base: float, width: float, highest: int, from_right: bool) -> None:
        self.style, self.base, self.width, self.highest, self.from_right = style, base, width, highest, from_right

    def mirrored(self, x: float) -> float:
        """Places are counted from the right where one writes from there."""
        return self.width - x if self.from_right else x

    def ends(self, start: int, end: int, level: int) -> tuple[float, float]:
        """Where an arc begins and ends; high ones end further left, so that arrowheads stand beside each other."""
        style = self.style
        left = style.offset_x + start * style.distance + style.arrow_spacing
        right = style.offset_x + end * style.distance - style.arrow_spacing * (self.highest - level) / 4
        return self.mirrored(left), self.mirrored(right)

    def arc(self, start: float, end: float, level: int) -> str:
        """The path of an arc."""
        top = self.base - level * self.style.distance / (6 if self.style.compact else 2)
        if top == 0 and self.highest > 5:
            top = -self.style.distance
        curve = "" if self.style.compact else "C"
        return f"M{start},{self.base} {curve}{start},{top} {end},{top} {end},{self.base}"

    def arrowhead(self, x: float) -> str:
        """The path of the triangle at an end of an arc."""
        half = self.style.arrow_width - 2
        edge = self.base - self.style.arrow_width
        return f"M{x},{self.base + 2} L{x - half},{edge} {x + half},{edge}"


class _LabelRenderer(_Renderer):
    """What the renderers of labelled text have in common: colors and links."""

    def __init__(self, options: Options) -> None:
        super().__init__()
        self.colors = _label_colors(options)
        self.kb_url_template = options.get("kb_url_template")

    def _color(self, label: str) -> str:
        return _escaped(self.colors.get(label.upper(), DEFAULT_ENTITY_COLOR))

    @staticmethod
    def _kb_link(span: Parsed) -> str:
        """A link to a knowledge base, for spans with an id there."""
        if not span.get("kb_id"):
            return ""
        address = str(span.get("kb_url") or "#")
        scheme = address.strip().split("/")[0].split("?")[0].split("#")[0].lower()
        if ":" in scheme and not scheme.startswith(LINKS):
            address = "#"
        return TPL_KB_LINK.format(kb_id=_escaped(span["kb_id"]), kb_url=_escaped(address))


def _label_colors(options: Options) -> dict[str, str]:
    """Colors by label: the defaults, those of installed packages, those of the options."""
    colors = dict(DEFAULT_LABEL_COLORS)
    for name, entry in registry.displacy_colors.get_all().items():
        more = entry() if callable(entry) else entry
        if not isinstance(more, dict):
            raise ValueError(Errors.E925.format(name=name, obj=type(more).__name__))
        colors.update(more)
    colors.update(options.get("colors") or {})
    return {label.upper(): color for label, color in colors.items()}


class EntityRenderer(_LabelRenderer):
    """Running text with entities marked."""

    style = "ent"

    def __init__(self, options: Options = {}) -> None:  # noqa: B006 - read only
        """Options: ents (labels that are shown), colors, template. Raises ValueError E925 for colors that are none."""
        super().__init__(options)
        shown = options.get("ents")
        self.ents: list[str] | None = None if shown is None else [label.upper() for label in shown]
        self.template: str | None = options.get("template")

    def _render_item(self, i: int, item: Parsed) -> str:
        direction = self._direction(item.get("settings") or {})
        ents = sorted(item.get("ents") or [], key=lambda ent: (ent["start"], ent["end"]))
        return self.render_ents(item["text"], ents, item.get("title"), direction=direction)

    def render_ents(
        self, text: str, spans: Sequence[Parsed], title: str | None, *, direction: str = DEFAULT_DIR
    ) -> str:
        """One text; `spans` by characters, in order. A span that begins inside another one shows what is left of it."""
        template = self.template or (TPL_ENT_RTL if direction == "rtl" else TPL_ENT)
        parts = []
        done = 0
        for span in spans:
            label, start, end = span["label"], max(span["start"], done), span["end"]
            if self.ents is not None and label.upper() not in self.ents:
                continue
            parts.append(_running(text[done:start]))
            params = {name: _escaped(value) for name, value in (span.get("params") or {}).items()}
            entity = {
                "label": _escaped(label),
                "text": _escaped(text[start:end]),
                "bg": self._color(label),
                "kb_link": self._kb_link(span),
            }
            parts.append(template.format(**{**entity, **params}))
            done = max(done, end)
        parts.append(_running(text[done:]))
        return _title({"title": title}) + TPL_ENTS.format(content="".join(parts), dir=direction)


def _running(text: str) -> str:
    """Text between entities, with its line breaks."""
    return _escaped(text).replace("\n", "<br>")


class SpanRenderer(_LabelRenderer):
    """Tokens with bars below them for spans, which may overlap."""

    style = "span"

    def __init__(self, options: Options = {}) -> None:  # noqa: B006 - read only
        """Options: colors, top_offset, span_label_offset, top_offset_step, and template (also `templates`), a dict of
        format strings, "span", "slice" and "start".
        """
        super().__init__(options)
        self.top_offset: int = options.get("top_offset", 40)
        self.span_label_offset: int = options.get("span_label_offset", 20)
        self.offset_step: int = options.get("top_offset_step", 17)
        self.templates: dict[str, str] = options.get("template") or options.get("templates") or {}

    def _render_item(self, i: int, item: Parsed) -> str:
        direction = self._direction(item.get("settings") or {})
        return self.render_spans(item["tokens"], item.get("spans") or [], item.get("title"), direction=direction)

    def render_spans(
        self, tokens: Sequence[str], spans: Sequence[Parsed], title: str | None, *, direction: str = DEFAULT_DIR
    ) -> str:
        """One text; `spans` by tokens, "end_token" exclusive."""
        parts = []
        for text, covering in zip(tokens, _slots(len(tokens), spans), strict=True):
            if covering and not text.isspace():
                parts.append(self._token(text, covering, direction) + " ")
            else:
                parts.append(_escaped(text) + " ")
        return _title({"title": title}) + TPL_SPANS.format(content="".join(parts), dir=direction)

    def _token(self, text: str, covering: list[tuple[int, bool, Parsed]], direction: str) -> str:
        """A token, a bar for each span that covers it, and the labels of those that begin."""
        rtl = direction == "rtl"
        slices, starts = [], []
        for slot, begins, span in covering:
            values = {"bg": self._color(span["label"]), "top_offset": self.top_offset + self.offset_step * (slot - 1)}
            slices.append(self.templates.get("slice", TPL_SPAN_SLICE_RTL if rtl else TPL_SPAN_SLICE).format(**values))
            if begins:
                template = self.templates.get("start", TPL_SPAN_START_RTL if rtl else TPL_SPAN_START)
                label = _escaped(span["label"])
                starts.append(template.format(**values, label=label, kb_link=self._kb_link(span)))
        return str(
            self.templates.get("span", TPL_SPAN_RTL if rtl else TPL_SPAN).format(
                text=_escaped(text),
                span_slices="".join(slices),
                span_starts="".join(starts),
                total_height=self.top_offset + self.span_label_offset + self.offset_step * (len(covering) - 1),
            )
        )


def _slots(n: int, spans: Iterable[Parsed]) -> list[list[tuple[int, bool, Parsed]]]:
    """For each token the spans that cover it: (slot, whether it begins here, span).

    A span gets its slot at its first token, one more than the last of those that cover it already.
    """
    ordered = sorted(spans, key=lambda span: (span["start_token"], -span["end_token"], span["label"]))
    covering: list[list[tuple[int, bool, Parsed]]] = [[] for _ in range(n)]
    for span in ordered:
        start, end = max(0, span["start_token"]), min(n, span["end_token"])
        if start >= end:
            continue
        slot = covering[start][-1][0] + 1 if covering[start] else 1
        for i in range(start, end):
            covering[i].append((slot, i == start, span))
    return covering
