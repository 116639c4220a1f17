"""Offers of Vertex AI and Cloud Run, which run outside the cluster."""

from __future__ import annotations

from modelyard.plan.capability import Capability as C
from modelyard.plan.offers import Offer, SiteOffers
from modelyard.sites.kubernetes.offers import ALERTED, WATCHING

_HERE = "modelyard.sites.gcp.vertex"
_INSIDE, _KEPT = (C.ACCOUNT, C.VPC), (C.ACCOUNT, C.KMS)
_RUN, _STORED = (*_INSIDE, C.KMS, C.OBJECT_STORE), (*_KEPT, C.OBJECT_STORE)
_VERTEX = ("aiplatform",)

OFFERS: SiteOffers = {
    C.FEATURES: {
        "vertex": Offer(f"{_HERE}.features:VertexFeatures", _KEPT, endpoints=(*_VERTEX, "bigquery"))
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
    C.PIPELINES: {
        "vertex": Offer(
            f"{_HERE}.pipelines:VertexPipelines",
            _STORED,
            (C.TRACKING, C.FEATURES, C.IDENTITY),
            endpoints=_VERTEX,
        )
    },
    C.RETRAINING: {
        "vertex": Offer(
            f"{_HERE}.retraining:TrainingWorkflow",
            (*_STORED, C.PIPELINES),
            endpoints=(*_VERTEX, "cloudscheduler", "workflowexecutions", "workflows"),
        )
    },
    C.PROMOTION: {
        "vertex": Offer(f"{_HERE}.promotion:CandidateApproval", (C.ACCOUNT, C.OBJECT_STORE))
    },
    # Who asks for alerts starts the workflow, which holds candidates against their bounds.
    C.RETRAINING_TRIGGER: {
        **{
            f"vertex/{trigger}": Offer(None, (C.PIPELINES,))
            for trigger in ("drift", "accuracy", "prediction-shift")
        },
        "vertex/alerts": Offer(
            ALERTED, (*WATCHING, C.PIPELINES), endpoints=(*_VERTEX, "workflowexecutions")
        ),
    },
    C.BENCHMARK: {"vertex/gate": Offer(None)},
    C.FAIRNESS: {"vertex/gate": Offer(None)},
    C.TRACKING: {"vertex": Offer(f"{_HERE}.tracking:VertexTracking", _KEPT, endpoints=_VERTEX)},
    # What Google runs, it scales itself.
    C.AUTOSCALING: {"vertex": Offer(None), "cloud-run": Offer(None)},
}
"""What Google runs itself of a platform for machine learning."""
