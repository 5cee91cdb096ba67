"""Name and versions of the library."""

__title__ = "tagma"
__version__ = "0.1.0"
# the level of the spaCy programming model that this version implements; pipelines are checked against it
__spacy_version__ = "3.8.18"
