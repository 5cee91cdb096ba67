"""Training: corpora, batches, augmentation, the loop, loggers.

Reading order: `corpus`, `batchers` and `batches` (what a run is fed with), `augment`; `loop` (`train`, from beginning
to end), `run` (the steps), `events` (what a run tells) and `report` (who listens), `loggers`; `output` and `state`
(what it saves and goes on from), `interrupts`. `converters/` makes corpora from the formats of treebanks. Lines are
written by `report` and `loggers` alone, to the streams that `train` is given. Imported by the command line alone;
imports pipelines. Examples and their alignment stand in `tagma.gold`, since components need them; here they have the
names that the field knows.
"""

from tagma.doors import door

__getattr__, __dir__, __all__ = door(
    __name__,
    {
        "tagma.gold.alignment": "Alignment",
        "tagma.gold.biluo": "biluo_tags_from_offsets biluo_tags_to_offsets biluo_tags_to_spans biluo_to_iob"
        " iob_to_biluo offsets_from_biluo_tags offsets_to_biluo_tags remove_bilu_prefix spans_from_biluo_tags"
        " split_bilu_label tags_to_entities",
        "tagma.gold.example": "Example validate_examples validate_get_examples",
        "tagma.training.augment": "dont_augment orth_variants_augmenter",
        "tagma.training.batchers": "minibatch_by_padded_size minibatch_by_words",
        "tagma.training.callbacks": "create_copy_from_base_model",
        "tagma.training.corpus": "ConlluCorpus Corpus JsonlCorpus PlainTextCorpus",
        "tagma.training.gold_io": "docs_to_json read_json_file",
        "tagma.training.loggers": "console_logger",
    },
)
