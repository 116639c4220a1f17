"""Google Cloud's managed services: streams, workflows, validation, guardrails, metrics and more."""
