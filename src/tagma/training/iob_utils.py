"""Entity tags, under the name of the field; they stand in `tagma.gold.biluo`."""

from tagma.doors import door

__getattr__, __dir__, __all__ = door(
    __name__,
    {
        "tagma.gold.biluo": "biluo_tags_from_offsets biluo_tags_to_offsets biluo_tags_to_spans biluo_to_iob"
        " doc_to_biluo_tags iob_to_biluo offsets_from_biluo_tags offsets_to_biluo_tags remove_bilu_prefix"
        " spans_from_biluo_tags split_bilu_label tags_to_entities"
    },
)
