"""Preflight on AWS: against moto where it has the call, against recorded shapes elsewhere."""
