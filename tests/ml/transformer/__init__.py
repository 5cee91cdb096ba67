"""Tests of pretrained transformers, on models and tokenizers of their own (`small`)."""
