"""The architectures, one file for each family: functions that wire the layers of `tagma.nn` over docs.

Wiring alone: no loops over docs, no arithmetic. Reading order: `tok2vec` (embedding networks, from words to vectors in
context), `transformer` (the same from pretrained models), then what is put on top of them: `tagger`, `parser`,
`textcat`, `spancat`, `span_finder`, `coref`, `entity_linker`, and, before there are labels, `multi_task`. Older
versions stand beside the new ones, over one private builder. Configs name architectures; components find the parts of a
model by its refs, and import none of these files.
"""

from tagma.doors import door

# Every family is named here, once: its file, and what of it is public.
ARCHITECTURES: dict[str, str] = {
    "tagma.ml.models.coref": "build_coref_model build_span_resolver",
    "tagma.ml.models.entity_linker": "build_nel_encoder",
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
# Parts of the entity linker that users know under this path, the knowledge base's among them.
LINKING: dict[str, str] = {
    "tagma.kb.kb": "get_candidates get_candidates_batch",
    "tagma.kb.factories": "create_candidates create_candidates_batch empty_kb empty_kb_for_config load_kb",
    "tagma.ml.span_maker": "build_span_maker span_maker_forward",
}
# Layers that they are made of, each a file of `tagma.ml`; users know them under this path, too.
LAYERS: dict[str, str] = {
    "tagma.ml.extract_ngrams": "extract_ngrams",
    "tagma.ml.extract_spans": "extract_spans",
    "tagma.ml.featureextractor": "FeatureExtractor",
    "tagma.ml.precomputable_affine": "PrecomputableAffine",
    "tagma.ml.staticvectors": "StaticVectors",
    "tagma.ml.tok2vec_listener": "Tok2VecListener",
    "tagma.ml.transition_model": "ParserStep TransitionModel",
}
# And parts of the pretraining objectives.
CLOZE: dict[str, str] = {"tagma.ml.cloze": "build_masked_language_model get_characters_loss get_vectors_loss"}
__getattr__, __dir__, __all__ = door(
    __name__,
    {**ARCHITECTURES, **LINKING, **LAYERS, **CLOZE},
    rooms=" ".join(module.removeprefix("tagma.ml.models.") for module in ARCHITECTURES),
)
