"""Where packets go: private subnets through NAT or nowhere, data subnets nowhere at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi

from modelyard.blueprint.cloud import CloudNetwork
from modelyard.objects.cloud import CloudResource

_EVERYWHERE = "0.0.0.0/0"


class Routes:
    """The route tables of one network, and the gateways they lead to."""

    def __init__(
        self,
        parent: pulumi.Resource,
        name: str,
        network: CloudNetwork,
        vpc: CloudResource,
        subnets: Mapping[str, Sequence[CloudResource]],
    ) -> None:
        self._name, self._network, self._vpc = name, network, vpc
        self._options = pulumi.ResourceOptions(parent=parent)
        self.tables: list[pulumi.Output[str]] = []
        """Ids of the tables of everything private."""
        gateways = self._public(subnets["public"]) if subnets["public"] else []
        for position, subnet in enumerate(subnets["private"]):
            gateway = gateways[min(position, len(gateways) - 1)] if gateways else None
            self.tables.append(self._private(f"private-{position}", [subnet], gateway).id)
        self.ordinary = list(self.tables)
        """Those of the private subnets; what rests in data subnets is for this network alone."""
        self.tables.append(self._private("data", subnets["data"], None).id)

    def _public(self, subnets: Sequence[CloudResource]) -> list[CloudResource]:
        """The internet gateway with its table; returns the NAT gateways that use it."""
        inputs = {"vpcId": self._vpc.id}
        gateway = self._add("ec2/internetGateway:InternetGateway", "", inputs)
        table = self._table("public", subnets)
        self._route("public", table, {"gatewayId": gateway.id})
        count = {"none": 0, "single": 1, "per-zone": len(subnets)}[self._network.nat]
        return [self._nat(n, subnet, gateway) for n, subnet in enumerate(subnets[:count])]

    def _nat(self, number: int, subnet: CloudResource, gateway: CloudResource) -> CloudResource:
        address = self._add("ec2/eip:Eip", f"nat-{number}", {"domain": "vpc"}, after=[gateway])
        inputs = {"allocationId": address.id, "subnetId": subnet.id}
        return self._add("ec2/natGateway:NatGateway", f"nat-{number}", inputs, after=[gateway])

    def _private(
        self, part: str, subnets: Sequence[CloudResource], gateway: CloudResource | None
    ) -> CloudResource:
        table = self._table(part, subnets)
        if gateway is not None:
            self._route(part, table, {"natGatewayId": gateway.id})
        return table

    def _table(self, part: str, subnets: Sequence[CloudResource]) -> CloudResource:
        table = self._add("ec2/routeTable:RouteTable", part, {"vpcId": self._vpc.id})
        for position, subnet in enumerate(subnets):
            inputs = {"routeTableId": table.id, "subnetId": subnet.id}
            name = f"{part}-{position}"
            self._add("ec2/routeTableAssociation:RouteTableAssociation", name, inputs)
        return table

    def _route(self, part: str, table: CloudResource, to: Mapping[str, pulumi.Input[str]]) -> None:
        inputs = {"routeTableId": table.id, "destinationCidrBlock": _EVERYWHERE, **to}
        self._add("ec2/route:Route", part, inputs)

    def _add(
        self,
        kind: str,
        part: str,
        inputs: Mapping[str, object],
        after: Sequence[pulumi.Resource] = (),
    ) -> CloudResource:
        name = f"{self._name}-{part}" if part else self._name
        options = pulumi.ResourceOptions.merge(
            self._options, pulumi.ResourceOptions(depends_on=list(after))
        )
        return CloudResource(f"aws:{kind}", name, inputs, options, outputs={})
