"""Resource options, as the engine would understand them."""

from __future__ import annotations

import pulumi
from tests.support.programs import ROOT, Service, config_map, deployment, run

from modelyard.recorder import Graph

Options = pulumi.ResourceOptions


def test_protection_comes_down_from_the_parent() -> None:
    def program() -> None:
        Service("kept", Options(protect=True))
        deployment("loose")

    graph = run(program)
    assert {item.name for item in graph if item.protect} == {"kept", "kept-server", "kept-map"}


def test_a_child_may_refuse_its_parents_protection() -> None:
    def program() -> None:
        kept = Service("kept", Options(protect=True))
        deployment("loose", parent=kept, protect=False)

    (loose,) = run(program).named("loose")
    assert not loose.protect


def test_deleted_with_and_retention_come_down_too() -> None:
    def program() -> None:
        cluster = deployment("cluster")
        Service("inside", Options(deleted_with=cluster, retain_on_delete=True))

    (server,) = run(program).named("inside-server")
    assert server.deleted_with == f"{ROOT}kubernetes:apps/v1:Deployment::cluster"
    assert server.retain_on_delete


def test_other_options() -> None:
    timeouts = pulumi.CustomTimeouts(create="10m")

    def program() -> None:
        deployment(
            "one",
            ignore_changes=["spec.replicas"],
            replace_on_changes=["metadata.name"],
            delete_before_replace=True,
            custom_timeouts=timeouts,
            import_="demo/one",
            version="4.34.2",
        )

    (one,) = run(program).named("one")
    assert one.ignore_changes == ("spec.replicas",)
    assert one.replace_on_changes == ("metadata.name",)
    assert one.delete_before_replace
    assert one.custom_timeouts == {"create": "10m"}
    assert one.import_id == "demo/one"
    assert one.version == "4.34.2"


def test_aliases_are_whole_urns() -> None:
    def program() -> None:
        parent = Service("here")
        deployment("new", aliases=[pulumi.Alias(name="old")])
        deployment(
            "moved", parent=parent, aliases=[pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)]
        )
        deployment("typed", aliases=[pulumi.Alias(type_="kubernetes:apps/v1beta1:Deployment")])
        deployment("known", aliases=[f"{ROOT}a:b:C::known"])

    graph = run(program)
    assert _aliases(graph, "new") == (f"{ROOT}kubernetes:apps/v1:Deployment::old",)
    assert _aliases(graph, "moved") == (f"{ROOT}kubernetes:apps/v1:Deployment::moved",)
    assert _aliases(graph, "typed") == (f"{ROOT}kubernetes:apps/v1beta1:Deployment::typed",)
    assert _aliases(graph, "known") == (f"{ROOT}a:b:C::known",)


def test_a_renamed_parent_gives_its_children_aliases() -> None:
    def program() -> None:
        Service("new", Options(aliases=[pulumi.Alias(name="old")]))

    chain = "yard:workloads:Service$kubernetes:apps/v1:Deployment"
    assert _aliases(run(program), "new-server") == (f"{ROOT}{chain}::old-server",)


def test_a_read_resource_is_external() -> None:
    def program() -> None:
        token = "kubernetes:core/v1:ConfigMap"
        read = pulumi.CustomResource(token, "there", {}, Options(id="kube-system/there"))
        config_map("copy", {"from": read.id})

    graph = run(program)
    (there,) = graph.named("there")
    (copy,) = graph.named("copy")
    assert there.external
    assert copy.inputs["data"]["from"] == "kube-system/there"
    assert copy.dependencies == (there.urn,)


def _aliases(graph: Graph, name: str) -> tuple[str, ...]:
    (found,) = graph.named(name)
    return found.aliases
