"""What runs inside a platform: it measures, judges, tells Prometheus and the registry, and exits by
its verdict. Statistics are the libraries'; what is here is how they are asked.
"""
