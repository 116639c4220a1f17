"""KServe: InferenceService for predictive and embedding models, LLMInferenceService for LLMs.

KServe makes the pods, from runtimes that it brings; what stands around them is ours, so that a
model is reached, watched and kept apart in the same way whoever serves it. APIs v1beta1 and
v1alpha2 of release 0.20, in Standard mode: Deployments, no Knative.
"""

from __future__ import annotations

import pulumi

from modelyard.contracts.serving import ServingArgs
from modelyard.workloads.serving import endpoints
from modelyard.workloads.serving.kserve_llm import llm_engine, llm_inference_service
from modelyard.workloads.serving.kserve_predictor import inference_service, predictor_engine
from modelyard.workloads.serving.model_server import outputs
from modelyard.workloads.serving.realtime import scale, surroundings
from modelyard.workloads.serving.server import belongings, prepare


class KServeModel(pulumi.ComponentResource):
    """A predictive or embedding model as an InferenceService; KServe makes its HPA."""

    def __init__(
        self, name: str, args: ServingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:serving:KServeModel", name, None, opts)
        server = prepare(self, name, args, predictor_engine)
        belongings(server)
        server.objects.add(inference_service(server), after=[server.account.resource])
        surroundings(server)
        self.endpoint = endpoints.endpoint(args.model, args.model_plan, server.namespace.name)
        self.register_outputs(outputs(args, self.endpoint))


class KServeLlm(pulumi.ComponentResource):
    """A language model as an LLMInferenceService, scaled on the queue of its vLLM."""

    def __init__(
        self, name: str, args: ServingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:serving:KServeLlm", name, None, opts)
        server = prepare(self, name, args, llm_engine)
        belongings(server)
        server.objects.add(llm_inference_service(server), after=[server.account.resource])
        surroundings(server)
        # KServe leaves the number of replicas alone when its object does not say it.
        scale(server, f"{args.model.name}-kserve")
        self.endpoint = endpoints.endpoint(args.model, args.model_plan, server.namespace.name)
        self.register_outputs(outputs(args, self.endpoint))
