"""The forms a server takes: replicas and scaling, volumes, neighbours, nodes."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support import standins
from tests.support.serving import Yard, served

LLAMA = "hf://meta-llama/Llama-3.1-8B-Instruct"
GGUF = "hf://bartowski/Meta-Llama-3.1-8B-Instruct-GGUF"


def llm(serve: str = "engine: vllm", source: str = LLAMA, **given: Any) -> Yard:
    return served(f"[{{name: chat, type: llm, source: '{source}', serve: {{{serve}}}}}]", **given)


def predictive(serve: str = "engine: mlflow", extra: str = "", **given: Any) -> Yard:
    source = "models:/churn@champion"
    model = f"{{name: churn, type: predictive, source: '{source}', serve: {{{serve}}}{extra}}}"
    return served(f"[{model}]", **given)


def volume(yard: Yard, name: str, kind: str = "Deployment") -> dict[str, Any]:
    return next(v for v in yard.pod(kind)["volumes"] if v["name"] == name)


def test_a_fixed_number_of_replicas_is_not_scaled() -> None:
    yard = llm("engine: vllm, replicas: {min: 2, max: 2}")
    assert yard.one("Deployment")["spec"]["replicas"] == 2
    assert not yard.kinds() & {"ScaledObject", "HorizontalPodAutoscaler"}
    assert yard.one("PodDisruptionBudget")["spec"]["maxUnavailable"] == 1


def test_one_replica_has_no_disruption_budget() -> None:
    assert "PodDisruptionBudget" not in llm().kinds()


@pytest.mark.parametrize(
    ("engine", "metric"),
    [
        ("vllm", "vllm:num_requests_waiting"),
        ("tensorrt-llm", "trtllm_request_queue_time_seconds"),
    ],
)
def test_engines_that_tell_of_their_queue_are_scaled_on_it(engine: str, metric: str) -> None:
    yard = llm(f"engine: {engine}, replicas: {{min: 1, max: 4}}")
    spec = yard.one("ScaledObject")["spec"]
    assert (spec["minReplicaCount"], spec["maxReplicaCount"]) == (1, 4)
    trigger = spec["triggers"][0]["metadata"]
    assert metric in trigger["query"]
    assert 'namespace="yard-production",service="chat"' in trigger["query"]
    assert trigger["serverAddress"] == standins.Monitoring().prometheus.url
    assert "replicas" not in yard.one("Deployment")["spec"]


def test_llama_cpp_is_scaled_on_its_queue() -> None:
    yard = llm("engine: llama-cpp, concurrency: 10, replicas: {min: 1, max: 4}", GGUF)
    trigger = yard.one("ScaledObject")["spec"]["triggers"][0]
    assert "llamacpp:requests_deferred" in trigger["metadata"]["query"]
    assert trigger["metadata"]["threshold"] == "8"


def test_others_are_scaled_on_load() -> None:
    for yard in (
        predictive("engine: mlflow, replicas: {min: 2, max: 9}"),
        llm("engine: ollama, replicas: {min: 2, max: 9}", GGUF),
    ):
        spec = yard.one("HorizontalPodAutoscaler")["spec"]
        assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 9)
        assert spec["scaleTargetRef"]["name"] == yard.one("Deployment")["metadata"]["name"]


def test_a_queue_that_nobody_watches_is_an_error() -> None:
    with pytest.raises(LookupError, match="nothing watches"):
        llm("engine: vllm, replicas: {min: 1, max: 4}", monitoring=None)


def test_one_replica_keeps_its_weights() -> None:
    yard = llm("engine: vllm, cache: 60Gi")
    claim = yard.one("PersistentVolumeClaim")
    assert claim["spec"]["resources"]["requests"]["storage"] == "60Gi"
    assert claim["spec"]["storageClassName"] == "fast"
    held = volume(yard, "weights")["persistentVolumeClaim"]["claimName"]
    assert held == claim["metadata"]["name"]
    # The claim cannot be on two nodes, nor the accelerators in two pods.
    assert yard.one("Deployment")["spec"]["strategy"]["rollingUpdate"]["maxSurge"] == 0


def test_another_model_gets_another_claim() -> None:
    names = {
        llm().one("PersistentVolumeClaim")["metadata"]["name"],
        llm("engine: vllm, quantization: fp8").one("PersistentVolumeClaim")["metadata"]["name"],
        llm(source=f"{LLAMA}-AWQ").one("PersistentVolumeClaim")["metadata"]["name"],
    }
    assert len(names) == 3


def test_several_replicas_have_a_volume_each() -> None:
    yard = llm("engine: vllm, replicas: {min: 2, max: 2}")
    assert "PersistentVolumeClaim" not in yard.kinds()
    memory = yard.plan.model("chat").memory
    assert memory is not None
    template = volume(yard, "weights")["ephemeral"]["volumeClaimTemplate"]
    size = template["spec"]["resources"]["requests"]["storage"]
    assert 1.5 * memory.weights <= int(size.removesuffix("Gi")) < 1.5 * memory.weights + 1


def test_larger_weights_have_longer_to_load() -> None:
    def patience(yard: Yard) -> int:
        probe = yard.server()["startupProbe"]
        return probe["failureThreshold"] * probe["periodSeconds"]

    large = llm(source="hf://meta-llama/Llama-3.1-70B-Instruct")
    memory = large.plan.model("chat").memory
    assert memory is not None
    assert patience(large) >= 300 + 5 * memory.weights > patience(llm())


def test_requests_in_flight_are_finished() -> None:
    yard = llm()
    told = yard.server()["args"]
    timeout = int(told[told.index("--shutdown-timeout") + 1])
    drain = yard.server()["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert drain + timeout < yard.pod()["terminationGracePeriodSeconds"]


def test_what_the_blueprint_asks_for_wins() -> None:
    yard = predictive(
        "engine: mlflow, resources: {cpu: 3, memory: 5Gi}, "
        "env: {MLFLOW_TRACKING_URI: 'https://elsewhere', TOKEN: 'secret://own'}"
    )
    server = yard.server()
    assert server["resources"]["requests"] == {"cpu": "3", "memory": "5Gi"}
    own = {v["name"]: v for v in server["env"]}
    assert own["MLFLOW_TRACKING_URI"]["value"] == "https://elsewhere"
    assert own["TOKEN"]["valueFrom"] == {"secretKeyRef": {"name": "own", "key": "value"}}


def test_a_mirror_of_the_hub_is_for_those_who_fetch() -> None:
    yard = llm("engine: vllm, env: {HF_ENDPOINT: 'https://mirror.example'}")
    (fetching,) = yard.pod()["initContainers"]
    assert {"name": "HF_ENDPOINT", "value": "https://mirror.example"} in fetching["env"]


def test_only_what_is_exposed_is_routed() -> None:
    inside, outside = llm(), llm("engine: vllm, expose: gateway")
    assert inside.ingress.routes == []
    assert outside.ingress.routes == [("chat", "chat", 8000)]

    def admitted(yard: Yard) -> list[dict[str, Any]]:
        return yard.one("NetworkPolicy")["spec"]["ingress"][0]["from"]

    def proxy(yard: Yard) -> bool:
        return any(
            peer.get("podSelector", {}).get("matchLabels") == {"is": "proxy"}
            for peer in admitted(yard)
        )

    assert (proxy(inside), proxy(outside)) == (False, True)


def test_metrics_are_read_where_there_is_prometheus() -> None:
    monitor = llm().one("ServiceMonitor")
    assert monitor["metadata"]["labels"]["release"] == "yard"
    service = llm().one("Service")
    selected = monitor["spec"]["selector"]["matchLabels"].items()
    assert selected <= service["metadata"]["labels"].items()
    assert "ServiceMonitor" not in llm(monitoring=None).kinds()


def test_a_model_is_told_where_those_it_reads_answer() -> None:
    models = (
        "[{name: scorer, type: predictive, source: 'models:/s@champion', depends_on: [embed-it]}, "
        "{name: embed-it, type: embedding, source: 'hf://BAAI/bge-m3'}]"
    )
    yard = served(models, "scorer")
    upstream = served(models, "embed-it")
    told = {v["name"]: v.get("value") for v in yard.server()["env"]}
    assert told["MODELYARD_UPSTREAM_EMBED_IT_URL"] == upstream.component.endpoint.url
    peers = [
        peer["podSelector"]["matchLabels"]
        for rule in yard.one("NetworkPolicy")["spec"]["egress"]
        for peer in rule.get("to", [])
    ]
    labels = upstream.one("Deployment")["spec"]["template"]["metadata"]["labels"]
    assert any(peer.items() <= labels.items() for peer in peers)
    admitted = upstream.one("NetworkPolicy")["spec"]["ingress"][0]["from"]
    name = {"matchLabels": {"kubernetes.io/metadata.name": "yard-production"}}
    assert {"namespaceSelector": name} in admitted


def test_a_dependency_elsewhere_is_an_error() -> None:
    models = (
        "[{name: scorer, type: predictive, source: 'models:/s@champion', depends_on: [embed]}, "
        "{name: embed, type: embedding, source: 'hf://BAAI/bge-m3'}]"
    )
    with pytest.raises(LookupError, match="embed"):
        served(models, "scorer", models=())


def test_what_runs_a_team_s_code_may_read_features() -> None:
    yard = predictive(features=standins.Features())
    told = {v["name"]: v.get("value") for v in yard.server()["env"]}
    assert told["MODELYARD_FEATURES_URL"] == "http://feast.yard-platform.svc:6566"
    ports = [r["ports"][0]["port"] for r in yard.one("NetworkPolicy")["spec"]["egress"]]
    assert 6566 in ports


def test_an_edge_model_runs_on_its_nodes_and_answers_there() -> None:
    yard = llm("engine: ollama, mode: edge, nodes: {line: assembly}", GGUF)
    assert yard.pod("DaemonSet")["nodeSelector"]["line"] == "assembly"
    assert yard.one("Service")["spec"]["internalTrafficPolicy"] == "Local"
    assert "topologySpreadConstraints" not in yard.pod("DaemonSet")
    assert "ephemeral" in volume(yard, "weights", "DaemonSet")


def test_a_queued_run_names_its_queue() -> None:
    batch = "engine: vllm, mode: batch, input: 's3://yard/i.jsonl', output: 's3://yard/o.jsonl'"
    yard = llm(batch, gpu_pool=standins.GpuPool(queue="batch"))
    assert yard.one("Job")["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == "batch"
    nightly = llm(f"{batch}, schedule: '@daily'", gpu_pool=standins.GpuPool(queue="batch"))
    metadata = nightly.one("CronJob")["spec"]["jobTemplate"]["metadata"]
    assert metadata["labels"]["kueue.x-k8s.io/queue-name"] == "batch"
    assert "PersistentVolumeClaim" in nightly.kinds()


def test_what_a_site_lacks_is_said() -> None:
    with pytest.raises(LookupError, match="GPU pool"):
        llm(gpu_pool=None)
    with pytest.raises(LookupError, match="registry"):
        predictive(registry=None)
    with pytest.raises(LookupError, match="object store"):
        llm(
            "engine: vllm, mode: batch, input: 's3://yard/i.jsonl', output: 's3://yard/o.jsonl'",
            object_store=None,
        )


def test_an_edge_model_of_the_registry_is_kept_on_its_node() -> None:
    """A container that starts anew needs no registry; nor does one that finds its model there."""
    yard = predictive("engine: mlflow, mode: edge")
    spec = yard.one("DaemonSet")["spec"]["template"]["spec"]
    [fetching], [server] = spec["initContainers"], spec["containers"]
    assert fetching["command"][-1] == "models:/churn@champion"
    assert fetching["command"][2].startswith('test -f "$0/fetched" ||')
    folder = fetching["command"][3]
    assert server["args"][:2] == ["--model-uri", folder]
    mounted = [
        next(m["name"] for m in each["volumeMounts"] if folder.startswith(m["mountPath"] + "/"))
        for each in (fetching, server)
    ]
    assert mounted == ["weights", "weights"]
    assert {volume["name"]: volume for volume in spec["volumes"]}["weights"]["emptyDir"] == {}
