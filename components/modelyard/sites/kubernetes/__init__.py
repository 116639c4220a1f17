"""Any Kubernetes cluster."""
