"""Name and versions of the library, and where published pipelines are."""

__title__ = "tagma"
__version__ = "0.1.0"
# the levels of the programming models that this version implements; pipelines are checked against spaCy's
__spacy_version__ = "3.8.18"
__thinc_version__ = "8.3.14"
# tagma publishes no pipelines of its own: it loads those that are published for that level of spaCy
__download_url__ = "https://github.com/explosion/spacy-models/releases/download"
__release_url__ = "https://github.com/explosion/spacy-models/releases/tag"
__compatibility__ = "https://raw.githubusercontent.com/explosion/spacy-models/master/compatibility.json"
