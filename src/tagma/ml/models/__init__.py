"""The architectures, one file for each family: functions that wire the layers of `tagma.nn` over docs.

Wiring alone: no loops over docs, no arithmetic. Reading order: `tok2vec` (embedding networks, from words to vectors in
context), `transformer` (the same from pretrained models), then what is put on top of them: `tagger`, `parser`,
`textcat`, `spancat`, `span_finder`, and, before there are labels, `multi_task`. Older versions stand beside the new
ones, over one private builder. Configs name architectures; components find the parts of a model by its refs, and import
none of these files.
"""

from tagma.doors import door

# Every family is named here, once: its file, and what of it is public.
ARCHITECTURES: dict[str, str] = {
    "tagma.ml.models.multi_task": "build_cloze_characters_multi_task_model build_cloze_multi_task_model"
    " build_multi_task_model create_pretrain_characters create_pretrain_vectors",
    "tagma.ml.models.parser": "build_tb_parser_model resize_output",
    "tagma.ml.models.span_finder": "build_finder_model flattener",
    "tagma.ml.models.spancat": "build_linear_logistic build_mean_max_reducer build_spancat_model",
    "tagma.ml.models.tagger": "build_tagger_model",
    "tagma.ml.models.textcat": "build_bow_text_classifier build_bow_text_classifier_v3 build_reduce_text_classifier"
    " build_simple_cnn_text_classifier build_text_classifier_lowdata build_text_classifier_v2"
    " build_textcat_parametric_attention_v1 init_ensemble_textcat resize_and_set_ref",
    "tagma.ml.models.tok2vec": "BiLSTMEncoder CharacterEmbed MaxoutWindowEncoder MishWindowEncoder MultiHashEmbed"
    " build_Tok2Vec_model build_hash_embed_cnn_tok2vec get_tok2vec_width tok2vec_listener_v1",
    "tagma.ml.models.transformer": "create_TransformerModel_v1 create_TransformerModel_v2 create_TransformerModel_v3"
    " transformer_listener_tok2vec_v1 transformer_tok2vec_v1 transformer_tok2vec_v2 transformer_tok2vec_v3",
}
# Parts of the pretraining objectives that users know under this path.
CLOZE: dict[str, str] = {"tagma.ml.cloze": "build_masked_language_model get_characters_loss get_vectors_loss"}
__getattr__, __dir__, __all__ = door(
    __name__,
    {**ARCHITECTURES, **CLOZE},
    rooms=" ".join(module.removeprefix("tagma.ml.models.") for module in ARCHITECTURES),
)
