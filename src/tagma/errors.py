"""All messages that carry a code, each under its code: `Errors.E149` is "[E149] …", a format string.

A code never changes its meaning. Codes up to 2000 mean what they mean in spaCy; from 4000 on they are those of its
version 4, or, from 4010 on, tagma's own. Every message names what is wrong, the value, and the way out.
"""

from __future__ import annotations

import os
import sys
import warnings
from typing import Any

from tagma.doors.filters import filter_warning
from tagma.doors.filters import setup_default_warnings as setup_default_warnings

__all__ = [
    "OLD_MODEL_SHORTCUTS",
    "Errors",
    "ErrorsWithCodes",
    "MatchPatternError",
    "Warnings",
    "filter_warning",
    "warn_user",
]

# Where this library lies: what is outside is the user's, or another library's.
PACKAGE = os.path.dirname(__file__)


class Message(str):
    """A text that knows its code, also when its places are filled in or something follows it.

    An error made from it can be asked for the code: `tagma.nn.config.code_of(error)`.
    """

    code: str

    def __new__(cls, code: str, text: str) -> Message:
        message = super().__new__(cls, text)
        message.code = code
        return message

    def __reduce__(self) -> tuple[Any, ...]:
        return Message, (self.code, str(self))

    def __add__(self, more: str) -> Message:
        return Message(self.code, super().__add__(more))

    def format(self, *args: object, **values: object) -> Message:
        """The message with its places filled in."""
        return Message(self.code, super().format(*args, **values))


class ErrorsWithCodes(type):
    """Reading an attribute puts its name in front of the text."""

    def __getattribute__(cls, code: str) -> Any:
        text = super().__getattribute__(code)
        return text if code.startswith("__") else Message(code, f"[{code}] {text}")


class Warnings(metaclass=ErrorsWithCodes):
    """Texts of warnings (UserWarning)."""

    W005 = "The doc has no dependencies, so that no arcs are shown. Parse it with a pipeline that has a parser."
    W006 = "The doc has no entities to show. A pipeline with an entity recognizer, or doc.ents, sets them."
    W007 = "{obj} has no word vectors to compare with; the similarity comes from the tensor or is 0."
    W008 = "{obj}.similarity compares a vector of zeros; the result is 0."
    W011 = "displacy.serve starts a server although this is a notebook, which it blocks; displacy.render shows the markup in place."  # noqa: E501
    W012 = "The pattern {key!r} carries annotation ({attrs}) that matching by {attr} does not look at; make the patterns with nlp.make_doc, which is faster."  # noqa: E501
    W017 = "The knowledge base has an alias {alias!r} already; this one is ignored. append_alias adds an entity to it."
    W018 = "The knowledge base has an entity {entity!r} already; this one is ignored."
    W024 = "The alias {alias!r} stands for the entity {entity!r} already; it is not added again."
    W028 = "from_array takes uint64 as to_array gives it; the array of {type} is converted."
    W030 = "Entity offsets {entities} do not fall on token borders of {text!r}; those tokens count as unannotated."
    W033 = "{model!r} is made with a vocabulary that has no table of lexeme norms, though there is one for its language ({langs}): spellings of a word are told apart. The package spacy-lookups-data has the tables, which [initialize.lookups] loads."  # noqa: E501
    W035 = "The predicate {pattern} of a token pattern is not known and is ignored."
    W036 = "The {name} has no patterns, so there is nothing to match; add some first."
    W086 = "{listener!r} is trained but listens to {name!r}, which is frozen and not annotating; add it to [training.annotating_components]."  # noqa: E501
    W087 = "The frozen component {listener!r} reads what {name!r} computes, which training changes; freeze {name!r} as well, or train both."  # noqa: E501
    W089 = "begin_training is called initialize now."
    W090 = "No files ending in {format!r} were found at {path}; give a file or a folder that holds some."
    W091 = "A temporary folder is left behind, to be deleted by hand: {dir} ({msg})"
    W092 = "Sentence starts are left out because heads are given."
    W093 = "No entities with a knowledge-base id to train {name!r} on; see the corpus with 'tagma debug data'."
    W094 = "The pipeline {model!r} ({model_version}) allows every library version from {version} on; make its range closed."  # noqa: E501
    W095 = "The pipeline {model!r} ({model_version}) was made for level {version}, this library is at {current}; retrain it or test it well."  # noqa: E501
    W096 = "disable_pipes is called select_pipes now."
    W100 = "The morphological feature {feature} was skipped; write features as Field=Value."
    W101 = "The extension attribute {name!r} was left out when docs were joined: an earlier doc has a value for it."
    W102 = "User data under {key!r} was left out when docs were joined: an earlier doc has a value ({value!r} is lost)."
    W103 = "There is no segmenter {segmenter!r} for Chinese, so each character is a token; choose one of {supported}."
    W104 = "Words for {target} have no effect on a tokenizer whose segmenter is {current!r}."
    W105 = "{matcher}.pipe is deprecated; call the matcher on each doc of nlp.pipe."
    W107 = "Doc.{prop} is deprecated; ask doc.has_annotation({attr!r})."
    W108 = "A lemmatizer that works by rules needs parts of speech, which a doc has not; put a component in front of it that sets them: a morphologizer, or a tagger and an attribute_ruler."  # noqa: E501
    W109 = "Hooks of a doc are functions, which bytes do not hold; they are left out."
    W110 = (
        "The item {item} of a dependency pattern found {tokens!r}; an item is one token, so the first one counts alone."
    )
    W111 = "In this notebook a GPU is chosen for the running cell alone: call require_gpu() or prefer_gpu() in the cell that loads the pipeline, right before that."  # noqa: E501
    W112 = "The vectors source {name!r} holds no vectors."
    W113 = "Component {name!r} was taken from a pipeline with other vectors than those of this one; results may differ."
    W114 = "More than one process with models on a GPU; use n_process=1."
    W115 = "{method} has no effect on floret vectors: their table cannot be changed."
    W116 = "The doc has no attribute {attr!r}, which doc_cleaner was told to set."
    W117 = "The doc has no spans under the key {spans_key!r} to show. It has groups under: {keys}."
    W118 = "The glossary has no entry for {term!r}."
    W119 = "The config of {name_in_config!r} sets 'name', which is ignored; give the name to add_pipe."
    W120 = "Several of the saved span groups have the name {name!r}: the last one is kept."
    W121 = "Component {pipe!r} has no method {method!r} that could be marked for the profiler; correct additional_pipe_functions."  # noqa: E501
    W122 = "The method {method!r} of component {pipe!r} cannot be marked for the profiler: its class is compiled."
    W123 = "'enable' is {enable}, which lacks {enabled} of the config's [nlp.enabled]."
    W124 = "Port {port} is in use on {host}; {chosen} is taken."
    W125 = "key_attr of static vectors is obsolete: the vectors table knows its own attribute."
    W126 = "Unsupported keys were ignored: {unsupported}."
    W127 = "Worker processes ended without a result: {names}."
    W4010 = "{option!r} names no component of this pipeline: {names} has no effect. It has: {opts}{suggest}"
    W4011 = "Component {name!r} ({type}) has a model but cannot learn: it stays as it is. Give it a method update(examples, *, drop, sgd, losses), or freeze it."  # noqa: E501
    W4012 = "Component {name!r} listens to {upstream!r}, which does not run before it in this pipeline: its predictions mean nothing. Let {upstream!r} run before it; or, where they were trained together, give {name!r} its own copy first: nlp.replace_listeners({upstream!r}, {name!r}, ['model.tok2vec'])."  # noqa: E501
    W4013 = "The saved pipeline has components that this one lacks, and which are not loaded: {names}. This one has {own}. Load all of it with tagma.load, or name what is to be left out in 'exclude'."  # noqa: E501
    W4015 = "{name!r} has learn_tokens: it gives parts of a token the label 'subtok' and the next part as head, but tokens are not merged in this version."  # noqa: E501
    W4030 = "Component {name!r} is a {factory}, of whose labels a doc has one, but its model was built with exclusive_classes = false: scores do not add up to 1. Set exclusive_classes = true in the model, or take the factory textcat_multilabel."  # noqa: E501
    W4105 = "Documents of [{corpus}] that are not read: {short} shorter than its min_length, {long} of its max_length and longer."  # noqa: E501
    W4130 = "The commands of the installed package {package!r} ({entry}) are left out: {reason}"
    W4140 = "A span of {tokens} tokens has {pieces} pieces, and the transformer reads {window} at once: what goes beyond is cut off, and its tokens have no vectors. Give it shorter spans: spacy-transformers.strided_spans.v1 in [model.get_spans]. The span begins {text!r}."  # noqa: E501
    W4141 = "The saved model {name!r} lacks {number} of the weights of its architecture, such as {first}; they begin at random."  # noqa: E501
    W4142 = "The transformer at {path} is in the format of spacy-transformers 1.0, a folder; save the pipeline again to have it in one file."  # noqa: E501
    W4150 = "A doc of {n} tokens has no sentences, so that each mention may reach anywhere in it. Put a component that finds sentences before the span resolver: a senter, a sentencizer or a parser."  # noqa: E501
    W4151 = "The mention {text!r} in {key} has the head {head!r} (token {i}), which is that of a mention in another cluster, too; a token is in one cluster only, and the last one counts."  # noqa: E501
    W4152 = "The gold mention {text!r} is left out of training: {reason}."
    W4154 = "The groups under {prefix!r} are to hold heads, single tokens; of {text!r} ({n} tokens) the first is taken."


class Errors(metaclass=ErrorsWithCodes):
    """Texts of errors."""

    E001 = "No component {name!r} in the pipeline; it has: {opts}."
    E002 = "No factory {name!r} for language {lang!r} ({lang_code}); known: {opts}{suggest}"
    E003 = "Component {name!r} is {component}, which cannot be called; use add_pipe with the name of a factory."
    E004 = "The factory {name!r} is registered already for {old}; choose another name for {new}."
    E005 = "Component {name!r} returned {returned_type}, not a Doc; let it return the doc it got."
    E006 = "add_pipe takes one of before, after, first and last, but got {args}. Components: {opts}."
    E007 = "There is a component {name!r} already; give the new one another name. Existing: {opts}."
    E008 = "{name!r} was removed from the pipeline and cannot be enabled again."
    E010 = (
        "The vocabulary has no word vectors (width 0); load or set vectors first, e.g. vocab.reset_vectors(width=...)."
    )
    E011 = "No operator {op!r} for token patterns; there are ! ? + * {{n}} {{n,m}} {{n,}} {{,m}}, with n <= m."
    E012 = "A pattern of {key!r} has no tokens."
    E017 = "A string store takes str or int, not {value_type}."
    E018 = "No string for the hash {hash_value} in the string store; docs must use the vocabulary that made them."
    E022 = "There is no move {name!r}: the label is not among those of the entity recognizer. Initialize it with examples that have it, or add it: ner.add_label(...)."  # noqa: E501
    E025 = "The text has {length} characters; the longest that can be tokenized has 2**30 - 1. Split it."
    E027 = "words and spaces must have the same length; give one flag for each word, or leave spaces out."
    E028 = "Words must be given as a list of str, not {value!r}."
    E029 = "Noun chunks need a parse, and the doc has none; add a component that sets it, e.g. a parser."
    E030 = "Sentence boundaries are not set; add a component that sets them, e.g. nlp.add_pipe('sentencizer'), or set doc[i].is_sent_start."  # noqa: E501
    E031 = "Word {i} is {value!r}, which is no text; a token has one character at least. Leave empty words out."
    E033 = "Cannot load into a Doc that has {length} tokens already; make an empty one: Doc(vocab)."
    E035 = "Span {start}:{end} does not fit a doc of {length} tokens."
    E040 = "Token {i} does not exist in a doc of {max_length} tokens."
    E042 = "No neighbour {j} of token {i} in a doc of {length} tokens."
    E043 = "is_sent_start cannot be set in a parsed doc: its sentence boundaries follow from the heads."
    E044 = "is_sent_start takes True, False or None, not {value!r}."
    E046 = "No extension attribute {name!r}; define it first with set_extension({name!r}, default=None)."
    E047 = "No extension attribute {name!r} that could be assigned to; define it first with set_extension."
    E048 = "No language {lang!r}: {err}. Known: {langs}."
    E050 = "No pipeline {name!r}: it is neither an installed package nor a path that exists. Give the folder of a saved pipeline, the name of a package that pip has installed, or 'blank:en' for a pipeline without components."  # noqa: E501
    E052 = "No folder {path}; give the path of a saved pipeline."
    E053 = "Could not read {name} in {path}; is this a saved pipeline?"
    E054 = "meta.json lacks {setting!r}."
    E055 = "A tokenizer exception for {key!r} has ORTH values that are not str: {orths}."
    E056 = "The tokenizer exception for {key!r} does not spell it: {orths}."
    E057 = "Slices with a step are not supported; take every n-th token from list(doc)."
    E058 = "No vector for {key!r}; see has_vector."
    E059 = "Give one of key, keys, row and rows, not {kwargs}."
    E060 = "No free row in a vectors table of {rows} rows and {cols} columns; call resize first."
    E062 = "No bit is left for another flag."
    E063 = "Flag ids run from 1 to 63, not {value}."
    E065 = "The vectors table has width {width}, but the shape asked for is {shape}."
    E067 = "Tag {tag!r} at token {start} ends an entity that was not begun: {tags}."
    E068 = "Unknown entity tag {tag!r}; tags are O, -, or begin with B-, I-, L- or U-."
    E083 = "set_extension takes exactly one of default, method and getter; got {nr_defined}."
    E084 = "The label or id {label} of the span is no key of the string store; give the text itself."
    E087 = "Unknown style {style!r}; displaCy has {options}."
    E088 = "{what} has {length} characters, and nlp.max_length is {max_length}. Memory grows with the text: split it, or raise nlp.max_length."  # noqa: E501
    E089 = "An extension with a setter needs a getter, too."
    E090 = "The extension {name!r} of {obj} exists already; use force=True to overwrite it."
    E091 = "The {name} of an extension must be callable, not {value}."
    E093 = "An entity must begin with B, but a token I follows no entity: {start}. Set entities with doc.set_ents."
    E094 = "Line {line_num} of the vectors in {loc} has {found} numbers, not {width}."
    E095 = "This dict is frozen; make a copy with dict(...) to change it."
    E096 = "displaCy shows a Doc or a Span, or with manual=True a dict of what is to be shown, not {type}."
    E097 = "A pattern is a text, or a list with a dict for each token, not {pattern!r}."
    E098 = "An item of a dependency pattern needs RIGHT_ID and RIGHT_ATTRS: {item}."
    E099 = "The first item of a dependency pattern is its anchor: it has RIGHT_ID and RIGHT_ATTRS, and no LEFT_ID or REL_OP, not {item}."  # noqa: E501
    E100 = "All items of a dependency pattern but the first need {required}: {item}."
    E101 = "In a dependency pattern, RIGHT_ID must be new and LEFT_ID that of an earlier item: {item}."
    E102 = "The span {span} overlaps another one that is merged."
    E103 = "Entities overlap at token {token}: {span1} and {span2}; entities must not share tokens."
    E106 = (
        "No extension attribute {attr!r} of the doc, asked for in underscore={opts}; define it with Doc.set_extension."
    )
    E107 = "The value {value} of an extension attribute cannot be written as JSON."
    E109 = (
        "Component {name!r} missed something: {error}. If it is not initialized, call nlp.initialize() or load trained "
        "weights."
    )
    E110 = "The wrapper of renderings must be a function from str to str, not {obj}."
    E111 = "A Token cannot be pickled: it is a view of its doc. Pickle the doc and the index."
    E112 = "A Span cannot be pickled: it is a view of its doc. Pickle the doc, or span.as_doc()."
    E115 = "{n_heads} heads for {n_pieces} pieces; give the head of each piece."
    E117 = "The pieces make {new!r}, the token is {old!r}; a token can only be cut, not changed."
    E118 = "{attr!r} is no extension attribute of tokens; register it with Token.set_extension, or mind its spelling."
    E119 = "The extension attribute {attr!r} cannot be set: it is a method, or has a getter and no setter."
    E120 = "'_' takes a dict of extension attributes (for split a list of dicts, one a piece), not {value}."
    E121 = "{attr_len} dicts of attributes for {span_len} spans; give one for each."
    E122 = "The token {token!r} cannot be split, since a span with it is merged in the same block."
    E123 = "No piece {piece} of the head {head!r}: it is merged in the same block, or split into fewer pieces."
    E132 = "The alias {alias!r} is given {entities} entities and {probabilities} probabilities; give one for each."
    E133 = "The prior probabilities of alias {alias!r} sum to {sum:.4g}; the sum is 1 at most: divide each by it."
    E134 = "No entity {entity!r} in the knowledge base, for which the alias {alias!r} is to stand; add_entity first, or leave it out."  # noqa: E501
    E139 = "The knowledge base of {name!r} has no entities. Give one that has some: kb_loader in [initialize.components.{name}], or set_kb."  # noqa: E501
    E140 = (
        "There are {entities} entities, {freqs} frequencies and {vectors} vectors; give one of each for every entity."
    )
    E141 = "The vector of entity {entity!r} has shape {found}; vectors of this knowledge base have {required} numbers."
    E143 = "{name!r} has no labels: give it examples with that annotation, or labels in [initialize.components.{name}]."
    E145 = "The contents {path} of a knowledge base are damaged: {reason}. Save it again, or copy the folder again."
    E146 = "There are no patterns at {path}: neither a folder that an entity ruler was saved to, nor a .jsonl file."
    E147 = "{name!r} got candidates of {found} mentions for {wanted}: get_candidates_batch must return one list for each, in their order."  # noqa: E501
    E148 = "{ids} ids for the {ents} entities of the docs; give one for each, 'NIL' where there is none."
    E149 = "Component {name!r}: the file {path} does not fit the model that its config describes ({error}). Load it with the config it was saved with; if it is that, the file is damaged."  # noqa: E501
    E150 = "The vocabulary is of language {vocab!r}, the pipeline of {nlp!r}."
    E152 = "{attr!r} is no attribute of tokens that patterns can ask for; validate=True says more."
    E153 = "A token pattern asks for {value!r}, a value of type {vtype}; values are str, int, bool, or a dict of predicates."  # noqa: E501
    E154 = "{value!r} has no place in a token pattern: a token is a dict, '_' has a dict of extension attributes, and numbers are not negative."  # noqa: E501
    E155 = "The doc has no {attr} annotation: let a component set it first (such as the {pipe}), or call a Matcher with allow_missing=True."  # noqa: E501
    E157 = "The arc from {start} to {end} begins before the first word; both ends are indices of words."
    E158 = "A table {name!r} is there already; remove it first."
    E159 = "No table {name!r}; there are {tables}."
    E160 = "No language data at {path}."
    E161 = "Could not find the corpus {path}. Check [paths] in the config, or --paths.train and --paths.dev."
    E165 = "The ROC area needs exactly two gold values, but there are {label}."
    E166 = "Only DocBins with the same {param!r} can be merged: {current} and {other}."
    E169 = "No module path for {module!r}."
    E170 = "The move {name!r} is not allowed in this state; moves.valid(state) says which are."
    E171 = "on_match of {name}.add must be callable or None, not {arg_type}."
    E175 = "No patterns {key!r} in this matcher."
    E176 = "No alias {alias!r} in the knowledge base; add_alias first."
    E177 = "Ill-formed IOB tag {tag!r}{place}; tags are O, B-LABEL and I-LABEL."
    E178 = "Each pattern of {name}.add must be a list of dicts, not {pattern!r}; one pattern alone is given as add({key!r}, [pattern])."  # noqa: E501
    E179 = "The patterns of PhraseMatcher.add must be a list of Docs, not {arg_type}; one alone is given as add({key!r}, [doc])."  # noqa: E501
    E180 = "Span attributes are declared through the doc, e.g. 'doc.ents': {attr!r}."
    E181 = "Unknown object {obj!r} in {attr!r}; use doc, token or span."
    E182 = "{attr!r} names no attribute; write e.g. {attr}.text."
    E183 = "{attr!r} is too deep; write e.g. {solution}."
    E184 = "{attr!r} ends in an underscore; declare {solution!r}."
    E185 = "{obj!r} has no attribute {attr!r}."
    E187 = "Labels are str."
    E189 = "All annotations given to Doc must have as many items as there are words."
    E190 = "The head of token {index} is out of range: {value} (relative {rel_head_index}). Heads in arrays are relative to their token."  # noqa: E501
    E191 = "The head of a token must be of the same doc."
    E193 = "New vectors have {new_dim} columns, the table has {curr_dim}."
    E194 = "The words do not spell the text {text!r}: {words}."
    E195 = "A matcher is called with a {good}, not {got}."
    E196 = "is_sent_end cannot be set; set is_sent_start of the next token."
    E197 = "Key {key} cannot have row {row} of a vectors table of {rows} rows."
    E198 = "{n} rows are more than the {n_rows} that the table has."
    E199 = "The span {start}:{end} is empty, so there is nothing to merge."
    E200 = "{attr} of a span cannot be set, since it is that of its root; set span.id_, or ent_id_ of the tokens."
    E202 = "Unsupported {name} mode {mode!r}; choose from {modes}."
    E203 = "A listener got docs without doc.tensor: run {name!r} before, or add it to [training.annotating_components]."
    E849 = "{method} works for tables of tagma.vectors.Vectors, not for {vectors_type}."
    E850 = "Vectors of the kind {mode!r} hold no vectors of words to pretrain with; take a table of the mode 'default' or 'floret'."  # noqa: E501
    E851 = "Each value in doc.cats is 1.0 or 0.0, not {val!r}; leave a label out if it is not known."
    E853 = "A factory name must not hold a dot: {name!r}."
    E854 = "The entities that {name!r} would write overlap. Let its ents_filter drop some, e.g. spacy.first_longest_spans_filter.v1."  # noqa: E501
    E855 = "This {obj} belongs to another doc; give one of the same doc."
    E856 = "The index lies outside of the span group."
    E857 = "The label data lacks {name!r}; give what label_data of an initialized component gives."
    E858 = "This works for vectors in default mode only, where each key has a row of its own; these are in {mode} mode."
    E859 = "A floret table has no keys that could be cleared."
    E860 = "A floret table cannot be truncated, since any word may need any of its rows; leave truncate out."
    E861 = "A floret table has no keys: leave them out, or take mode='default'."
    E862 = "hash_count of floret vectors is 1, 2, 3 or 4, not {hash_count}."
    E863 = "Sizes of the pieces of floret vectors need 0 <= minn <= maxn, but minn is {minn} and maxn {maxn}."
    E864 = "A floret table is trained elsewhere and cannot be made empty: give its rows as data."
    E865 = "The doc of this span group is gone; keep a reference to the doc as long as you use its spans."
    E866 = "The doc of these span groups is gone; keep a reference to the doc as long as you use its spans."
    E867 = "{name!r} decides between labels, and needs two of them at least; it has {labels}. For a single label take textcat_multilabel."  # noqa: E501
    E868 = "The span {span!r} ({label}) is an entity of the reference, and among its entities that are not there (incorrect_spans_key): take it out of one of them."  # noqa: E501
    E869 = "The entity type {label!r} is of a form that is no longer read: put spans that are no entities into a span group, and name it in the setting incorrect_spans_key."  # noqa: E501
    E870 = "The bytes are more than msgpack can hold; split the collection."
    E871 = "An error in a worker process:\n{error}"
    E872 = (
        "The tokenizer of the base model is set up as {base}, that of this pipeline as {curr}; they must be the same."
    )
    E874 = 'What [pretraining] names is no network with a vector for each token: component {component!r}, layer {layer!r} ({reason}). Name a tok2vec component, or a component and the ref of the network in it: component = "tagger", layer = "tok2vec".'  # noqa: E501
    E875 = "There are no vectors to pretrain with: the objective PretrainVectors guesses the vectors of words. Name a pipeline that has some, with [initialize] vectors (--paths.vectors NAME), or take spacy.PretrainCharacters.v1."  # noqa: E501
    E879 = "Spans are given as {{key: [(start_char, end_char, label)]}}, not {data!r}."
    E884 = "Could not read {vectors!r} as a pipeline with vectors: {error} Name one that is there with --paths.vectors; or do without: null there, and include_static_vectors = false in the embedding."  # noqa: E501
    E885 = "A kb_loader is a function that is given the vocabulary and returns a KnowledgeBase, not {arg_type}."
    E886 = "{path!r} is not in the config of {name!r}; replace_listeners needs the paths of its listeners' models."
    E887 = "replace_listeners of {pipe!r} names {n_paths} paths ({paths}), but it has {n_listeners} listeners."
    E888 = "{name!r} ({pipe}) has no listeners that could be replaced."
    E889 = "replace_listeners: no component {unknown!r} in the pipeline ({tok2vec}, {name}); it has: {opts}."
    E890 = "An alias is a text that is not empty, not {alias!r}."
    E894 = "No noun chunks for language {lang!r}: its defaults have no syntax iterator."
    E895 = "A doc has exactly one of the labels of a textcat, but here are several: {value}. For more than one take textcat_multilabel."  # noqa: E501
    E896 = "The vectors have width {width}, not {expected}; load the vectors that the model was trained with."
    E897 = '{field} takes the dotted name of a section, such as "corpora.dev", not {type}.'
    E898 = "Component {name!r} has no model to save."
    E899 = "Component {name!r} has no vocabulary to save."
    E900 = "The pipeline could not be evaluated; it seems that it is not trained: {pipeline}"
    E901 = "The old output {path} could not be removed: {error}"
    E902 = "Line {number} is not in the format of a sentence per line: {token!r} is neither word|ENTITY nor word|TAG|ENTITY."  # noqa: E501
    E903 = "Line {number} is not in the format of a token per line: it needs at least a word and an entity tag, not {line!r}."  # noqa: E501
    E904 = "StaticVectors has no width for its output; pass it as nO."
    E905 = "StaticVectors found no vectors to take its input width from. Name a pipeline with vectors (--paths.vectors), set include_static_vectors = false in the embedding, or pass nM."  # noqa: E501
    E906 = "{found!r} is no loss of PretrainVectors; choose {supported}."
    E908 = "spaces need words; give both."
    E910 = "The loss of {name!r} is not a number. Look for empty or extreme input, or lower the learn rate."
    E911 = "Unknown feature {feat!r}; use the name of a lexical attribute, such as LOWER."
    E912 = "The saved tables of {name!r} are not enough: mode {mode!r} needs {tables} besides {found}. Save or copy the pipeline again."  # noqa: E501
    E913 = "The corpus path is null or empty. Set it in the config, or with --paths.train and --paths.dev."
    E914 = "before_to_disk must return the pipeline, not {value}."
    E915 = "The score {name!r} is {score_type}, not a number; remove it from [training.score_weights] or set it to null there."  # noqa: E501
    E916 = "The score {name!r} is {score_type}, which cannot be logged."
    E917 = "A transition-based parser has the state_type 'parser' or 'ner', not {value!r}."
    E918 = "The vocabulary must be a Vocab or True, not {vocab} ({vocab_type})."
    E919 = (
        "There is a positive label ({pos_label!r}) where there are two labels, not {labels}; leave positive_label out."
    )
    E920 = "The positive label {pos_label!r} is not among the labels {labels}."
    E921 = "The model of {name!r} cannot change its number of outputs; initialize the component with all labels."
    E922 = "{name!r} has {nO} outputs and a label for each; this model cannot grow. For other labels make a new pipeline, and initialize it with all of them."  # noqa: E501
    E923 = "{name!r} could not be initialized: no examples with its annotation were found. Is the training corpus the right one, and not empty?"  # noqa: E501
    E925 = "The entry {name!r} of the registry displacy_colors is {obj}; it must be a dict of colors by label, or a function that returns one."  # noqa: E501
    E926 = "nlp.{attr} is computed and cannot be changed; use add_pipe, remove_pipe, rename_pipe, disable_pipe or enable_pipe."  # noqa: E501
    E927 = "This list is frozen; make a copy with list(...) to change it."
    E928 = "A knowledge base is saved to and read from a folder, but {loc} is a file."
    E929 = "There is no folder {loc} to read a knowledge base from."
    E930 = "{method} needs a function that returns at least one Example, but got {obj}."
    E931 = "{parent} {name!r} does not define {method!r}; write it in your subclass."
    E941 = "{name!r} is an old shortcut for the package {full!r}. Give the folder of a saved pipeline or the name of a package that pip has installed{blank}."  # noqa: E501
    E942 = "{name} must return a pipeline (Language), not {value}."
    E943 = "before_creation must return the class it was given, not {value}."
    E944 = "No component {name!r} in the source pipeline {model!r}; it has: {opts}."
    E945 = "'source' takes a loaded pipeline (Language), not {source}."
    E947 = "greedy is one of {expected} or None, not {arg!r}."
    E948 = "{name}.add takes a list of patterns, not {arg_type}."
    E949 = "The texts of predicted and reference docs differ, beyond case and white space: {x!r} and {y!r}."
    E952 = "No section or setting {name!r} in the config."
    E953 = "The listener got outputs for another batch ({id1}, not {id2}); every component in front of it must see the same docs."  # noqa: E501
    E954 = "The listener got no outputs of its upstream component in training; is that in the pipeline, in front of it, and enabled?"  # noqa: E501
    E955 = "No lookup table {table} for {lang!r}; install the lookup data, or give the table in [initialize.lookups]."
    E956 = "[nlp.pipeline] names {name!r}, but there is no block [components.{name}]. There are: {opts}.{besides}"
    E957 = "Factories cannot be assigned; use the decorator Language.factory."
    E958 = "The config is for language {bad_lang_code!r}, but {lang} makes pipelines for {lang_code!r}."
    E959 = "There is no position {idx} for {dir!r} in a pipeline of {length}: {opts}."
    E960 = "No config is kept for component {name!r}."
    E961 = "This config holds values that cannot be written: {config}"
    E962 = "{style} of {name!r} must be a dict, not {cfg_type}."
    E963 = 'A {decorator} needs a name: @Language.{decorator}("name"), not {name}.'
    E964 = "The function of factory {name!r} must take the arguments 'nlp' and 'name'."
    E965 = "The class {name!r} cannot be a stateless component; use @Language.factory."
    E966 = (
        "add_pipe takes the name of a factory, not {component} ({name!r}). Register functions with @Language.component."
    )
    E967 = "No meta data for the factory or component {name!r}."
    E968 = "replace_pipe takes the name of a factory, not {component} ({name!r})."
    E969 = "{field!r} holds {bad_value!r} of type {bad_type}; text is needed."
    E970 = "Could not run {str_command!r}: is {tool!r} installed?"
    E971 = "{name} has {array_length} rows, the doc {doc_length} tokens; give one for each token."
    E972 = "Example.{arg} is None; give two Docs."
    E973 = "Entities are a list of BILUO tags or of (start_char, end_char, label), not {value!r}."
    E974 = "The attribute {obj!r} cannot be used here: {key!r}."
    E976 = "Example.{method} needs a {arg}, not None."
    E977 = "A morphology cannot be compared with that."
    E978 = "{name} takes a list of Example objects, not {types}."
    E980 = "A link names more than one knowledge-base id with probability 1.0: {doc_id}."
    E981 = "The offsets of link {key} are not on token borders."
    E982 = "{value} is no value of ent_iob; 0, 1, 2 and 3 stand for {values}."
    E983 = "Invalid key {key!r} in {dict}; known are {keys}."
    E984 = "[components.{name}] needs a 'factory' or a 'source'; it has: {config}"
    E985 = "The config has no section [nlp]. {besides}"
    E986 = "No batches of training data came from the corpus; is it empty, or are all examples longer than the batches allow?"  # noqa: E501
    E989 = "nlp.update takes a list of Example objects, and no second list of annotations."
    E991 = "select_pipes needs 'disable' or 'enable'."
    E992 = "'enable' ({enable}) and 'disable' ({disable}) of select_pipes contradict each other."
    E993 = "[nlp] has no 'lang'; set it, e.g. lang = \"en\"."
    E997 = "The special case {chunk!r} must be split into pieces that spell it, none of them empty, not {orth!r}."
    E999 = "The docs cannot be joined: they do not share one vocabulary."
    E1000 = "The Chinese tokenizer has no model of pkuseg yet; name one as pkuseg_model in [initialize.tokenizer] and call nlp.initialize(), or load a pipeline that has one."  # noqa: E501
    E1001 = "A rule of {name!r} means token {index} of what its patterns match, but {span} matched {patterns}. Give an index inside: 0 for the first token, -1 for the last."  # noqa: E501
    E1002 = "The index lies outside of the span."
    E1003 = "{name!r} has no mode {mode!r}; there are: {modes}. A mode of your own is a method '{mode}_lemmatize(token)' of a subclass."  # noqa: E501
    E1004 = "{name!r} lacks tables for mode {mode!r}: {tables}; it has {found}. Install spacy-lookups-data and call nlp.initialize(), or give them: initialize(lookups=...)."  # noqa: E501
    E1005 = "The attribute {attr!r} of special case {chunk!r} cannot be set; exceptions take ORTH and NORM."
    E1007 = "No operator {op!r} for dependency patterns; there are {known}."
    E1008 = "An item of a dependency pattern must be a dict, not {value!r}."
    E1010 = "set_ents got two spans with token {i}; give each token to one span, e.g. with util.filter_spans."
    E1011 = "{default!r} is no default for set_ents; choose from {modes}."
    E1012 = "Spans of kind {span_type!r} must be Span objects, not {span!r}."
    E1013 = "The features belong to another vocabulary; set them by their text: token.set_morph(str(morph))."
    E1014 = "The bytes are not a DocBin (.spacy): they are damaged, or of another format."
    E1015 = "[{section}] lacks {option!r}; write out all settings with 'tagma init fill-config', or a new config with 'tagma init config'."  # noqa: E501
    E1016 = "The operator {op!r} of {node!r} is not for dependency patterns, in which each item is one token."
    E1017 = "A Doc with heads needs deps, too; without labels give placeholders: deps=['dep'] * len(heads)."
    E1018 = "{name!r} has no knowledge base. Give one: kb_loader in [initialize.components.{name}], or set_kb."
    E1019 = "Noun chunks of this language need parts of speech, and the doc has none; add a component that sets them, e.g. a morphologizer."  # noqa: E501
    E1020 = "The epoch to go on from is not known: {path} is not named as pretraining names its files, model3.bin. Give it: --epoch-resume 4."  # noqa: E501
    E1021 = "{pp!r} is no part of speech of Universal Dependencies; other tag sets go to tag."
    E1022 = "Word {i} is {value!r} ({type}); give words as str, or as keys of the string store."
    E1024 = "{component!r} has no patterns with the {attr_type} {label!r}; see its patterns."
    E1026 = "Edit tree {i} cannot be used: {reason}. It is {tree}."
    E1027 = "Tokens of an alignment come one after the other: take [start:stop], without a step."
    E1028 = "Ask an alignment for one token by its number, or for [start:stop]; {indices} is neither."
    E1030 = "There is no edit tree {tree}: the trees are numbered from 0, and there are {n_trees}."
    E1032 = "{value} was given for {var}, which may not be {forbidden}."
    E1037 = "{attr!r} is no token attribute."
    E1038 = "The JSON is not that of a doc: {message}"
    E1039 = "The characters {start} to {end} of {obj} are not on token borders."
    E1040 = "Some tokens have {partial_attrs}, others have not; give it for all tokens or for none."
    E1041 = "A text, a Doc or its bytes are needed, not {type}."
    E1042 = "'enable' ({enable}) and 'disable' ({disable}) name the same components."
    E1043 = "threshold of {name!r} is {value}; give a number from 0 to 1, or null for none."
    E1044 = "candidates_batch_size of {name!r} is {value}; give 1 or more."
    E1045 = "{what} {name!r} has no {method}{besides}"
    E1046 = "{cls_name} says what a subclass has; it cannot be made itself."
    E1048 = "progress_bar is {got!r}; choose from {expected}."
    E1049 = "No port from {port} up to {last} is free on {host}."
    E1050 = "Port {port} is in use on {host}; give another one, or auto_select_port=True."
    E1051 = "{name!r} gives a span up to {max_positive} labels (max_positive), which are spans in one place: they overlap. Set allow_overlap = true, or max_positive = 1."  # noqa: E501
    E1052 = "Spans cannot be copied to a doc with another text or other token borders."
    E1053 = "The spans of {name!r} have one token at least: min_length is {min_length}, max_length {max_length}; give numbers from 1 on, or null for no limit."  # noqa: E501
    E1054 = "{name!r} learns from docs with the same text, white space included, but these are {x!r} and {y!r}."
    E1055 = "The 'replace_listener' callback takes 1 or 3 arguments, not {num_params}."
    E1056 = "A bag of words needs a length of at least 1, the number of weights for each label, not {length}."
    E1057 = (
        "TextCatReduce pools nothing: set one of use_reduce_first, use_reduce_last, use_reduce_max, use_reduce_mean."
    )
    E4000 = "A memory zone is open already, and there can be one only: leave it first."
    E4002 = "{name!r} cannot be distilled without a teacher; give the component of the teacher pipeline."
    E4003 = "Teacher and student docs must have the same tokens: {x!r} and {y!r}."
    E4010 = "Could not read the {what}: {reason}. The file or bytes are damaged, or of another kind."
    E4011 = "This doc outlived the memory zone that it was made in: its words are released. Keep what you need with doc.to_bytes()."  # noqa: E501
    E4012 = "{attr!r} is no lexical attribute that can be used here."
    E4013 = "The morphological feature {feature!r} of {feats!r} is not of the form Field=Value."
    E4015 = "The text holds {char} at position {position}, half of a character pair, which no encoding can write. Remove it, e.g. with text.encode('utf8', 'replace').decode('utf8')."  # noqa: E501
    E4016 = "{name!r} cannot be saved: only a method of a compiled regular expression can be written, not {function!r}."
    E4017 = "A span group takes Span objects, not {type}."
    E4018 = "The docs of a batch must share one vocabulary."
    E4019 = "sent_start takes 1, 0 or -1, not {value}."
    E4022 = "{name} is {value!r}; give a whole number of at least 1{besides}."
    E4023 = "{what} ({size} bytes) is not as it was saved: the checksum {where} differs. Restore the file or save the pipeline again{besides}."  # noqa: E501
    E4024 = "The pipeline in {path} lacks {file}, a file of its part {part!r}. Save or copy it again, or load it without that part: exclude=[{part!r}]."  # noqa: E501
    E4025 = "Component {name!r} listens to {upstream!r}, which is not in the pipeline; set 'upstream' in its model to a component that shares its vectors. There are: {opts}{suggest}"  # noqa: E501
    E4026 = "The model of component {name!r} gives {nO} scores for each token, but there are {n_labels} labels. End it in an output layer, as spacy.Tagger.v2 does, whose nO is left open or is the number of labels; a trained component keeps its labels: for others make a new pipeline."  # noqa: E501
    E4027 = "{method} takes a {wanted} as {arg}, not {value} ({type}){besides}."
    E4028 = "A piece of the special case {chunk!r} has no text: {token}. Give it as ORTH."
    E4029 = "timings are of one process, not of {n_process}: leave n_process out, or timings."
    E4030 = "The installed package {name!r} is no pipeline: there is no meta.json in {path}. Give the name of a pipeline's package, the path of its folder, or 'blank:en'."  # noqa: E501
    E4031 = "{path} of an installed pipeline is not Python: {error}. Install the package again."
    E4032 = "The package {name!r} brings code of its own that imports spaCy ({files}). Have it import tagma instead: run the program with 'python -m tagma.compat script.py', or call tagma.compat.install() before anything else."  # noqa: E501
    E4033 = "The load function of the package {name!r} gave a {type}, not a pipeline of tagma. Load its data folder by path instead."  # noqa: E501
    E4034 = "Language.pipe takes a stream of texts, not one ({text}). Call the pipeline itself, or give a list."
    E4035 = "With as_tuples=True the stream holds pairs (text, context), not {item}."
    E4036 = "The dropout rate is {drop!r}; give a number of at least 0 and less than 1."
    E4037 = "The Doc {text!r} was made with another vocabulary than that of this pipeline, whose labels it does not know. Make it with nlp.make_doc(text), or with Doc(nlp.vocab, ...)."  # noqa: E501
    E4038 = "sgd is {sgd!r}; give an optimizer, such as nlp.create_optimizer(), None for the pipeline's own, or False to collect gradients."  # noqa: E501
    E4039 = "The doc cannot be pickled with its hook {where}: {reason}. Give a function that can be pickled, or take the hook out and set it again afterwards."  # noqa: E501
    E4040 = "Line {number} is not in CoNLL-U: {reason}. {line!r} Correct the line; or, if the whole file has another format, name that: tagma convert FILE --converter FORMAT."  # noqa: E501
    E4041 = "Not in spaCy's JSON format of training data: {what}: {reason}."
    E4042 = "The corpus {name} ({path}) has no documents; check [{name}] and [paths] in the config."
    E4043 = "The corpus {name} ({path}) has none of the annotation that {scores} are computed from; choose another, or annotate it."  # noqa: E501
    E4050 = "{path} says that a save was interrupted, but the folder {name!r} that it names is not there: the pipeline may be a mixture of two. Save or copy it again."  # noqa: E501
    E4051 = "A component cannot be named {name!r}: {reason}. The name is that of its files in a saved pipeline, and of its section in the config; letters, digits, '_' and '-' always fit."  # noqa: E501
    E4052 = "The heads of {where} form a cycle; a parse is a tree: every token leads to a root, which is its own head."
    E4053 = "This is CoNLL-U (line {number}: {line!r}), which has no column of entity tags. Convert it as that: tagma convert FILE --converter conllu, or conllu_to_docs; entities are read from its MISC column."  # noqa: E501
    E4054 = "The scores of a parser or entity recognizer are no numbers (NaN): its weights, or those of the tok2vec that it uses, are broken. Train again from a sound state, with a lower learn_rate or gradient clipping."  # noqa: E501
    E4055 = "There is no set of {n} features of a state: give 3 or 6 (entities), 8 or 13 (parser)."
    E4056 = "There is no move {name!r}; moves.names has all. Some of them: {opts}."
    E4057 = "Component {name!r} has other moves than its teacher {teacher!r}, or in another order. Initialize it with those of the teacher: initialize(get_examples, labels=teacher.label_data)."  # noqa: E501
    E4058 = "The parse of the doc {text!r} is no tree. {error}"
    E4075 = "There are no documents in {path}: nothing can be measured. Name a .spacy file with documents, or a folder of such files."  # noqa: E501
    E4085 = "The {part} layer of a transition-based model is a {expected} layer, whose weights it reads; this one is {name!r}. Build it by {way}."  # noqa: E501
    E4086 = "spacy.TransitionBasedParser.v1 without an upper layer cannot get other labels once it has {nO} actions (now {new_nO}). Use spacy.TransitionBasedParser.v2, or give all labels before it is initialized."  # noqa: E501
    E4087 = "The model has {nO} actions and cannot be cut to {new_nO}: what was learnt would be lost. Build a new one."
    E4088 = (
        "Token {token} has the head {head}, which is none of the {n} tokens; a root is its own head, -1 is not known."
    )
    E4120 = (
        "{taker} takes a {wanted} here, but {name} in @{kind} gives a {given}. Registered functions that fit: {fit}."
    )
    E4150 = "training.gpu_allocator is {name!r}, which cannot be used here: {error}. Set it to null for CuPy's own memory, or train on the CPU (--gpu-id -1), where the setting has no effect."  # noqa: E501
    E4200 = "Component {name!r} is a {factory}, whose labels do not exclude each other, but its model was built with exclusive_classes = true: scores that add up to 1. Set exclusive_classes = false in the model, or take the factory textcat."  # noqa: E501
    E4201 = "Component {name!r} has other labels than its teacher {teacher!r}, or in another order: {labels}, not {others} (None stands for the negative label). Initialize it with those of the teacher: labels = teacher.label_data."  # noqa: E501
    E4230 = "Give the sizes of spans in tokens, one at least and each from 1 on, not {sizes}."
    E4231 = "A doc has no spans under {key!r}, of which candidates are made; its groups are {groups}. Let the component that writes them run before this one, and name it in [training.annotating_components]."  # noqa: E501
    E4232 = "The suggester of {name!r} gave an array of shape {shape} and type {dtype}; spans are integers (n_spans, 2): start and end."  # noqa: E501
    E4233 = "The suggester of {name!r} gave {n} spans with {lengths} lengths for {docs} docs; the lengths say how many spans each doc has."  # noqa: E501
    E4234 = "The suggester of {name!r} gave the span ({start}, {end}) for a doc of {n} tokens; a span begins before it ends, in its doc."  # noqa: E501
    E4235 = "The gold label {label!r} is not among those of {name!r}: {labels}. Initialize it with examples, or labels, that have it."  # noqa: E501
    E4250 = "{backoff!r}, the backoff of {name!r}, is no attribute of a token that holds a text; give 'orth', 'lower', 'norm' or another, or null, so that a token without a fitting edit tree stays without a lemma."  # noqa: E501
    E4251 = "The labels of {name!r} are not its edit trees: {label!r} is none of the {n_trees}. Its settings and its trees are not of the same component; save or copy both again."  # noqa: E501
    E4252 = "No edit tree of the examples occurs {min_tree_freq} times; lower min_tree_freq of {name!r}, or give more examples with lemmas."  # noqa: E501
    E4300 = "Line {line} of {path} is not a word and its numbers: {reason}."
    E4301 = "The first line of {path} says that {rows} vectors of {width} numbers follow, but {found}."
    E4302 = "The vectors in {path} cannot be read from line {line} on: {reason}."
    E4303 = "The first line of {path} is {line!r}, not: {wanted}."
    E4304 = "{path} is no file of one table of vectors: {found}."
    E4305 = "{path} has no words, but rows of the words of a vocabulary; these are found by ORTH alone, not by {attr}."
    E4320 = "The share of words to hide lies between 0 and 1: {mask_prob}"
    E4321 = "Nothing to pretrain on: [{corpus}] gave no documents ({path}).{left_out} Check its path, min_length and max_length."  # noqa: E501
    E4322 = "The config has no [pretraining]. This writes it into the file: tagma init fill-config --pretraining {path} {path}"  # noqa: E501
    E4323 = "{path} does not fit the network that is pretrained, component {component!r}: {error}. Go on with the config that the file was made with."  # noqa: E501
    E4324 = "Components without a teacher: {names}. The teacher pipeline has {opts}. Map names with [distillation] student_to_teacher, list them in [training] frozen_components, or give gold annotation a weight (--gold-weight)."  # noqa: E501
    E4325 = "Component {name!r} has modules of another framework, whose gradients cannot be weighted: gold_weight = {weight}. Give 0 or 1."  # noqa: E501
    E4326 = 'Nothing rehearses: no component that is trained was taken from a trained pipeline and can rehearse. Take it with source = "PIPELINE" in its section [components.NAME]; the tagger family, textcat, parser and ner can. Or leave [training] rehearse ({path}) out.'  # noqa: E501
    E4327 = "There are no texts to rehearse on in {path} ([training] rehearse). Name a file or folder of .spacy files, a .jsonl file of texts, or a .txt file with a text a line."  # noqa: E501
    E4360 = "{predicate} looks at texts, and {attr} is a number; compare it with == != >= <= > <, IN or NOT_IN."
    E4361 = "The extension attribute {name!r} of a token is {value!r} ({kind}), and the pattern compares it with a plain value; set a str, int, float or bool, or use a predicate."  # noqa: E501
    E4362 = "{predicate} cannot stand in REGEX; write the expression so that it allows for differences."
    E4363 = "This is no tree of phrases, or a damaged one; pickle the PhraseMatcher anew."
    E4364 = "The {what} of PhraseMatcher.add cannot be a {type}: {value!r}. Keys are text, phrases Docs."
    E4380 = "The token {token!r} is split twice in one block."
    E4381 = "{name!r} takes a list of values, one for each of {n} pieces at the most, not {value}."
    E4382 = "A head is a Token, or (Token, number of its piece), not {type}."
    E4383 = "Character {char} is not where a token {border}, which is where a span must."
    E4384 = "{name!r} cannot be assigned: the extension has a getter or is a method, so that the value would not be seen. Give it a setter."  # noqa: E501
    E4385 = "What displaCy is to show is not as it should be: {reason}."
    E4410 = "The lemmatizer for {lang!r} in mode {mode!r} needs the package {package}: pip install {needs}"
    E4411 = "The tokenizer for {lang} needs {module}, which finds its words: pip install {package}"
    E4440 = "{filename!r} below {base!r} is no address that is downloaded from: give one of {schemes}, and plain names of folders and file below it."  # noqa: E501
    E4441 = "The component {name!r} of the installed package {package!r} is written for spaCy, and makes itself known there. Have its 'import spacy' give tagma: call tagma.compat.install() before, or run the program with 'python -m tagma.compat'."  # noqa: E501
    E4442 = "{logger} needs the package {package!r}, which cannot be used: {reason}. Install it, such as with 'pip install {package}', or name another logger in [training.logger], such as spacy.ConsoleLogger.v3."  # noqa: E501
    E4443 = "remove_config_values names {name!r}, which is not in the config; give dotted names of settings or sections, such as paths.train."  # noqa: E501
    E4444 = "{setting} is {value!r}; give one of {known}."
    E4445 = "CupyLogger tells of a GPU's memory, but CuPy finds no GPU; train on one with --gpu-id 0, or take the logger out of [training.logger]."  # noqa: E501
    E4450 = '{what} needs the package {package!r}, which is not installed: pip install "tagma[transformers]"'
    E4451 = "The transformer {name!r} cannot be loaded: {place} ({reason}). Give a folder that a model of the library transformers was saved in with its tokenizer, or the name of a model on https://huggingface.co/models, and a network to fetch it."  # noqa: E501
    E4452 = "The tokenizer of {name!r}, a {tokenizer}, has {pieces} pieces, and the table of the model {rows} rows: they do not belong together. Save the model's own tokenizer in its folder."  # noqa: E501
    E4453 = "The saved transformer cannot be read: {reason}. Save it anew."
    E4454 = "The saved weights are not those of the {kind} that the saved settings describe: {reason}. It may have been saved with another version of the library transformers; save it with this one."  # noqa: E501
    E4455 = "The transformer {name!r} is not loaded: initialize the pipeline, or load one that was trained."
    E4456 = "The model has a transformer, {name!r}; make another one for a second."
    E4457 = "{name!r} is a {type}, which writes a second text beside the one it reads; give a model that only reads, such as roberta-base."  # noqa: E501
    E4458 = "The span getter of the transformer gave {n_lists} lists of spans for {n_docs} docs; let it give one for each doc."  # noqa: E501
    E4459 = "doc._.trf_data is a {type}, not what a transformer says of a doc (TransformerData): let a component 'transformer' run before, and nothing else set it."  # noqa: E501
    E4460 = "frozen_layers of {name!r} is {number}, and the transformer has {layers} layers; give -1 for all, or up to {layers}."  # noqa: E501
    E4470 = "There are no clusters to learn from: no example of {name!r} has spans under {prefix}_1, {prefix}_2 … in doc.spans of its reference. Give the component the prefix that the data has (span_cluster_prefix), or make such data: tagma convert FILE.conll DIR --converter conll2012."  # noqa: E501
    E4471 = "doc.spans has a group {key!r} already, which {name!r} does not overwrite. Give it another prefix, or take the clusters out before: a span_cleaner component with prefix = {prefix!r}."  # noqa: E501
    E4472 = (
        "The texts of an example differ, and {name!r} can only learn from clusters in the same text: {x!r} and {y!r}."
    )
    E4473 = "The mention {text!r} (tokens {start} to {end}) has several words, and the doc no parse that says which is its head. Give coref groups of single tokens, such as span_cluster_prefix = 'coref_head_clusters' for what tagma convert writes, or parse the docs first."  # noqa: E501
    E4474 = "The head {text!r} at character {start} of a gold mention is no token of the predicted doc. Have the docs of both sides tokenized in the same way: [corpora.train] gold_preproc = true."  # noqa: E501
    E4475 = "{n} lists of clusters were given to {name!r} for {docs} docs; give what predict returns for the same docs."
    E4476 = "max_distance is {max_distance}; give an even number from 2 on: half of it is how far before and behind the head a mention may reach."  # noqa: E501
    E4477 = "get_loss of {name!r} needs to know whose scores it is given: get_loss(examples, scores, antecedents), or the pair that the model gives."  # noqa: E501
    E4478 = "Line {number} has {n} columns, too few for coreference: number of the document, part, number of the word, word … and the mentions in the last one: {line!r}"  # noqa: E501
    E4479 = "Line {number}: {part!r} is no mention: {reason}. Mentions of cluster 7 are (7 … 7), or (7) for one word; several in a line have | between them."  # noqa: E501
    E4480 = "The pipeline that is to tell the heads of mentions has no parser among its components: {names}. Give one with a parser, or leave --base out: heads are guessed then."  # noqa: E501
    E4481 = "{name!r} does not rehearse; nlp.rehearse leaves it out. Train it on examples of what it is to keep."
    E4485 = "The alias {alias!r} stands for no entity; give it one at least, or leave it out."
    E4486 = "The prior probability of entity {entity!r} for alias {alias!r} is {prior}; give a number from 0 to 1."
    E4487 = "{path} holds no knowledge base that 'tagma kb' has built: {missing} is not there. A folder of InMemoryLookupKB is read by spacy.KBFromFile.v1."  # noqa: E501
    E4488 = "The knowledge base {path} is damaged: {reason}. Build it again with 'tagma kb', or copy the folder again."
    E4489 = "No folder of a knowledge base was given. Build one with 'tagma kb' and name it: as path of tagma.DiskKB.v1 in the config (--paths.kb), or to DiskKB or its from_disk."  # noqa: E501
    E4490 = "similarity is {similarity}, but the knowledge base {path} was built without trigrams; build it again with 'tagma kb --trigrams', or leave similarity out."  # noqa: E501
    E4491 = "The settings {settings} of {path} cannot be used: fold_case is true or false, similarity null or a number up to 1 and above 0, n_similar a number from 1 on."  # noqa: E501
    E4492 = "The knowledge base of {name!r} has vectors of width {width}, and its model makes vectors of width {nO}. Initialize the component with this knowledge base, or load the one that it was trained with."  # noqa: E501
    E4493 = "{name!r} got {rows} encodings for {ents} entities; give a row for each, in their order."
    E4494 = "A table of a knowledge base cannot be used. {place}: {reason}."
    E4495 = "{path} is no table that can be read; give a file that ends in {formats}."
    E4496 = "Reading {path} needs the package pyarrow: pip install pyarrow. Or give the table as .csv or .jsonl."
    E4497 = "No vectors for the entities: {place} has none, and there is nothing to make them of descriptions with. Give a column 'vector', a pipeline with word vectors, or a width for hashed ones."  # noqa: E501
    E4498 = "morph takes a MorphAnalysis, not {type}; use token.set_morph for text and dicts."
    E4499 = (
        "The table of entities is empty; each row is an entity, with its id, and name, description, freq where known."
    )
    E4510 = 'The tokenizer for Korean needs MeCab with the dictionary mecab-ko-dic, which cannot be used: {reason}. Install both, or set another tokenizer: [nlp.tokenizer] @tokenizers = "spacy.Tokenizer.v1".'  # noqa: E501
    E4511 = "The folder {folder} is no model of pkuseg: it lacks {names}. Older files are not read; save the model anew with the package spacy-pkuseg."  # noqa: E501
    E4512 = "The segmenter pkuseg needs a model: set pkuseg_model in [initialize.tokenizer] to a folder with one, or to a name that the package spacy-pkuseg knows."  # noqa: E501
    E4513 = "Projects are run by the package weasel, which is not installed: pip install 'tagma[project]'"
    E4514 = "The files of component {name!r} do not belong together: its network has {outputs} outputs, and its labels need {fitting}."  # noqa: E501
    E4515 = "A rule of an attribute ruler cannot set {attr} to {value!r}: it sets texts, or 1, 0 and -1 for SENT_START, in {attrs}."  # noqa: E501
    E4516 = "A pattern of {name!r} has the label {label!r} and the id {id!r}; give both as text, or no id."


class MatchPatternError(ValueError):
    """Invalid matcher patterns: `errors` maps the index of a pattern to its messages."""

    def __init__(self, key: object, errors: dict[int, list[str]]) -> None:
        lines = [f"pattern {index}: {message}" for index, messages in errors.items() for message in messages]
        super().__init__("\n".join([f"Rule {key!r} has token patterns to be corrected:", *lines]))


OLD_MODEL_SHORTCUTS = {
    "en": "en_core_web_sm",
    "de": "de_core_news_sm",
    "es": "es_core_news_sm",
    "pt": "pt_core_news_sm",
    "fr": "fr_core_news_sm",
    "it": "it_core_news_sm",
    "nl": "nl_core_news_sm",
    "el": "el_core_news_sm",
    "nb": "nb_core_news_sm",
    "lt": "lt_core_news_sm",
    "xx": "xx_ent_wiki_sm",
}


def warn_user(text: str, category: type[Warning] = UserWarning) -> None:
    """Warn, with the line of the caller that is the user's: the first one outside of this library."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_code.co_filename.startswith(PACKAGE):
        frame, level = frame.f_back, level + 1
    warnings.warn(text, category, stacklevel=level)


class NotANumberError(ValueError):
    """A loss is NaN (E910): going on from there would end the same way."""
