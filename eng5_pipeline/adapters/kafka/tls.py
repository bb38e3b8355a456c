"""TLS towards Kafka, from the files that the environment names."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

from eng5_pipeline.errors import ServiceFailed

_NO = ("false", "0", "no")


@dataclass(frozen=True)
class TlsFiles:
    """Paths of PEM files; without a CA file the system's authorities are trusted."""

    ca: str | None = None
    certificate: str | None = None
    key: str | None = None
    revoked: str | None = None
    password: str | None = field(default=None, repr=False)
    ciphers: str | None = None
    checks_hostname: bool = True

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> TlsFiles:
        """KAFKA_SSL_*, as kafka-python names them; what is empty counts as absent."""

        def named(name: str) -> str | None:
            return environment.get(f"KAFKA_SSL_{name}") or None

        return cls(
            ca=named("CAFILE"),
            certificate=named("CERTFILE"),
            key=named("KEYFILE"),
            revoked=named("CRLFILE"),
            password=named("PASSWORD"),
            ciphers=named("CIPHERS"),
            checks_hostname=(named("CHECK_HOSTNAME") or "true").strip().lower() not in _NO,
        )

    def context(self) -> ssl.SSLContext:
        """Raises ServiceFailed where a file cannot be used. The library itself fails on a CRL and ignores ciphers."""
        try:
            return self._context()
        except (OSError, ssl.SSLError) as error:
            named = ", ".join(filter(None, (self.ca, self.certificate, self.key, self.revoked)))
            raise ServiceFailed(
                "kafka-tls-files",
                f"TLS with Kafka cannot be set up from {named or self.ciphers}: {error.strerror or error}",
                hint="check KAFKA_SSL_CAFILE, KAFKA_SSL_CERTFILE and KAFKA_SSL_KEYFILE: PEM files that can be read",
            ) from error

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.ca)
        context.check_hostname = self.checks_hostname
        if self.certificate:
            context.load_cert_chain(self.certificate, self.key, self.password)
        if self.revoked:
            context.load_verify_locations(cafile=self.revoked)
            context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
        if self.ciphers:
            context.set_ciphers(self.ciphers)
        return context
