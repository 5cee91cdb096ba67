"""Components: what a pipeline is made of."""

from tagma.pipeline.morphologizer import Morphologizer
from tagma.pipeline.pipe import Pipe
from tagma.pipeline.sentencizer import Sentencizer
from tagma.pipeline.senter import SentenceRecognizer
from tagma.pipeline.tagger import Tagger
from tagma.pipeline.tok2vec import Tok2Vec
from tagma.pipeline.trainable_pipe import TrainablePipe

__all__ = ["Morphologizer", "Pipe", "SentenceRecognizer", "Sentencizer", "Tagger", "Tok2Vec", "TrainablePipe"]
