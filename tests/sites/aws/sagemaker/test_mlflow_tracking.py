"""MLflow by SageMaker: an app or a server, with a role that reaches its own artifacts alone."""

from __future__ import annotations

from tests.support.iam import Of, policies
from tests.support.sagemaker import hosted, only


def test_without_a_size_it_is_an_app() -> None:
    app = only(hosted("tracking: {engine: sagemaker}"), "mlflowApp:MlflowApp").inputs
    assert app["artifactStoreUri"] == "s3://yard/mlflow/"
    assert app["modelRegistrationMode"] == "AutoModelRegistrationDisabled"


def test_with_a_size_it_is_a_server() -> None:
    graph = hosted("tracking: {engine: sagemaker, size: medium}")
    server = only(graph, "mlflowTrackingServer:MlflowTrackingServer").inputs
    assert server["trackingServerSize"] == "Medium"
    assert not graph.of_type("aws:sagemaker/mlflowApp:MlflowApp")


def test_its_role_writes_nothing_but_its_artifacts() -> None:
    graph = hosted("tracking: {engine: sagemaker}", deployed=False)
    written = [
        resource
        for policy in policies(graph, Of.IDENTITY)
        for statement in policy.allowed
        if statement.can("s3:PutObject")
        for resource in statement.resources
    ]
    assert written == ["arn:aws:s3:::yard/mlflow/*"]
