# Written by scripts/door_stubs.py; do not edit.
from tagma.tokenizer.tokenizer import Tokenizer as Tokenizer
from tagma.tokenizer.tokenizer import create_tokenizer as create_tokenizer

__all__ = ["Tokenizer", "create_tokenizer"]
