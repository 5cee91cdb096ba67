# Written by scripts/door_stubs.py; do not edit.
from tagma.matcher.matcher import Matcher as Matcher
from tagma.matcher.phrasematcher import PhraseMatcher as PhraseMatcher

from .levenshtein import levenshtein as levenshtein

__all__ = ["levenshtein", "Matcher", "PhraseMatcher"]
