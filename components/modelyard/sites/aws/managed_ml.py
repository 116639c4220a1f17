"""Offers of SageMaker AI, which runs outside the cluster."""

from __future__ import annotations

from modelyard.plan.capability import Capability as C
from modelyard.plan.offers import Offer, SiteOffers
from modelyard.sites.kubernetes.offers import ALERTED, WATCHING

_HERE = "modelyard.sites.aws.sagemaker"
_KEPT = (C.ACCOUNT, C.KMS, C.OBJECT_STORE)
_HOSTED = (*_KEPT, C.VPC)
_ASKED = ("sagemaker.runtime",)

OFFERS: SiteOffers = {
    C.FEATURES: {
        "sagemaker": Offer(
            f"{_HERE}.feature_groups:FeatureGroups",
            _KEPT,
            endpoints=("sagemaker.featurestore-runtime", "athena", "glue"),
        )
    },
    C.REGISTRY: {
        "sagemaker": Offer(
            f"{_HERE}.model_packages:ModelPackages", _KEPT, endpoints=("sagemaker.api",)
        )
    },
    C.SERVING: {
        "sagemaker": Offer(f"{_HERE}.endpoint:SageMakerEndpoint", _HOSTED, endpoints=_ASKED),
        "sagemaker/async": Offer(
            f"{_HERE}.async_endpoint:AsyncEndpoint", _HOSTED, endpoints=_ASKED
        ),
        "sagemaker/serverless": Offer(
            f"{_HERE}.serverless_endpoint:ServerlessEndpoint", _HOSTED, endpoints=_ASKED
        ),
        "sagemaker/batch": Offer(f"{_HERE}.batch_transform:BatchTransform", _HOSTED),
    },
    # The endpoint sees to its own scaling and monitoring.
    C.AUTOSCALING: {"sagemaker": Offer(None)},
    C.DRIFT: {"sagemaker": Offer(None)},
    C.PIPELINES: {
        "sagemaker": Offer(
            f"{_HERE}.pipelines:SageMakerPipelines", _HOSTED, (C.TRACKING, C.IDENTITY)
        )
    },
    C.RETRAINING: {
        "sagemaker": Offer(
            f"{_HERE}.retraining:RetrainingPipeline", (*_HOSTED, C.REGISTRY, C.PIPELINES)
        )
    },
    C.PROMOTION: {"sagemaker": Offer(f"{_HERE}.promotion:Approval", (*_HOSTED, C.REGISTRY))},
    # The pipeline holds candidates against their bounds; alarms start it, or who asks for alerts.
    C.RETRAINING_TRIGGER: {
        **{
            f"sagemaker/{trigger}": Offer(None, (C.REGISTRY, C.PIPELINES))
            for trigger in ("drift", "accuracy", "prediction-shift")
        },
        "sagemaker/alerts": Offer(ALERTED, (*WATCHING, C.PIPELINES), endpoints=("sagemaker.api",)),
    },
    C.BENCHMARK: {"sagemaker/gate": Offer(None)},
    C.FAIRNESS: {"sagemaker/gate": Offer(None)},
    C.TRACKING: {
        "sagemaker": Offer(f"{_HERE}.mlflow:MlflowTracking", _KEPT, endpoints=("sagemaker.api",))
    },
}
