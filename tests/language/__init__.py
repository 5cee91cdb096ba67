"""Tests of `Language`, of its storeys and of what they are made of."""
