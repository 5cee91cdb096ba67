"""Where models come from, and what is said where one cannot be had."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tagma.ml.transformer import pretrained
from tagma.ml.transformer.pretrained import from_name, has_packages, require_packages

from .small import SIZES, bert

# The name of a model that no hub has, and that none is asked for.
NOWHERE = "tagma-test/none"


@pytest.mark.parametrize("package", ["torch", "transformers", "safetensors"])
def test_packages(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    """The one that is missing is named, and what installs all."""
    monkeypatch.setattr(pretrained, "find_spec", lambda name: None if name == package else True)
    assert not has_packages()
    with pytest.raises(ImportError, match=rf"\[E4450\] it needs the package '{package}'.*pip install \"tagma\[transf"):
        require_packages("it")


@pytest.mark.transformers
def test_loaded(bert_folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Tokenizer, model in 32 bits, settings; nothing is printed."""
    capfd.readouterr()
    found = from_name(str(bert_folder), {"use_fast": True}, {"hidden_dropout_prob": 0.25})
    assert capfd.readouterr() == ("", "")
    assert found.transformer.config.hidden_dropout_prob == 0.25
    assert str(found.transformer.dtype) == "torch.float32"
    assert len(found.tokenizer) == found.transformer.config.vocab_size


@pytest.mark.transformers
def test_half_precision_on_disk(tmp_path: Path) -> None:
    """Weights are learned in 32 bits, unless the settings say otherwise."""
    import torch
    from transformers import AutoModel

    folder = bert(tmp_path)
    AutoModel.from_pretrained(folder).half().save_pretrained(folder)
    assert from_name(str(folder), {}, {}).transformer.dtype is torch.float32
    assert from_name(str(folder), {}, {"dtype": "bfloat16"}).transformer.dtype is torch.bfloat16


@pytest.mark.transformers
def test_no_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No folder and no such name; a folder without a model."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ValueError, match=rf"\[E4451\].*'{NOWHERE}' cannot be loaded: there is no such folder"):
        from_name(NOWHERE, {}, {})
    with pytest.raises(ValueError, match=r"\[E4451\].*the folder is there, but what is in it cannot be loaded"):
        from_name(str(tmp_path), {}, {})


@pytest.mark.transformers
def test_tokenizer_of_another_model(tmp_path: Path) -> None:
    """More pieces than the model has rows for."""
    folder = bert(tmp_path)
    with (folder / "vocab.txt").open("a", encoding="utf8") as file:
        file.write("one\nmore\n")
    with pytest.raises(ValueError, match=r"\[E4452\].*BertTokenizer\w*, has 32 pieces, and the table of the model 30"):
        from_name(str(folder), {}, {})


@pytest.mark.transformers
def test_missing_weights(tmp_path: Path) -> None:
    """Weights that a folder lacks begin at random, of which a warning tells; those of the pooler matter to nobody."""
    from safetensors.torch import load_file, save_file

    folder = bert(tmp_path)
    file = folder / "model.safetensors"
    weights = load_file(file)
    kept = {name: tensor for name, tensor in weights.items() if "pooler" not in name}
    save_file(kept, file, metadata={"format": "pt"})
    from_name(str(folder), {}, {})
    save_file({k: v for k, v in kept.items() if "layer.2.output" not in k}, file, metadata={"format": "pt"})
    with pytest.warns(UserWarning, match=r"\[W4141\].*lacks 4 of the weights.*encoder.layer.2.output"):
        from_name(str(folder), {}, {})


@pytest.mark.transformers
def test_models_that_write(tmp_path: Path) -> None:
    """A model that reads one text and writes another has no vectors of the one alone."""
    from transformers import BartConfig, BartModel

    folder = bert(tmp_path)
    sizes: dict[str, Any] = {"d_model": 32, "encoder_layers": 1, "decoder_layers": 1, "vocab_size": 30}
    heads = {"encoder_attention_heads": 4, "decoder_attention_heads": 4}
    BartModel(BartConfig(**sizes, **heads, max_position_embeddings=SIZES["hidden_size"])).save_pretrained(folder)
    with pytest.raises(ValueError, match=r"\[E4457\].*is a BartModel, which writes a second text"):
        from_name(str(folder), {}, {})
