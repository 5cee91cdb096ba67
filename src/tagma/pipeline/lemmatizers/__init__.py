"""Lemmatizers of single languages, each a class over `tagma.pipeline.lemmatizer.Lemmatizer` that says what differs."""
