"""Components: what a pipeline is made of.

Reading order: `pipe` and `trainable_pipe` (what all components are), `factory` (how they are found by name), then a
component: `tagger`, whose kin are `morphologizer`, `senter` and `edit_tree_lemmatizer` with its `_edit_trees`;
`textcat` and `textcat_multilabel`; `spancat`, to which `suggesters` propose spans, and `span_finder`; `coref`, and
`span_resolver` behind it; `entity_linker`, which chooses from a knowledge base; `sentencizer`, a rule;
`shared_embedding` (components that others listen to, by way of `listeners`), `tok2vec` and `transformer`;
`transition_parser`, of which `dep_parser` and `ner` are made, and `transitions/` below it. Imported by `tagma.testing`,
`tagma.language` and rooms above them; components know no Language.
"""

from tagma.doors import door

# Every component is named here, once: its file, which `factories` imports, and its class or functions.
COMPONENTS: dict[str, str] = {
    "tagma.pipeline.attributeruler": "AttributeRuler",
    "tagma.pipeline.coref": "CoreferenceResolver",
    "tagma.pipeline.dep_parser": "DependencyParser",
    "tagma.pipeline.edit_tree_lemmatizer": "EditTreeLemmatizer",
    "tagma.pipeline.entity_linker": "EntityLinker",
    "tagma.pipeline.entityruler": "EntityRuler",
    "tagma.pipeline.functions": "merge_entities merge_noun_chunks merge_subtokens",
    "tagma.pipeline.lemmatizer": "Lemmatizer",
    "tagma.pipeline.morphologizer": "Morphologizer",
    "tagma.pipeline.ner": "EntityRecognizer",
    "tagma.pipeline.sentencizer": "Sentencizer",
    "tagma.pipeline.senter": "SentenceRecognizer",
    "tagma.pipeline.span_finder": "SpanFinder",
    "tagma.pipeline.span_resolver": "SpanResolver",
    "tagma.pipeline.span_ruler": "SpanRuler",
    "tagma.pipeline.spancat": "SpanCategorizer",
    "tagma.pipeline.tagger": "Tagger",
    "tagma.pipeline.textcat": "TextCategorizer",
    "tagma.pipeline.textcat_multilabel": "MultiLabel_TextCategorizer",
    "tagma.pipeline.tok2vec": "Tok2Vec",
    "tagma.pipeline.transformer": "Transformer",
}

# Components of single languages, by the file that has them.
OF_LANGUAGES = ("by_part_of_speech", "by_rules", "english", "pymorphy", "spanish")

_TABLE = {
    **COMPONENTS,
    "tagma.pipeline.pipe": "Pipe",
    "tagma.pipeline.trainable_pipe": "TrainablePipe",
    "tagma.pipeline.transition_parser": "Parser",
}
__getattr__, __dir__, __all__ = door(
    __name__, _TABLE, rooms=" ".join(module.removeprefix("tagma.pipeline.") for module in _TABLE)
)
