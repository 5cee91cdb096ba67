"""The architectures, by family: functions that wire the layers of `tagma.nn` over docs."""

from tagma.ml.models.tagger import build_tagger_model
from tagma.ml.models.tok2vec import (
    CharacterEmbed,
    MaxoutWindowEncoder,
    MishWindowEncoder,
    MultiHashEmbed,
    build_hash_embed_cnn_tok2vec,
    build_Tok2Vec_model,
    get_tok2vec_width,
    tok2vec_listener_v1,
)

__all__ = [
    "CharacterEmbed",
    "MaxoutWindowEncoder",
    "MishWindowEncoder",
    "MultiHashEmbed",
    "build_Tok2Vec_model",
    "build_hash_embed_cnn_tok2vec",
    "build_tagger_model",
    "get_tok2vec_width",
    "tok2vec_listener_v1",
]
