"""How to reach Kafka, from the environment's names for it."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from eng5_pipeline.adapters.kafka.tls import TlsFiles
from eng5_pipeline.errors import UsageError

BOOTSTRAP_SECONDS = 10
REQUEST_SECONDS = 20
PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
NAME_AND_PASSWORD = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
MECHANISMS = (*NAME_AND_PASSWORD, "GSSAPI", "AWS_MSK_IAM")
_LOGIN = (
    "SASL_MECHANISM",
    "SASL_PLAIN_USERNAME",
    "SASL_PLAIN_PASSWORD",
    "SASL_KERBEROS_NAME",
    "SASL_KERBEROS_SERVICE_NAME",
    "SASL_KERBEROS_DOMAIN_NAME",
)


class Address(NamedTuple):
    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class KafkaSettings:
    """`login` holds SASL options under kafka-python's names; `api_version` is negotiated where it is None.

    A server that says nothing is given up after `answer_seconds`, a send `delivery_seconds` after it began, unknown
    whether it arrived. Partitions that are added and topics that are made anew are seen within `refresh_seconds`.
    """

    bootstrap: str
    api_version: tuple[int, ...] | None = None
    protocol: str = "PLAINTEXT"
    login: Mapping[str, str] = field(default_factory=dict, repr=False)
    tls_files: TlsFiles = field(default_factory=TlsFiles)
    answer_seconds: float = 4.0
    delivery_seconds: int = 60
    refresh_seconds: int = 30

    @classmethod
    def from_environment(cls, bootstrap: str, environment: Mapping[str, str]) -> KafkaSettings:
        """KAFKA_API_VERSION, KAFKA_SECURITY_PROTOCOL, KAFKA_SASL_* and KAFKA_SSL_*. Raises UsageError."""
        protocol = _one_of(PROTOCOLS, "KAFKA_SECURITY_PROTOCOL", environment) or "PLAINTEXT"
        return cls(
            bootstrap=bootstrap,
            api_version=_version(environment.get("KAFKA_API_VERSION", "")),
            protocol=protocol,
            login=_login(environment) if protocol.startswith("SASL") else {},
            tls_files=TlsFiles.from_environment(environment),
        )

    @property
    def servers(self) -> list[Address]:
        parts = [server.strip().rpartition(":") for server in self.bootstrap.split(",")]
        return [Address(host.strip("[]"), int(port)) for host, _, port in parts]

    def tls(self) -> ssl.SSLContext | None:
        """None where the connection is not encrypted. Raises ServiceFailed."""
        return self.tls_files.context() if self.protocol.endswith("SSL") else None

    def common(self) -> dict[str, Any]:
        """What consumer, producer and admin client share."""
        return {
            "bootstrap_servers": [str(server) for server in self.servers],
            "api_version": self.api_version,
            "bootstrap_timeout_ms": BOOTSTRAP_SECONDS * 1000,
            "request_timeout_ms": min(REQUEST_SECONDS, self.delivery_seconds // 2) * 1000,
            "reconnect_backoff_max_ms": 2_000,  # a broker that comes back is seen within seconds
            "metadata_max_age_ms": self.refresh_seconds * 1000,
            "client_id": "eng5-pipeline",
            "security_protocol": self.protocol,
            "ssl_context": self.tls(),
            **self.login,
        }


def _login(environment: Mapping[str, str]) -> dict[str, str]:
    mechanism = _one_of(MECHANISMS, "KAFKA_SASL_MECHANISM", environment)
    needed = ["KAFKA_SASL_MECHANISM"]
    if mechanism in NAME_AND_PASSWORD:
        needed += ["KAFKA_SASL_PLAIN_USERNAME", "KAFKA_SASL_PLAIN_PASSWORD"]
    missing = [name for name in needed if not environment.get(name)]
    if missing:
        raise UsageError(
            "variable-missing",
            f"{' and '.join(missing)}: not set, but KAFKA_SECURITY_PROTOCOL asks for a login",
            hint="set it, or KAFKA_SECURITY_PROTOCOL to PLAINTEXT or SSL",
        )
    return {name.lower(): environment[f"KAFKA_{name}"] for name in _LOGIN if environment.get(f"KAFKA_{name}")}


def _one_of(choices: tuple[str, ...], name: str, environment: Mapping[str, str]) -> str | None:
    text = environment.get(name, "").strip()
    if text and text not in choices:
        raise UsageError("variable-invalid", f"{name}: {text!r} is not known", hint=f"one of {', '.join(choices)}")
    return text or None


def _version(text: str) -> tuple[int, ...] | None:
    if not text.strip():
        return None
    parts = text.strip().split(".")
    if not all(part.isdecimal() for part in parts):
        raise UsageError("variable-invalid", f"KAFKA_API_VERSION: {text!r} is no version", hint="type it like 2.3")
    return tuple(int(part) for part in parts)
