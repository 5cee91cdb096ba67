"""Rehearsal in training: components keep what they knew, on texts without annotation, while they learn something new.

Each step also takes some of these texts, about as many words as its batch has. On them a component is to say what it
said when it was taken from its pipeline (`Language.resume_training`, `Language.rehearse`).
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from tagma.errors import Errors
from tagma.gold.example import Example
from tagma.training.corpus import Corpus, JsonlCorpus, PlainTextCorpus
from tagma.ty import Rehearses, Remembers, nodes_of

if TYPE_CHECKING:
    from tagma.language import Language
    from tagma.tokens import Doc

__all__ = ["Rehearsal", "read_texts"]


class Rehearsal:
    """The texts that a run rehearses on.

    path      .spacy files, or a file of raw text; all docs are kept
    weight    of the gradients beside those of the training corpus
    seed      of the choice of texts, which is another in each step and the same in each run
    Raises ValueError: E4326 if no component remembers what it knew, E4327 if there are no texts.
    """

    def __init__(self, nlp: Language, path: str | Path, weight: float, seed: int | None) -> None:
        self.nlp = nlp
        self.weight = weight
        self.seed: int = random.randrange(2**32) if seed is None else seed
        if not any(
            isinstance(proc, Rehearses) and isinstance(proc, Remembers) and proc._rehearsal_model is not None
            for _, proc in nlp.pipeline
        ):
            raise ValueError(Errors.E4326.format(path=path))
        self.docs: list[Doc] = [doc for doc in read_texts(nlp, Path(path)) if len(doc)]
        if not self.docs:
            raise ValueError(Errors.E4327.format(path=path))

    def learn(self, words: int, step: int, exclude: Iterable[str]) -> None:
        """Collect gradients on about so many words; no gradient may have been collected before."""
        docs = [doc.copy() for doc in self.choose(words, step)]
        self.nlp.rehearse([Example(doc, doc) for doc in docs], sgd=False, exclude=exclude)
        if self.weight != 1.0:
            for _, proc in self.nlp.pipeline:
                for node in nodes_of(proc):
                    for name in node.grad_names:
                        node.set_grad(name, node.get_grad(name) * self.weight)

    def choose(self, words: int, step: int) -> list[Doc]:
        """Docs for a step: one at least, and others until they have so many words. Depends on nothing else."""
        order = random.Random(f"{self.seed} {step}")
        chosen: list[Doc] = []
        while not chosen or sum(map(len, chosen)) < words:
            chosen.append(order.choice(self.docs))
        return chosen


def read_texts(nlp: Language, path: Path) -> Iterable[Doc]:
    """Docs without annotation from .spacy files, lines of JSON (.jsonl), or lines of text (.txt)."""
    raw = {".jsonl": JsonlCorpus, ".txt": PlainTextCorpus}.get(path.suffix)
    corpus = Corpus(path) if raw is None else raw(path)
    return (example.predicted for example in corpus(nlp))
