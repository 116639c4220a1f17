"""Preflight on Google Cloud: against recorded shapes, held against Google's discovery documents."""
