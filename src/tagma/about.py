"""Name and versions of the library."""

__title__ = "tagma"
__version__ = "0.1.0"
# the levels of the programming models that this version implements; pipelines are checked against spaCy's
__spacy_version__ = "3.8.18"
__thinc_version__ = "8.3.14"
