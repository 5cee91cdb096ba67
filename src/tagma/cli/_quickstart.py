"""The base config that `init config` starts from: which architecture and which settings for which use.

`quickstart` returns a plain nested dict, section by section, with only what differs from the defaults of tagma or what
a reader would look for; filling in the rest is the caller's job.
"""

from typing import Any

Block = dict[str, Any]

TEXTCATS = ("textcat", "textcat_multilabel")
SPANCATS = ("spancat", "spancat_singlelabel")
# Components that listen to the shared embedding; any other gets a block with its factory alone.
LISTENERS = (
    *("tagger", "morphologizer", "trainable_lemmatizer"),
    *("parser", "ner", "entity_linker", "span_finder"),
    *TEXTCATS,
    *SPANCATS,
    *("coref", "span_resolver"),
)
SENTENCES = ("senter", "sentencizer", "parser")  # components that find them
HEADS = "coref_head_clusters"  # where coref writes what span_resolver reads

WIDTH = "${components.tok2vec.model.encode.width}"


def quickstart(lang: str, components: list[str], optimize: str, hardware: str, recommendation: dict[str, Any]) -> Block:
    """The sections paths … initialize for `components` (without tok2vec and transformer, which are added as needed).

    optimize        "efficiency" or "accuracy"
    hardware        "cpu" or "gpu"
    recommendation  word_vectors and transformer, as `tagma.cli._recommendations` gives them; transformer None: no use
    """
    accurate = optimize == "accuracy"
    gpu = hardware == "gpu"
    needs_sentences = "span_resolver" in components and not any(name in SENTENCES for name in components)
    if needs_sentences:
        components = ["sentencizer", *components]
    transformer = recommendation["transformer"] if gpu else None
    chosen = transformer[optimize] if transformer else None
    embedding = _embedding(components, accurate, bool(chosen))
    blocks: Block = {}
    if chosen:
        blocks["transformer"] = _transformer(chosen["name"])
    if embedding == "tok2vec":
        blocks["tok2vec"] = _tok2vec(accurate)
    listener = _transformer_listener() if chosen else _tok2vec_listener()
    for name in components:
        blocks[name] = _component(name, listener, accurate, bool(chosen))
    if {"coref", "span_resolver"} <= {*components}:
        _hand_on_heads(blocks["coref"])
    training = _training(chosen)
    if needs_sentences:
        training["annotating_components"] = ["sentencizer"]  # which learns nothing, but is read from in training
    vectors = recommendation["word_vectors"] if accurate and not chosen else None
    paths: Block = {"train": None, "dev": None, "vectors": vectors}
    initialize: Block = {"vectors": "${paths.vectors}"}
    if "entity_linker" in components:
        paths["kb"] = None
        loader = {"@misc": "tagma.DiskKB.v1", "path": "${paths.kb}"}
        initialize["components"] = {"entity_linker": {"kb_loader": loader}}
    return {
        "paths": paths,
        "system": {"gpu_allocator": "pytorch" if chosen else None},
        "nlp": {
            "lang": lang,
            "pipeline": ([embedding] if embedding else []) + list(components),
            "batch_size": 128 if gpu else 1000,
        },
        "components": blocks,
        "corpora": {part: _corpus(part) for part in ("train", "dev")},
        "training": training,
        "initialize": initialize,
    }


def _embedding(components: list[str], accurate: bool, transformer: bool) -> str | None:
    listeners = [name for name in components if name in LISTENERS]
    if not listeners:
        return None
    if all(name in TEXTCATS for name in listeners) and not (transformer or accurate):
        return None  # a bag of words needs no embedding
    return "transformer" if transformer else "tok2vec"


def _corpus(part: str) -> Block:
    return {"@readers": "spacy.Corpus.v1", "path": f"${{paths.{part}}}", "max_length": 0}


def _training(transformer: Block | None) -> Block:
    optimizer: Block = {"@optimizers": "Adam.v1"}
    if transformer:
        optimizer["learn_rate"] = {
            "@schedules": "warmup_linear.v1",
            "warmup_steps": 250,
            "total_steps": 20000,
            "initial_rate": 5e-5,
        }
        batcher: Block = {
            "@batchers": "spacy.batch_by_padded.v1",
            "discard_oversize": True,
            "size": 2000,
            "buffer": 256,
        }
    else:
        size = {"@schedules": "compounding.v1", "start": 100, "stop": 1000, "compound": 1.001}
        batcher = {
            "@batchers": "spacy.batch_by_words.v1",
            "discard_oversize": False,
            "tolerance": 0.2,
            "size": size,
        }
    training: Block = {"dev_corpus": "corpora.dev", "train_corpus": "corpora.train"}
    if transformer:
        training["accumulate_gradient"] = transformer["size_factor"]
    return {**training, "optimizer": optimizer, "batcher": batcher}


# --- embeddings -------------------------------------------------------------------------------------------------------


def _tok2vec(accurate: bool) -> Block:
    return {
        "factory": "tok2vec",
        "model": {
            "@architectures": "spacy.Tok2Vec.v2",
            "embed": {
                "@architectures": "spacy.MultiHashEmbed.v2",
                "width": WIDTH,
                "attrs": ["NORM", "PREFIX", "SUFFIX", "SHAPE"],
                "rows": [5000, 1000, 2500, 2500],
                "include_static_vectors": accurate,
            },
            "encode": {
                "@architectures": "spacy.MaxoutWindowEncoder.v2",
                "width": 256 if accurate else 96,
                "depth": 8 if accurate else 4,
                "window_size": 1,
                "maxout_pieces": 3,
            },
        },
    }


def _transformer(name: str) -> Block:
    return {
        "factory": "transformer",
        "model": {
            "@architectures": "spacy-transformers.TransformerModel.v3",
            "name": name,
            "tokenizer_config": {"use_fast": True},
            "get_spans": {"@span_getters": "spacy-transformers.strided_spans.v1", "window": 128, "stride": 96},
        },
    }


def _tok2vec_listener() -> Block:
    return {"@architectures": "spacy.Tok2VecListener.v1", "width": WIDTH}


def _transformer_listener() -> Block:
    return {
        "@architectures": "spacy-transformers.TransformerListener.v1",
        "grad_factor": 1.0,
        "pooling": {"@layers": "reduce_mean.v1"},
    }


# --- components -------------------------------------------------------------------------------------------------------


def _component(name: str, listener: Block, accurate: bool, transformer: bool) -> Block:
    block: Block = {"factory": name}
    if name in ("tagger", "morphologizer"):
        if not transformer:
            block["label_smoothing"] = 0.05
        block["model"] = {"@architectures": "spacy.Tagger.v2", "nO": None, "tok2vec": listener}
    elif name == "parser":
        block["model"] = _transitions("parser", 128, 3, not transformer, listener)
    elif name == "ner":
        block["model"] = _transitions("ner", 64, 2, not transformer, listener)
    elif name in TEXTCATS:
        block["model"] = _textcat(name == "textcat", listener, accurate, transformer)
    elif name == "span_finder":
        block |= {"max_length": 25, "min_length": None, "spans_key": "sc", "threshold": 0.5}
        scorer = {"@layers": "spacy.LinearLogistic.v1", "nO": 2}
        block["model"] = {"@architectures": "spacy.SpanFinder.v1", "scorer": scorer, "tok2vec": listener}
    elif name in SPANCATS:
        block |= _spancat(name == "spancat_singlelabel", listener)
    elif name == "coref":
        block["model"] = _coref(listener, transformer)
    elif name == "span_resolver":
        block["model"] = _span_resolver(listener, transformer)
    elif name == "trainable_lemmatizer":
        block |= {"backoff": "orth", "min_tree_freq": 3, "overwrite": False, "top_k": 1}
        block["model"] = {"@architectures": "spacy.Tagger.v2", "nO": None, "normalize": False, "tok2vec": listener}
    elif name == "entity_linker":
        block |= {"get_candidates": {"@misc": "spacy.CandidateGenerator.v1"}, "incl_context": True, "incl_prior": True}
        block["model"] = {"@architectures": "spacy.EntityLinker.v2", "nO": None, "tok2vec": listener}
    return block


def _transitions(state: str, hidden: int, pieces: int, use_upper: bool, listener: Block) -> Block:
    return {
        "@architectures": "spacy.TransitionBasedParser.v2",
        "state_type": state,
        "extra_state_tokens": False,
        "hidden_width": hidden,
        "maxout_pieces": pieces,
        "use_upper": use_upper,
        "nO": None,
        "tok2vec": listener,
    }


def _textcat(exclusive: bool, listener: Block, accurate: bool, transformer: bool) -> Block:
    bag_of_words = {
        "@architectures": "spacy.TextCatBOW.v3",
        "exclusive_classes": exclusive,
        "length": 262144,
        "ngram_size": 1,
        "no_output_layer": False,
    }
    if accurate:
        return {
            "@architectures": "spacy.TextCatEnsemble.v2",
            "nO": None,
            "tok2vec": listener,
            "linear_model": bag_of_words,
        }
    if transformer:
        return {
            "@architectures": "spacy.TextCatCNN.v2",
            "exclusive_classes": exclusive,
            "nO": None,
            "tok2vec": listener,
        }
    return bag_of_words


def _coref(listener: Block, transformer: bool) -> Block:
    return {
        "@architectures": "spacy-experimental.Coref.v1",
        "distance_embedding_size": 20,
        "hidden_size": 1024 if transformer else 128,
        "depth": 1,
        "dropout": 0.3,
        "antecedent_limit": 50 if transformer else 200,
        "antecedent_batch_size": 512,
        "tok2vec": listener,
    }


def _span_resolver(listener: Block, transformer: bool) -> Block:
    return {
        "@architectures": "spacy-experimental.SpanResolver.v1",
        "hidden_size": 1024 if transformer else 128,
        "distance_embedding_size": 64,
        "conv_channels": 4,
        "window_size": 1,
        "max_distance": 128,
        "prefix": HEADS,
        "tok2vec": listener,
    }


def _hand_on_heads(coref: Block) -> None:
    """Have the clusters of single words written, and scored, where the span resolver looks for them."""
    coref["span_cluster_prefix"] = HEADS
    coref["scorer"] = {"@scorers": "spacy-experimental.coref_scorer.v1", "span_cluster_prefix": HEADS}


def _spancat(single: bool, listener: Block) -> Block:
    block: Block = (
        {"negative_weight": 1.0, "allow_overlap": True} if single else {"max_positive": None, "threshold": 0.5}
    )
    scorer: Block = {"@layers": "Softmax.v2"} if single else {"@layers": "spacy.LinearLogistic.v1"}
    return {
        **block,
        "spans_key": "sc",
        "model": {
            "@architectures": "spacy.SpanCategorizer.v1",
            "reducer": {"@layers": "spacy.mean_max_reducer.v1", "hidden_size": 128},
            "scorer": scorer | {"nO": None, "nI": None},
            "tok2vec": listener,
        },
        "suggester": {"@misc": "spacy.ngram_suggester.v1", "sizes": [1, 2, 3]},
    }
