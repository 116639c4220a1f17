"""What runs on a cluster, written once, blind to the cloud under it."""
