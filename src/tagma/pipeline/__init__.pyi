# Written by scripts/door_stubs.py; do not edit.
from tagma.pipeline.morphologizer import Morphologizer as Morphologizer
from tagma.pipeline.pipe import Pipe as Pipe
from tagma.pipeline.sentencizer import Sentencizer as Sentencizer
from tagma.pipeline.senter import SentenceRecognizer as SentenceRecognizer
from tagma.pipeline.tagger import Tagger as Tagger
from tagma.pipeline.tok2vec import Tok2Vec as Tok2Vec
from tagma.pipeline.trainable_pipe import TrainablePipe as TrainablePipe

COMPONENTS: dict[str, str]
__all__ = ["Morphologizer", "Sentencizer", "SentenceRecognizer", "Tagger", "Tok2Vec", "Pipe", "TrainablePipe"]
