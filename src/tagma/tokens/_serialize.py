"""Old name of `tagma.tokens.doc_bin`."""

from tagma.tokens.doc_bin import ALL_ATTRS, DocBin, merge_bins, merge_bytes, pickle_bin, unpickle_bin

__all__ = ["ALL_ATTRS", "DocBin", "merge_bins", "merge_bytes", "pickle_bin", "unpickle_bin"]
