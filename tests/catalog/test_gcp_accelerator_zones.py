"""Where Google Cloud has which accelerator: zones that there are, by names that GKE gives."""

from __future__ import annotations

import re

import pytest

from modelyard.catalog.accelerators import find
from modelyard.catalog.gcp_accelerator_zones import Offer, accelerator_zones
from modelyard.catalog.gcp_zones import gcp_zones
from modelyard.catalog.machines import machines

OFFERS = accelerator_zones()
EACH = pytest.mark.parametrize(("name", "offer"), OFFERS.items(), ids=list(OFFERS))


@EACH
def test_an_offer_is_of_an_accelerator_in_zones_of_the_catalog(name: str, offer: Offer) -> None:
    assert find(name)
    assert set(offer.zones) <= {zone for zones in gcp_zones().values() for zone in zones}
    assert len(set(offer.zones)) == len(offer.zones) > 0
    assert offer.source
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", offer.as_of)
    assert offer.confirmed or not offer.complete


def test_every_machine_of_google_s_is_offered_somewhere() -> None:
    assert {row.gke_type for row in machines("gcp")} == set(OFFERS)


def test_zones_of_a_region() -> None:
    assert OFFERS["nvidia-l4"].within("us-east4") == ("us-east4-a", "us-east4-c")
    assert OFFERS["nvidia-b200"].within("us-west4") == ()
