"""What a Doc can be turned into and made from: bytes, JSON, several Docs or a span.

These files know a Doc by its methods alone. They import the columns below it and never `tagma.tokens.doc`, which
imports them: who reads a form hands in the empty Doc that is to be filled.
"""
