"""The recorded graph: identity, references, order, determinism."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pulumi
import pytest
from tests.support.programs import ROOT, Service, config_map, deployment, platform, run

from modelyard.recorder import Graph, Mode, Resource
from modelyard.recorder.values import Secret

ROOT_FOLDER = Path(__file__).parents[2]
SERVER = (
    f"{ROOT}yard:sites:Room$yard:workloads:Service$kubernetes:apps/v1:Deployment"
    "::room-a-service-server"
)


def test_ten_runs_have_one_hash(graph: Graph) -> None:
    assert {run(platform).hash for _ in range(10)} == {graph.hash}


def test_other_processes_have_the_same_hash(graph: Graph) -> None:
    script = "from tests.support.programs import platform, run; print(run(platform).hash)"
    hashes = set()
    for seed in ("0", "1", "4711"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT_FOLDER)}
        done = subprocess.run(
            [sys.executable, "-c", script],
            env=environment,
            cwd=ROOT_FOLDER,
            capture_output=True,
            text=True,
            check=True,
        )
        hashes.add(done.stdout.strip())
    assert hashes == {graph.hash}


def test_the_hash_sees_every_value(graph: Graph) -> None:
    def other() -> None:
        platform()
        config_map("one-more", {}, provider=pulumi.ProviderResource("kubernetes", "other"))

    assert run(other).hash != graph.hash


def test_urns_carry_the_whole_chain_of_parents(graph: Graph) -> None:
    assert SERVER in graph
    assert f"{ROOT}yard:sites:Room::room-a" in graph
    assert f"{ROOT}pulumi:providers:kubernetes::cluster" in graph


def test_both_modes_give_the_same_urns_and_references() -> None:
    def shape(graph: Graph) -> list[object]:
        return [
            (item.urn, item.parent, item.provider, item.dependencies, item.property_dependencies)
            for item in graph
        ]

    assert shape(run(platform)) == shape(run(platform, mode=Mode.UPDATE))


def test_a_preview_shows_symbols_and_an_update_values() -> None:
    def address(mode: Mode) -> str:
        (found,) = run(platform, mode=mode).named("room-a-service-map")
        return found.inputs["data"]["server"]

    assert address(Mode.PREVIEW) == "${room-a-service-server.id}"
    assert address(Mode.UPDATE) == "room-a-service-server-id"


def test_parents_and_children(graph: Graph) -> None:
    (room,) = graph.named("room-a")
    (service,) = graph.children(room.urn)
    assert room.parent is None
    assert service.parent == room.urn
    assert {child.name for child in graph.children(service.urn)} == {
        "room-a-service-server",
        "room-a-service-map",
    }
    assert room in graph.children()


def test_dependencies_through_outputs(graph: Graph) -> None:
    (found,) = graph.named("room-a-service-map")
    assert found.dependencies == (SERVER,)
    assert found.property_dependencies == {"data": (SERVER,)}


def test_depends_on_a_component_means_its_children(graph: Graph) -> None:
    (found,) = graph.named("directory")
    of_room_c = {urn for urn in found.dependencies if urn.partition("::room-c")[1]}
    assert {urn.rpartition("::")[2] for urn in of_room_c} == {
        "room-c-service-map",
        "room-c-service-server",
    }


def test_the_explicit_provider_is_recorded_and_inherited(graph: Graph) -> None:
    provider = f"{ROOT}pulumi:providers:kubernetes::cluster"
    assert {item.provider for item in graph if item.custom} == {provider, None}
    assert graph[SERVER].provider == provider
    assert [item.name for item in graph if item.custom and not item.provider] == ["cluster"]


def test_what_is_needed_comes_first(graph: Graph) -> None:
    place = {item.urn: index for index, item in enumerate(graph)}
    for item in graph:
        assert all(place[urn] < place[item.urn] for urn in item.needs())


def test_equal_resources_go_by_urn() -> None:
    def names(order: str) -> list[str]:
        return [item.name for item in run(lambda: [deployment(letter) for letter in order])]

    assert names("cab") == names("bca") == ["a", "b", "c"]


def test_a_circle_is_an_error_not_a_loop() -> None:
    one = Resource(urn="one", type="t", name="one", custom=True, dependencies=("two",))
    two = Resource(urn="two", type="t", name="two", custom=True, dependencies=("one",))
    with pytest.raises(ValueError, match="one, two"):
        Graph.of("p", "s", [one, two], {})


def test_outputs_of_stack_and_components(graph: Graph) -> None:
    assert graph.outputs == {"first": "${room-c-service-server.id}"}
    (service,) = graph.named("room-b-service")
    assert service.outputs == {"server": "${room-b-service-server.id}"}
    assert graph[SERVER].outputs is None


def test_the_source_is_the_line_that_made_it() -> None:
    def program() -> None:
        Service("one")

    (server,) = run(program).named("one-server")
    assert server.source is not None
    file, _, line = server.source.rpartition(":")
    text = Path(file).read_text(encoding="utf-8").splitlines()[int(line) - 1]
    assert "pulumi.CustomResource(" in text


def test_what_makes_objects_for_others_is_not_the_source() -> None:
    factory: dict[str, object] = {"__name__": "modelyard.objects.pod"}
    source = "import pulumi\ndef pod(): return pulumi.CustomResource('yard:x:Pod', 'pod', {})"
    exec(compile(source, "pod.py", "exec"), factory)

    def program() -> None:
        factory["pod"]()  # type: ignore[operator]

    (pod,) = run(program).named("pod")
    assert pod.source is not None
    assert "test_graph.py:" in pod.source


def test_maps_are_in_the_order_of_their_keys() -> None:
    def program() -> None:
        config_map("map", {key: {"z": "1", "a": "2"} for key in ("c", "a", "b")})

    (found,) = run(program).named("map")
    assert list(found.inputs) == ["apiVersion", "data", "kind", "metadata"]
    assert list(found.inputs["data"]) == ["a", "b", "c"]
    assert list(found.inputs["data"]["c"]) == ["a", "z"]


def test_it_is_plain_json(graph: Graph) -> None:
    content = json.loads(json.dumps(graph.to_json()))
    assert content["project"] == "yard"
    assert len(content["resources"]) == len(graph)
    assert content["resources"][0]["urn"] == graph.resources[0].urn


def test_what_was_written_is_read_again(graph: Graph) -> None:
    content = json.loads(json.dumps(graph.to_json()))
    again = Graph.from_json(content)
    assert again.hash == graph.hash
    assert [each.needs() for each in again] == [each.needs() for each in graph]
    assert Graph.from_json(content) == again


def test_another_releases_graph_is_read_as_far_as_it_is_known(graph: Graph) -> None:
    content = graph.to_json()
    for resource in content["resources"]:
        resource["invented_later"] = True
        del resource["custom_timeouts"]
    assert Graph.from_json(content).hash == graph.hash


def test_a_secret_stays_one() -> None:
    kept = Resource(urn="a", type="t", name="n", custom=True, inputs={"x": ["[secret]", "y"]})
    again = Resource.from_json(kept.to_json())
    assert again.inputs == {"x": [Secret(), "y"]}
    assert again.to_json() == kept.to_json()


def test_the_graphs_types_need_no_pulumi() -> None:
    script = "import sys, modelyard.recorder.graph; sys.exit('pulumi' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_numbers_stay_whole(graph: Graph) -> None:
    replicas = graph[SERVER].inputs["spec"]["replicas"]
    assert replicas == 2
    assert isinstance(replicas, int)
