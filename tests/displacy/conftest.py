"""A parsed Doc with entities and spans."""

import pytest

from tagma.tokens import Doc, Span
from tagma.vocab import Vocab


@pytest.fixture
def doc() -> Doc:
    """ "<Ann> saw New York." with a hostile label."""
    doc = Doc(
        Vocab(writing_system={"direction": "ltr"}),
        words=["<Ann>", "saw", "New", "York", "."],
        spaces=[True, True, True, False, False],
        heads=[1, 1, 3, 1, 1],
        deps=["nsubj", "ROOT", 'a"<b', "dobj", "punct"],
        pos=["PROPN", "VERB", "PROPN", "PROPN", "PUNCT"],
        tags=["NNP", "VBD", "NNP", "NNP", "."],
        lemmas=["Ann", "see", "New", "York", "."],
    )
    doc.vocab[","].is_punct = True
    doc.vocab["."].is_punct = True
    doc.ents = [Span(doc, 0, 1, "PERSON"), Span(doc, 2, 4, "GPE", kb_id="Q60")]
    doc.spans["sc"] = [Span(doc, 2, 4, "GPE", kb_id="Q60"), Span(doc, 0, 4, "X"), Span(doc, 3, 4, "<Y>")]
    return doc
