"""Phrases that rulers search for, as the docs that a phrase matcher takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tagma.attrs import IDS, SUFFIX, intify_attr

if TYPE_CHECKING:
    from tagma.tokens import Doc
    from tagma.ty import Pipeline

ROOM = __name__.rpartition(".")[0]


def phrase_docs(nlp: Pipeline, ruler: object, texts: Sequence[str], attr: str | int | None) -> Iterator[Doc]:
    """The texts as docs; with what components in front of the ruler say of them, if the attribute depends on that."""
    if not texts:
        return
    names = [name for name, component in nlp.pipeline]
    components = [component for _, component in nlp.pipeline]
    place = next((i for i, component in enumerate(components) if component is ruler), len(components))
    if is_of_word(attr) and all(_keeps_words(nlp, name, components[i]) for i, name in enumerate(names[:place])):
        yield from map(nlp.make_doc, texts)
        return
    with nlp.select_pipes(disable=names[place:]):
        yield from nlp.pipe(texts)


def is_of_word(attr: str | int | None) -> bool:
    """Whether an attribute is one of word forms, which no component changes."""
    number = IDS["ORTH"] if attr is None else intify_attr(attr)
    return number is not None and (number <= SUFFIX or number == IDS["LENGTH"])


def _keeps_words(nlp: Pipeline, name: str, component: Any) -> bool:
    """Whether a component is known to leave tokens as they are."""
    module = getattr(component, "__module__", type(component).__module__)
    return module.startswith(f"{ROOM}.") and not nlp.get_pipe_meta(name).retokenizes
