"""Model architectures, and the layers that read docs."""

from tagma.ml.featureextractor import FeatureExtractor
from tagma.ml.models import *  # noqa: F403
from tagma.ml.models import __all__ as _architectures
from tagma.ml.staticvectors import StaticVectors
from tagma.ml.tok2vec_listener import Tok2VecListener

__all__ = ["FeatureExtractor", "StaticVectors", "Tok2VecListener", *_architectures]
