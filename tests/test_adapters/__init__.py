"""Adapters, family by family, on a corpus written for these tests."""
