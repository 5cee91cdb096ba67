# Written by scripts/door_stubs.py; do not edit.
from tagma.pipeline.attributeruler import AttributeRuler as AttributeRuler
from tagma.pipeline.coref import CoreferenceResolver as CoreferenceResolver
from tagma.pipeline.dep_parser import DependencyParser as DependencyParser
from tagma.pipeline.edit_tree_lemmatizer import EditTreeLemmatizer as EditTreeLemmatizer
from tagma.pipeline.entity_linker import EntityLinker as EntityLinker
from tagma.pipeline.entityruler import EntityRuler as EntityRuler
from tagma.pipeline.functions import merge_entities as merge_entities
from tagma.pipeline.functions import merge_noun_chunks as merge_noun_chunks
from tagma.pipeline.functions import merge_subtokens as merge_subtokens
from tagma.pipeline.lemmatizer import Lemmatizer as Lemmatizer
from tagma.pipeline.morphologizer import Morphologizer as Morphologizer
from tagma.pipeline.ner import EntityRecognizer as EntityRecognizer
from tagma.pipeline.pipe import Pipe as Pipe
from tagma.pipeline.sentencizer import Sentencizer as Sentencizer
from tagma.pipeline.senter import SentenceRecognizer as SentenceRecognizer
from tagma.pipeline.span_finder import SpanFinder as SpanFinder
from tagma.pipeline.span_resolver import SpanResolver as SpanResolver
from tagma.pipeline.span_ruler import SpanRuler as SpanRuler
from tagma.pipeline.spancat import SpanCategorizer as SpanCategorizer
from tagma.pipeline.tagger import Tagger as Tagger
from tagma.pipeline.textcat import TextCategorizer as TextCategorizer
from tagma.pipeline.textcat_multilabel import MultiLabel_TextCategorizer as MultiLabel_TextCategorizer
from tagma.pipeline.tok2vec import Tok2Vec as Tok2Vec
from tagma.pipeline.trainable_pipe import TrainablePipe as TrainablePipe
from tagma.pipeline.transformer import Transformer as Transformer
from tagma.pipeline.transition_parser import Parser as Parser

COMPONENTS: dict[str, str]
OF_LANGUAGES = ("by_part_of_speech", "by_rules", "english", "pymorphy", "spanish")
__all__ = [
    "AttributeRuler",
    "CoreferenceResolver",
    "DependencyParser",
    "EditTreeLemmatizer",
    "EntityLinker",
    "EntityRuler",
    "merge_entities",
    "merge_noun_chunks",
    "merge_subtokens",
    "Lemmatizer",
    "Morphologizer",
    "EntityRecognizer",
    "Sentencizer",
    "SentenceRecognizer",
    "SpanFinder",
    "SpanResolver",
    "SpanRuler",
    "SpanCategorizer",
    "Tagger",
    "TextCategorizer",
    "MultiLabel_TextCategorizer",
    "Tok2Vec",
    "Transformer",
    "Pipe",
    "TrainablePipe",
    "Parser",
]
