# Written by scripts/door_stubs.py; do not edit.
from tagma.kb.factories import create_candidates as create_candidates
from tagma.kb.factories import create_candidates_batch as create_candidates_batch
from tagma.kb.factories import empty_kb as empty_kb
from tagma.kb.factories import empty_kb_for_config as empty_kb_for_config
from tagma.kb.factories import load_kb as load_kb
from tagma.kb.kb import get_candidates as get_candidates
from tagma.kb.kb import get_candidates_batch as get_candidates_batch
from tagma.ml.callbacks import create_models_with_nvtx_range as create_models_with_nvtx_range
from tagma.ml.cloze import build_masked_language_model as build_masked_language_model
from tagma.ml.cloze import get_characters_loss as get_characters_loss
from tagma.ml.cloze import get_vectors_loss as get_vectors_loss
from tagma.ml.featureextractor import FeatureExtractor as FeatureExtractor
from tagma.ml.models.coref import build_coref_model as build_coref_model
from tagma.ml.models.coref import build_span_resolver as build_span_resolver
from tagma.ml.models.entity_linker import build_nel_encoder as build_nel_encoder
from tagma.ml.models.multi_task import (
    build_cloze_characters_multi_task_model as build_cloze_characters_multi_task_model,
)
from tagma.ml.models.multi_task import build_cloze_multi_task_model as build_cloze_multi_task_model
from tagma.ml.models.multi_task import build_multi_task_model as build_multi_task_model
from tagma.ml.models.multi_task import create_pretrain_characters as create_pretrain_characters
from tagma.ml.models.multi_task import create_pretrain_vectors as create_pretrain_vectors
from tagma.ml.models.parser import build_tb_parser_model as build_tb_parser_model
from tagma.ml.models.parser import resize_output as resize_output
from tagma.ml.models.span_finder import build_finder_model as build_finder_model
from tagma.ml.models.span_finder import flattener as flattener
from tagma.ml.models.spancat import build_linear_logistic as build_linear_logistic
from tagma.ml.models.spancat import build_mean_max_reducer as build_mean_max_reducer
from tagma.ml.models.spancat import build_spancat_model as build_spancat_model
from tagma.ml.models.tagger import build_tagger_model as build_tagger_model
from tagma.ml.models.textcat import build_bow_text_classifier as build_bow_text_classifier
from tagma.ml.models.textcat import build_bow_text_classifier_v3 as build_bow_text_classifier_v3
from tagma.ml.models.textcat import build_reduce_text_classifier as build_reduce_text_classifier
from tagma.ml.models.textcat import build_simple_cnn_text_classifier as build_simple_cnn_text_classifier
from tagma.ml.models.textcat import build_text_classifier_lowdata as build_text_classifier_lowdata
from tagma.ml.models.textcat import build_text_classifier_v2 as build_text_classifier_v2
from tagma.ml.models.textcat import build_textcat_parametric_attention_v1 as build_textcat_parametric_attention_v1
from tagma.ml.models.textcat import init_ensemble_textcat as init_ensemble_textcat
from tagma.ml.models.textcat import resize_and_set_ref as resize_and_set_ref
from tagma.ml.models.tok2vec import BiLSTMEncoder as BiLSTMEncoder
from tagma.ml.models.tok2vec import CharacterEmbed as CharacterEmbed
from tagma.ml.models.tok2vec import MaxoutWindowEncoder as MaxoutWindowEncoder
from tagma.ml.models.tok2vec import MishWindowEncoder as MishWindowEncoder
from tagma.ml.models.tok2vec import MultiHashEmbed as MultiHashEmbed
from tagma.ml.models.tok2vec import build_hash_embed_cnn_tok2vec as build_hash_embed_cnn_tok2vec
from tagma.ml.models.tok2vec import build_Tok2Vec_model as build_Tok2Vec_model
from tagma.ml.models.tok2vec import get_tok2vec_width as get_tok2vec_width
from tagma.ml.models.tok2vec import tok2vec_listener_v1 as tok2vec_listener_v1
from tagma.ml.models.transformer import create_TransformerModel_v1 as create_TransformerModel_v1
from tagma.ml.models.transformer import create_TransformerModel_v2 as create_TransformerModel_v2
from tagma.ml.models.transformer import create_TransformerModel_v3 as create_TransformerModel_v3
from tagma.ml.models.transformer import transformer_listener_tok2vec_v1 as transformer_listener_tok2vec_v1
from tagma.ml.models.transformer import transformer_tok2vec_v1 as transformer_tok2vec_v1
from tagma.ml.models.transformer import transformer_tok2vec_v2 as transformer_tok2vec_v2
from tagma.ml.models.transformer import transformer_tok2vec_v3 as transformer_tok2vec_v3
from tagma.ml.precomputable_affine import PrecomputableAffine as PrecomputableAffine
from tagma.ml.span_maker import build_span_maker as build_span_maker
from tagma.ml.span_maker import span_maker_forward as span_maker_forward
from tagma.ml.staticvectors import StaticVectors as StaticVectors
from tagma.ml.tok2vec_listener import Tok2VecListener as Tok2VecListener
from tagma.ml.transformer.data import FullTransformerBatch as FullTransformerBatch
from tagma.ml.transformer.data import TransformerData as TransformerData
from tagma.ml.transformer.data import WordpieceBatch as WordpieceBatch
from tagma.ml.transformer.model import TransformerModel as TransformerModel
from tagma.ml.transformer.pooling import TransformerListener as TransformerListener
from tagma.ml.transformer.pooling import split_trf_batch as split_trf_batch
from tagma.ml.transformer.pooling import trfs2arrays as trfs2arrays
from tagma.ml.transformer.span_getters import configure_get_doc_spans as configure_get_doc_spans
from tagma.ml.transformer.span_getters import configure_get_sent_spans as configure_get_sent_spans
from tagma.ml.transformer.span_getters import configure_strided_spans as configure_strided_spans
from tagma.ml.transition_model import ParserStep as ParserStep
from tagma.ml.transition_model import TransitionModel as TransitionModel

from .extract_ngrams import extract_ngrams as extract_ngrams
from .extract_spans import extract_spans as extract_spans

REGISTERED: dict[str, str]
__all__ = [
    "create_models_with_nvtx_range",
    "extract_ngrams",
    "extract_spans",
    "FeatureExtractor",
    "PrecomputableAffine",
    "StaticVectors",
    "Tok2VecListener",
    "ParserStep",
    "TransitionModel",
    "FullTransformerBatch",
    "TransformerData",
    "WordpieceBatch",
    "TransformerModel",
    "TransformerListener",
    "split_trf_batch",
    "trfs2arrays",
    "configure_get_doc_spans",
    "configure_get_sent_spans",
    "configure_strided_spans",
    "build_coref_model",
    "build_span_resolver",
    "build_nel_encoder",
    "build_cloze_characters_multi_task_model",
    "build_cloze_multi_task_model",
    "build_multi_task_model",
    "create_pretrain_characters",
    "create_pretrain_vectors",
    "build_tb_parser_model",
    "resize_output",
    "build_finder_model",
    "flattener",
    "build_linear_logistic",
    "build_mean_max_reducer",
    "build_spancat_model",
    "build_tagger_model",
    "build_bow_text_classifier",
    "build_bow_text_classifier_v3",
    "build_reduce_text_classifier",
    "build_simple_cnn_text_classifier",
    "build_text_classifier_lowdata",
    "build_text_classifier_v2",
    "build_textcat_parametric_attention_v1",
    "init_ensemble_textcat",
    "resize_and_set_ref",
    "BiLSTMEncoder",
    "CharacterEmbed",
    "MaxoutWindowEncoder",
    "MishWindowEncoder",
    "MultiHashEmbed",
    "build_Tok2Vec_model",
    "build_hash_embed_cnn_tok2vec",
    "get_tok2vec_width",
    "tok2vec_listener_v1",
    "create_TransformerModel_v1",
    "create_TransformerModel_v2",
    "create_TransformerModel_v3",
    "transformer_listener_tok2vec_v1",
    "transformer_tok2vec_v1",
    "transformer_tok2vec_v2",
    "transformer_tok2vec_v3",
    "get_candidates",
    "get_candidates_batch",
    "create_candidates",
    "create_candidates_batch",
    "empty_kb",
    "empty_kb_for_config",
    "load_kb",
    "build_span_maker",
    "span_maker_forward",
    "build_masked_language_model",
    "get_characters_loss",
    "get_vectors_loss",
]
