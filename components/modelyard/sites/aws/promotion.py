"""What promotes on AWS: runs in the cluster, or SageMaker's registry."""

from __future__ import annotations

from modelyard.blueprint.errors import NotReadyError
from modelyard.blueprint.site import AwsSite
from modelyard.contracts.promotion import Promoter, PromoterArgs
from modelyard.sites.kubernetes.promotion import ClusterPromoter


def open_promoter(args: PromoterArgs) -> Promoter:
    """Raises NotReadyError where boto3 is missing, nobody is logged in, or elsewhere."""
    try:
        import boto3  # noqa: F401
    except ModuleNotFoundError:
        raise NotReadyError(
            "boto3, which asks the account, is not installed. Next: install it: pip install "
            "'modelyard[aws]'"
        ) from None
    from modelyard.sites.aws.eks_api import EksApi
    from modelyard.sites.aws.inventory import entered

    assert isinstance(args.site, AwsSite), args.site
    asking = entered(args.site)
    if args.engine == "sagemaker":
        from modelyard.sites.aws.sagemaker.approval_status import ApprovalStatus

        return ApprovalStatus(args, asking)
    return ClusterPromoter(args, EksApi(args.context, args.site, asking))
