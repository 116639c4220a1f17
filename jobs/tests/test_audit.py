"""A trail that only grows, and everything that can be done to it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from servers import object_store

from modelyard_jobs.audit import Act, Trail, digest_of
from modelyard_jobs.errors import Unavailable


def act(number: int, event: str = "promoted") -> Act:
    return Act(
        event=event,
        model="churn",
        alias="champion",
        before=str(number - 1) if number > 1 else None,
        after=str(number),
        by="ann@acme.example",
        run=f"promote-{number}",
    )


@pytest.fixture
def trail(tmp_path: Path) -> Trail:
    """Three promotions."""
    made = Trail(str(tmp_path), "churn")
    for number in (1, 2, 3):
        made.append(act(number))
    return made


def test_it_holds(trail: Trail) -> None:
    assert trail.wrong() == []
    assert trail.wrong(trail.head()) == []
    assert [record.sequence for record in trail.records()] == [1, 2, 3]


def test_an_empty_one_holds_where_nothing_was_written(tmp_path: Path) -> None:
    empty = Trail(str(tmp_path), "churn")
    assert empty.wrong() == []
    assert empty.head() is None
    assert empty.wrong("0" * 64) == ["the newest record is not the one that was last written"]


def test_a_run_that_is_tried_again_writes_nothing_anew(trail: Trail) -> None:
    trail.append(act(4))
    again = trail.append(act(2))
    assert again.sequence == 2
    assert len(trail.records()) == 4


def test_models_have_trails_of_their_own(trail: Trail, tmp_path: Path) -> None:
    assert Trail(str(tmp_path), "other").append(act(1)).previous is None


def test_a_change_is_seen(trail: Trail, tmp_path: Path) -> None:
    path = tmp_path / "churn" / "00000002.json"
    path.write_text(path.read_text().replace("ann@", "bob@"))
    assert trail.wrong() == ["record 3 does not follow from the one before it: that was changed"]


def test_a_change_of_the_newest_is_seen_by_the_head(trail: Trail, tmp_path: Path) -> None:
    head = trail.head()
    path = tmp_path / "churn" / "00000003.json"
    path.write_text(path.read_text().replace("ann@", "bob@"))
    assert trail.wrong() == []
    assert trail.wrong(head) == ["the newest record is not the one that was last written"]


def test_a_gap_is_seen(trail: Trail, tmp_path: Path) -> None:
    (tmp_path / "churn" / "00000002.json").unlink()
    assert len(trail.wrong()) == 2
    assert "one is missing" in trail.wrong()[0]


def test_a_missing_end_is_seen_by_the_head(trail: Trail, tmp_path: Path) -> None:
    head = trail.head()
    (tmp_path / "churn" / "00000003.json").unlink()
    assert trail.wrong(head) == ["the newest record is not the one that was last written"]


def test_a_record_slipped_in_is_seen(trail: Trail, tmp_path: Path) -> None:
    third = json.loads((tmp_path / "churn" / "00000003.json").read_text())
    (tmp_path / "churn" / "00000004.json").write_text(json.dumps(third))
    assert any("stands where 4 should" in each for each in trail.wrong())
    (tmp_path / "churn" / "00000004.json").write_text("{}")
    assert "record 4 is not one" in trail.wrong()


def test_many_at_once_make_one_chain(tmp_path: Path) -> None:
    def write(number: int) -> None:
        Trail(str(tmp_path), "churn").append(act(number))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(1, 9)))
    trail = Trail(str(tmp_path), "churn")
    assert trail.wrong() == []
    assert {record.act.after for record in trail.records()} == set(map(str, range(1, 9)))


def test_nothing_is_written_over(trail: Trail, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in (tmp_path / "churn").iterdir()}
    trail.append(act(4))
    assert {path: path.read_bytes() for path in before} == before


def test_nothing_is_added_to_what_does_not_hold(trail: Trail, tmp_path: Path) -> None:
    (tmp_path / "churn" / "00000002.json").unlink()
    with pytest.raises(Unavailable, match="does not hold"):
        trail.append(act(4))


def test_it_is_the_same_in_an_object_store(monkeypatch: pytest.MonkeyPatch) -> None:
    with object_store("records", monkeypatch):
        kept, late = (Trail("s3://records/audit", "churn") for _ in range(2))
        kept.append(act(1))
        assert late.append(act(2)).sequence == 2
        record = kept.records()[0]
        assert not late._created(record)
        assert kept.wrong(late.head()) == []
        assert Trail("s3://records/audit", "churn").append(act(1)) == record


def test_the_order_of_keys_does_not_matter_for_a_digest() -> None:
    assert digest_of({"a": 1, "b": [2]}) == digest_of({"b": [2], "a": 1})
