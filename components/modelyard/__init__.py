"""Modelyard: one typed blueprint in; a complete, governed MLOps platform out."""

__version__ = "0.1.0"
