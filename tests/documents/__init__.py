"""The documents that users of the peer bring along: their code runs here."""
