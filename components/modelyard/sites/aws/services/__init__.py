"""Managed services of AWS: streams, workflows, validation, guardrails, retrieval, metrics."""
