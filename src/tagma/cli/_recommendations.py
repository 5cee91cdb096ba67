"""For each language, what to start from: a package of word vectors (accuracy), a transformer (GPU).

Facts about models that others publish. The table is part of what `init config` promises: a request writes the same
config as spaCy's command does, names of models included. A language that is missing gets DEFAULT_TRANSFORMER and no
vectors; None stands for a language without a transformer.
"""

from typing import Any

SIZE_FACTOR = 3  # gradients accumulated, for every transformer below
VECTORS = {"en": "en_core_web_lg", "zh": "zh_core_web_lg"} | {
    lang: f"{lang}_core_news_lg"
    for lang in ("da", "de", "el", "es", "fr", "it", "ja", "lt", "nb", "nl", "pl", "pt", "ro")
}
DEFAULT_TRANSFORMER = "bert-base-multilingual-uncased"
TRANSFORMERS: dict[str, str | None] = {
    "ar": "asafaya/bert-base-arabic",
    "bg": "iarfmoose/roberta-base-bulgarian",
    "bn": "sagorsarker/bangla-bert-base",
    "ca": "projecte-aina/roberta-base-ca-v2",
    "da": "Maltehb/danish-bert-botxo",
    "de": "bert-base-german-cased",
    "el": "nlpaueb/bert-base-greek-uncased-v1",
    "en": "roberta-base",
    "es": "dccuchile/bert-base-spanish-wwm-cased",
    "eu": "mrm8488/RoBasquERTa",
    "fi": "TurkuNLP/bert-base-finnish-cased-v1",
    "fr": "camembert-base",
    "hi": "ai4bharat/indic-bert",
    "id": "indolem/indobert-base-uncased",
    "it": None,
    "ja": None,
    "lt": None,
    "mk": "anon-submission-mk/bert-base-macedonian-cased",
    "nb": "NbAiLab/nb-bert-base",
    "nl": "GroNLP/bert-base-dutch-cased",
    "pl": "dkleczek/bert-base-polish-cased-v1",
    "pt": "neuralmind/bert-base-portuguese-cased",
    "ro": "dumitrescustefan/bert-base-romanian-cased-v1",
    "si": "setu4993/LaBSE",
    "sv": "KB/bert-base-swedish-cased",
    "ta": "ai4bharat/indic-bert",
    "te": "kuppuluri/telugu_bertu",
    "th": "monsoon-nlp/bert-base-thai",
    "tr": "dbmdz/bert-base-turkish-cased",
    "uk": "youscan/ukr-roberta-base",
    "ur": "urduhack/roberta-urdu-small",
    "zh": "bert-base-chinese",
}


def recommendation(lang: str) -> dict[str, Any]:
    """`word_vectors` (name or None), `transformer` ({goal: {name, size_factor}} or None), `has_letters`."""
    name = TRANSFORMERS.get(lang, DEFAULT_TRANSFORMER)
    model = {"name": name, "size_factor": SIZE_FACTOR}
    return {
        "word_vectors": VECTORS.get(lang),
        "transformer": {"efficiency": model, "accuracy": model} if name else None,
        "has_letters": True,
    }
