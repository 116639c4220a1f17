"""Offers of Vertex AI and Cloud Run, which run outside the cluster."""

from __future__ import annotations

from modelyard.plan.capability import Capability as C
from modelyard.plan.offers import Offer, SiteOffers

_HERE = "modelyard.sites.gcp.vertex"
_INSIDE, _KEPT = (C.ACCOUNT, C.VPC), (C.ACCOUNT, C.KMS)
_RUN = (*_INSIDE, C.KMS, C.OBJECT_STORE)
_VERTEX = ("aiplatform",)

OFFERS: SiteOffers = {
    C.FEATURES: {
        "vertex": Offer(
            f"{_HERE}.features:VertexFeatures", _KEPT, endpoints=(*_VERTEX, "bigquery", "bigtable")
        )
    },
    C.SERVING: {
        "vertex": Offer(f"{_HERE}.endpoint:ModelGardenEndpoint", _INSIDE, endpoints=_VERTEX),
        "cloud-run": Offer(
            f"{_HERE}.run_service:CloudRunService", _RUN, (C.FEATURES,), endpoints=("run",)
        ),
        "cloud-run/batch": Offer(
            f"{_HERE}.run_job:CloudRunJob",
            _RUN,
            (C.FEATURES,),
            endpoints=("cloudscheduler", "run"),
        ),
    },
    C.TRACKING: {"vertex": Offer(f"{_HERE}.tracking:VertexTracking", _KEPT, endpoints=_VERTEX)},
    # What Google runs, it scales itself.
    C.AUTOSCALING: {"vertex": Offer(None), "cloud-run": Offer(None)},
}
"""What Google runs itself of a platform for machine learning."""
