"""What a site or a workload promises.

One noun per file: the `Args` that every implementation of a capability takes, and the `Protocol`
of what it gives back. An `Args` names what it consumes after the capability that provides it
(`database`, `object_store`, …); the platform fills each field with what stands on the same site.
"""
