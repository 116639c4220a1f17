"""What promotes on Google Cloud: runs in the cluster, or Vertex's registry."""

from __future__ import annotations

from modelyard.blueprint.site import GcpSite
from modelyard.contracts.promotion import Promoter, PromoterArgs
from modelyard.sites.kubernetes.promotion import ClusterPromoter


def open_promoter(args: PromoterArgs) -> Promoter:
    """Raises NotReadyError where Google's SDK is missing, or nobody is logged in."""
    from modelyard.sites.gcp.inventory import entered

    assert isinstance(args.site, GcpSite), args.site
    asking = entered(args.site)
    if args.engine == "vertex":
        from modelyard.sites.gcp.vertex.default_version import DefaultVersion

        return DefaultVersion(args, args.site, asking)
    from modelyard.sites.gcp.gke_api import GkeApi

    return ClusterPromoter(args, GkeApi(args.context, args.site, asking))
