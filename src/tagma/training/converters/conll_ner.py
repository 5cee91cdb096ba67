"""A token in each line, as in the CoNLL-2003 shared task: word, tags, entity tag, separated by blanks.

A blank line ends a sentence; the line "-DOCSTART- -X- O O" begins a document.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tagma.errors import Errors
from tagma.language.loading import load_model
from tagma.pipeline.sentencizer import Sentencizer
from tagma.tokens import Doc
from tagma.training.converters.entity_tags import ENTITY_TAG, NO_TAG, Row, checked, doc_of_sentences
from tagma.training.converters.grouping import grouped
from tagma.vocab import Vocab

if TYPE_CHECKING:
    from tagma.language import Language

__all__ = ["conll_ner_to_docs"]

DOC_DELIMITER = "-DOCSTART- -X- O O"
SEGMENTERS = ("parser", "senter", "sentencizer")
COLUMNS = 10  # of CoNLL-U, which begins with a number, a range, or the number of a word that is not in the text
NUMBER = re.compile(r"[0-9]+([-.][0-9]+)?")
logger: logging.Logger = logging.getLogger("tagma")

Document = list[list[Row]]


def conll_ner_to_docs(
    input_data: str,
    n_sents: int = 10,
    seg_sents: bool = False,
    model: str | None = None,
    no_print: bool = False,
    **_: Any,
) -> Iterator[Doc]:
    """Docs with tags, entities (IOB or BILUO), and sentences where the data has them or they are looked for.

    n_sents      sentences in a Doc, where the data has sentences but no documents; 0 keeps all together
    seg_sents    find sentences, where the data has none: with the `model`'s parser or else by punctuation
    model        pipeline that finds sentences and gives the vocabulary
    no_print     keep quiet about settings that do not fit the data

    The first column is the word, the last the entity tag, the second of three or more the tag. Raises ValueError with
    the number of the line: E903 for fewer than two columns, E177 for what is no entity tag, E4053 for CoNLL-U.
    """
    documents, with_documents = _read(input_data)
    with_sentences = any(len(document) > 1 for document in documents)
    nlp = load_model(model) if model else None
    vocab = nlp.vocab if nlp is not None else Vocab()
    say = logger.debug if no_print else logger.warning
    if with_sentences and seg_sents:
        say("The data has sentences (blank lines): they are kept, and none are looked for.")
        seg_sents = False
    if with_documents and n_sents > 0:
        say("The data has documents (%s lines): they are kept, and sentences not grouped.", DOC_DELIMITER)
        n_sents = 0
    elif n_sents > 0 and not with_sentences and not seg_sents:
        say("There are no sentences to group: the data has no blank lines, and none are looked for (--seg-sents).")
    elif not with_sentences and not with_documents and n_sents == 0:
        seg_sents = True  # one Doc is asked for, so its sentences must be told apart in it
    if n_sents == 1:
        say("Documents of one sentence each: for better results train on longer ones, e.g. --n-sents 10.")
    for document in documents:
        if seg_sents:
            document = _segmented(document, nlp, vocab)
        for group in grouped(document, n_sents) if with_sentences or seg_sents else [document]:
            yield doc_of_sentences(vocab, group)


def _read(text: str) -> tuple[list[Document], bool]:
    """Documents of sentences of rows, and whether the data itself has documents."""
    _refuse_conllu(text)
    documents: list[Document] = [[[]]]
    with_documents = False
    for number, line in enumerate(text.split("\n"), 1):
        columns = line.split()
        if line.strip() == DOC_DELIMITER:
            with_documents = True
            documents.append([[]])
        elif not columns:
            documents[-1].append([])
        elif len(columns) < 2:
            raise ValueError(Errors.E903.format(line=line[:80], number=number))
        else:
            tag = columns[1] if len(columns) > 2 else NO_TAG
            documents[-1][-1].append((columns[0], tag, checked(columns[-1], number)))
    whole = [[sentence for sentence in document if sentence] for document in documents]
    return [document for document in whole if document], with_documents


def _refuse_conllu(text: str) -> None:
    """Treebanks have ten columns, the first of them numbers, which would be taken for words."""
    for number, line in enumerate(text.split("\n"), 1):
        columns = line.split("\t")
        if len(columns) == COLUMNS and NUMBER.fullmatch(columns[0]) and not ENTITY_TAG.fullmatch(columns[-1].strip()):
            raise ValueError(Errors.E4053.format(number=number, line=line[:80]))


def _segmented(document: Document, nlp: Language | None, vocab: Vocab) -> Document:
    """The rows of a document, cut into the sentences that the pipeline, or else punctuation, tells."""
    rows = [row for sentence in document for row in sentence]
    doc = Doc(vocab, words=[row[0] for row in rows])
    segmenter = next((name for name in SEGMENTERS if nlp is not None and name in nlp.pipe_names), None)
    if nlp is None or segmenter is None:
        doc = Sentencizer()(doc)
    else:
        # A segmenter may listen to a component before it, so all components up to it run.
        for name, component in nlp.pipeline:
            doc = component(doc)
            if name == segmenter:
                break
    return [rows[sent.start : sent.end] for sent in doc.sents]
