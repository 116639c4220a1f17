"""What is known of charts that are told where their images are."""

from __future__ import annotations

import re

import pytest

from modelyard.catalog.charts import charts
from modelyard.catalog.mirrors import MirroredChart, mirrored_chart, mirrored_charts


@pytest.mark.parametrize("entry", mirrored_charts().values(), ids=lambda entry: entry.id)
def test_an_entry_is_whole(entry: MirroredChart) -> None:
    assert entry.id in charts()
    assert entry.keys or not charts()[entry.id].images
    assert entry.source.startswith("https://")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", entry.as_of)
    assert entry.confirmed


@pytest.mark.parametrize("entry", mirrored_charts().values(), ids=lambda entry: entry.id)
def test_a_key_says_the_registry_itself(entry: MirroredChart) -> None:
    """Docker Hub's name as well: what a mirror replaces is what stands before the first slash."""
    for key, there in entry.keys.items():
        assert re.fullmatch(r"[A-Za-z][\w-]*(\.[A-Za-z][\w-]*)+", key)
        assert re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+(/[\w.:@-]+)*", there)


@pytest.mark.parametrize("entry", mirrored_charts().values(), ids=lambda entry: entry.id)
def test_what_is_said_of_images_is_said_of_images_of_the_chart(entry: MirroredChart) -> None:
    names = {image.partition("@")[0].rpartition(":")[0] for image in charts()[entry.id].images}
    assert {*entry.by_system, *entry.licences} <= names


def test_an_unknown_chart_names_those_there_are() -> None:
    with pytest.raises(KeyError, match=r"no chart that is told its images 'litellm'.*keda"):
        mirrored_chart("litellm")
