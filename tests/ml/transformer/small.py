"""Transformers with weights at random and tokenizers of a few pieces, in folders as `transformers` reads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

WORDS = "she sells sea ##shells shells sleep ##s they un ##believ ##able old books in the a b c d e ##e , . ! ##ing"
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
SIZES: dict[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
}
# What each space is in byte-level pieces.
SPACE = "Ġ"


def bert(folder: Path, *, window: int = 64, **settings: Any) -> Path:
    """A BERT of pieces that begin with ## within words."""
    from transformers import BertConfig, BertModel

    pieces = [*SPECIAL, *WORDS.split()]
    config = BertConfig(**{**SIZES, "vocab_size": len(pieces), "max_position_embeddings": window, **settings})
    BertModel(config).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(pieces) + "\n", encoding="utf8")
    settings_of_tokenizer = {"tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": window}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings_of_tokenizer), encoding="utf8")
    return folder


def roberta(folder: Path, *, window: int = 64) -> Path:
    """A RoBERTa of byte-level pieces: bytes, and a few that are merged."""
    from transformers import RobertaConfig, RobertaModel

    merges = ["s h", "sh e", f"{SPACE} s", "e l", "el l", f"{SPACE}s ell", "l s"]
    pieces = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", *_letters(), *("".join(merge.split()) for merge in merges)]
    ids = {piece: i for i, piece in enumerate(dict.fromkeys(pieces))}
    config = RobertaConfig(**{**SIZES, "vocab_size": len(ids), "max_position_embeddings": window + 2})
    RobertaModel(config).save_pretrained(folder)
    (folder / "vocab.json").write_text(json.dumps(ids), encoding="utf8")
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n", encoding="utf8")
    settings = {"tokenizer_class": "RobertaTokenizer", "model_max_length": window}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf8")
    return folder


def _letters() -> list[str]:
    """The character that stands for each byte."""
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in plain]
    return [chr(byte) for byte in plain] + [chr(256 + i) for i in range(len(others))]


MAKERS = {"bert": bert, "roberta": roberta}
GETTERS = {
    "strided": {"@span_getters": "spacy-transformers.strided_spans.v1", "window": 6, "stride": 4},
    "doc": {"@span_getters": "spacy-transformers.doc_spans.v1"},
    "sent": {"@span_getters": "spacy-transformers.sent_spans.v1"},
}


def network(folder: Path, getter: str = "strided", version: int = 3, **settings: Any) -> dict[str, Any]:
    """The block of a transformer."""
    name = f"spacy-transformers.TransformerModel.v{version}"
    return {"@architectures": name, "name": str(folder), "get_spans": GETTERS[getter], **settings}


def listener(pooling: str = "reduce_mean.v1", **settings: Any) -> dict[str, Any]:
    """The block of a listener."""
    return {
        "@architectures": "spacy-transformers.TransformerListener.v1",
        "pooling": {"@layers": pooling},
        **settings,
    }


def tagger(tok2vec: dict[str, Any]) -> dict[str, Any]:
    """A tagger over it."""
    return {"factory": "tagger", "model": {"@architectures": "spacy.Tagger.v2", "nO": None, "tok2vec": tok2vec}}
