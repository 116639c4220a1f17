"""Guards the pin of pulumi: what the recorder uses of its private side, by name and signature."""

from __future__ import annotations

import inspect
import tomllib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from pulumi import _types, _utils
from pulumi.runtime import resource, rpc, rpc_manager, settings, stack
from pulumi.runtime.proto import engine_pb2_grpc, resource_pb2, resource_pb2_grpc

from modelyard.recorder import source
from modelyard.recorder.log import Log
from modelyard.recorder.monitor import Monitor

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"

SIGNATURES: dict[str, tuple[Callable[..., Any], str]] = {
    "Settings": (
        settings.Settings.__init__,
        (
            "self project stack monitor engine parallel dry_run legacy_apply_enabled organization "
            "root_directory"
        ),
    ),
    "configure": (settings.configure, "settings"),
    "set_root_resource": (settings.set_root_resource, "root"),
    "run_in_stack": (stack.run_in_stack, "func"),
    "do_rpc": (rpc_manager.RPCManager.do_rpc, "self name rpc_function"),
    "clear": (rpc_manager.RPCManager.clear, "self"),
    "get_resource_module": (rpc.get_resource_module, "pkg mod version"),
    "get_resource_package": (rpc.get_resource_package, "pkg version"),
    "_raw_return_hints": (_types._raw_return_hints, "cls"),
    "_required_property_names": (_types._required_property_names, "cls"),
    "is_input_type": (_types.is_input_type, "cls"),
    "is_output_type": (_types.is_output_type, "cls"),
    "output_type_types": (_types.output_type_types, "output_type_cls"),
    "resource_types": (_types.resource_types, "resource_cls"),
}


def test_the_installed_version_is_the_pinned_one() -> None:
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    assert f"pulumi=={version('pulumi')}" in project["dependencies"]


@pytest.mark.parametrize(("function", "parameters"), SIGNATURES.values(), ids=SIGNATURES)
def test_signatures(function: Callable[..., Any], parameters: str) -> None:
    assert list(inspect.signature(function).parameters) == parameters.split()


def test_settings_are_context_properties() -> None:
    found = {
        name
        for name, value in vars(settings.Settings).items()
        if isinstance(value, _utils.ContextProperty)
    }
    assert found == {
        "rpc_manager",
        "lock",
        "outputs",
        "monitor",
        "engine",
        "organization",
        "project",
        "root_directory",
        "stack",
        "parallel",
        "dry_run",
        "legacy_apply_enabled",
        "monitor_features",
        "package_refs",
        "base_providers_by_ref",
        "callbacks",
    }
    assert all(hasattr(vars(settings.Settings)[name], "_data") for name in found)


def test_requests_run_in_the_task_that_carries_their_source() -> None:
    manager = rpc_manager.RPCManager()
    assert manager.do_rpc("x", lambda: None).__name__ == source.REQUEST  # type: ignore[attr-defined]
    assert manager.rpcs == []
    assert manager.unhandled_exception is None


def test_requests_are_answered_through_the_loops_executor() -> None:
    assert "run_in_executor" in inspect.getsource(resource.register_resource)
    assert "run_in_executor" in inspect.getsource(resource.read_resource)


def test_the_wires_markers() -> None:
    assert rpc.UNKNOWN == "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    names = (
        "_special_sig_key",
        "_special_secret_sig",
        "_special_asset_sig",
        "_special_archive_sig",
    )
    assert len({getattr(rpc, name) for name in names}) == 4


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        (
            resource_pb2.RegisterResourceRequest,
            (
                "type name parent custom object protect dependencies provider "
                "propertyDependencies deleteBeforeReplace version ignoreChanges "
                "additionalSecretOutputs importId customTimeouts remote replaceOnChanges "
                "retainOnDelete aliases deletedWith"
            ),
        ),
        (resource_pb2.RegisterResourceResponse, "urn id object"),
        (
            resource_pb2.ReadResourceRequest,
            "id type name parent properties dependencies provider version additionalSecretOutputs",
        ),
        (resource_pb2.ReadResourceResponse, "urn id properties"),
        (resource_pb2.RegisterResourceOutputsRequest, "urn outputs"),
        (resource_pb2.ResourceInvokeRequest, "tok args"),
        (resource_pb2.ResourceInvokeResponse, "return"),
    ],
    ids=lambda item: getattr(item, "__name__", ""),
)
def test_messages_have_the_fields_used(message: Any, fields: str) -> None:
    assert set(fields.split()) <= set(message.DESCRIPTOR.fields_by_name)


def test_what_children_inherit_can_be_left_unsaid() -> None:
    fields = resource_pb2.RegisterResourceRequest.DESCRIPTOR.fields_by_name
    assert fields["retainOnDelete"].has_presence


def test_no_new_kind_of_request_goes_unnoticed() -> None:
    methods = {name for name in vars(resource_pb2_grpc.ResourceMonitorServicer) if name[0] != "_"}
    # The SDK sends these only for features that the monitor says it does not have, or where
    # GetDeploymentInfo is missing.
    unanswered = {
        "SupportsFeature",
        "RegisterStackTransform",
        "RegisterStackInvokeTransform",
        "RegisterResourceHook",
        "RegisterErrorHook",
    }
    assert methods - unanswered == {name for name in vars(Monitor) if name[0].isupper()}
    engine = {name for name in vars(engine_pb2_grpc.EngineServicer) if name[0] != "_"}
    assert {name for name in vars(Log) if name[0].isupper()} <= engine
