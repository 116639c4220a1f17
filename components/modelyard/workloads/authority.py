"""The platform's own certificate authority. Its key is a secret of the stack, and nowhere else.

No site can sign anything: what is stolen with one is its own certificate, and no more. Certificates
last a year; an `up` in the last four months of one makes the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_tls as tls

from modelyard.contracts.authority import AuthorityArgs

_DAY = 24
_LASTS, _RENEWED = 365 * _DAY, 120 * _DAY
"""Hours that a certificate lasts, and those before its end in which an `up` makes the next."""
_DECADE, _IN_TIME = 3650 * _DAY, 730 * _DAY
"""The same of its own."""


class CertificateAuthority(pulumi.ComponentResource):
    """Signs for the gateways and the sites of one platform, and for nobody else."""

    def __init__(
        self, name: str, args: AuthorityArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("modelyard:authority:CertificateAuthority", name, None, opts)
        self._provider = tls.Provider(f"{name}-tls", opts=pulumi.ResourceOptions(parent=self))
        self._key = tls.PrivateKey(
            name, algorithm="ECDSA", ecdsa_curve="P384", opts=self._options(self)
        )
        made = tls.SelfSignedCert(
            name,
            private_key_pem=self._key.private_key_pem,
            subject={"common_name": args.context.scope},
            is_ca_certificate=True,
            max_path_length=0,
            set_subject_key_id=True,
            allowed_uses=["cert_signing", "crl_signing", "digital_signature"],
            validity_period_hours=_DECADE,
            early_renewal_hours=_IN_TIME,
            opts=self._options(self),
        )
        self.certificate = made.cert_pem
        self.register_outputs({"certificate": self.certificate})

    def server(
        self, name: str, hosts: Sequence[str], parent: pulumi.Resource
    ) -> Mapping[str, pulumi.Output[str]]:
        """A certificate for what answers under these host names, with its key."""
        return self._signed(name, hosts, "server_auth", parent)

    def client(
        self, name: str, host: str, parent: pulumi.Resource
    ) -> Mapping[str, pulumi.Output[str]]:
        """A certificate for who asks under this name, with its key."""
        return self._signed(name, [host], "client_auth", parent)

    def _signed(
        self, name: str, hosts: Sequence[str], use: str, parent: pulumi.Resource
    ) -> Mapping[str, pulumi.Output[str]]:
        options = self._options(parent)
        key = tls.PrivateKey(name, algorithm="ECDSA", ecdsa_curve="P256", opts=options)
        request = tls.CertRequest(
            name, private_key_pem=key.private_key_pem, dns_names=list(hosts), opts=options
        )
        made = tls.LocallySignedCert(
            name,
            cert_request_pem=request.cert_request_pem,
            ca_private_key_pem=self._key.private_key_pem,
            ca_cert_pem=self.certificate,
            allowed_uses=["digital_signature", use],
            validity_period_hours=_LASTS,
            early_renewal_hours=_RENEWED,
            opts=options,
        )
        pair = {"tls.crt": made.cert_pem, "tls.key": key.private_key_pem}
        return {**pair, "ca.crt": self.certificate}

    def _options(self, parent: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=parent, provider=self._provider)
