"""Kubernetes objects, as the API knows them: what sites and workloads are written with."""
