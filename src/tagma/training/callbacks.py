"""Callbacks that configs name in [nlp] and [initialize]."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tagma.errors import Errors
from tagma.registries import registry

if TYPE_CHECKING:
    from tagma.language import Language

__all__ = ["create_copy_from_base_model"]


@registry.callbacks("spacy.copy_from_base_model.v1")
def create_copy_from_base_model(
    tokenizer: str | None = None, vocab: str | None = None
) -> Callable[[Language], Language]:
    """Callback that copies the tokenizer and the vocabulary of other pipelines.

    Raises ValueError E872 when run, if the tokenizers are not of one kind.
    """
    from tagma.language.loading import load_model

    def copy_from_base_model(nlp: Language) -> Language:
        bases = {name: load_model(name) for name in dict.fromkeys((tokenizer, vocab)) if name}
        if tokenizer:
            _copy_tokenizer(bases[tokenizer], nlp)
        if vocab:
            nlp.vocab.from_bytes(bases[vocab].vocab.to_bytes())
        return nlp

    return copy_from_base_model


def _copy_tokenizer(base: Language, nlp: Language) -> None:
    theirs, ours = (pipeline.config["nlp"]["tokenizer"] for pipeline in (base, nlp))
    if theirs != ours:
        raise ValueError(Errors.E872.format(curr=ours, base=theirs))
    nlp.tokenizer.from_bytes(base.tokenizer.to_bytes(exclude=["vocab"]))
