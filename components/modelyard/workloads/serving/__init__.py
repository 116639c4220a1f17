"""Serving a model: engines say how it is loaded, forms say how it runs."""
