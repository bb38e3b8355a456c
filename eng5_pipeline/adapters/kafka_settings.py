"""How to reach Kafka, from the environment's names for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eng5_pipeline.errors import UsageError

BOOTSTRAP_SECONDS = 10
_TEXT = (
    "SECURITY_PROTOCOL",
    "SASL_MECHANISM",
    "SASL_PLAIN_USERNAME",
    "SASL_PLAIN_PASSWORD",
    "SASL_KERBEROS_NAME",
    "SASL_KERBEROS_SERVICE_NAME",
    "SASL_KERBEROS_DOMAIN_NAME",
    "SSL_CAFILE",
    "SSL_CERTFILE",
    "SSL_KEYFILE",
    "SSL_CRLFILE",
    "SSL_PASSWORD",
    "SSL_CIPHERS",
)
_YES_NO = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True)
class KafkaSettings:
    """`security` holds options under kafka-python's names; `api_version` is negotiated where it is None."""

    bootstrap: str
    api_version: tuple[int, ...] | None = None
    security: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def from_environment(cls, bootstrap: str, environment: Mapping[str, str]) -> KafkaSettings:
        """KAFKA_API_VERSION, KAFKA_SECURITY_PROTOCOL, KAFKA_SASL_* and KAFKA_SSL_*."""
        security: dict[str, Any] = {
            name.lower(): environment[f"KAFKA_{name}"] for name in _TEXT if environment.get(f"KAFKA_{name}")
        }
        checks_host = environment.get("KAFKA_SSL_CHECK_HOSTNAME", "").strip().lower()
        if checks_host:
            security["ssl_check_hostname"] = _YES_NO.get(checks_host, True)
        return cls(bootstrap, _version(environment.get("KAFKA_API_VERSION", "")), security)

    def common(self) -> dict[str, Any]:
        """What consumer, producer and admin client share."""
        return {
            "bootstrap_servers": [server.strip() for server in self.bootstrap.split(",")],
            "api_version": self.api_version,
            "bootstrap_timeout_ms": BOOTSTRAP_SECONDS * 1000,
            "request_timeout_ms": 20_000,
            "reconnect_backoff_max_ms": 2_000,  # a broker that comes back is seen within seconds
            "metadata_max_age_ms": 30_000,  # so are partitions that are added
            "client_id": "eng5-pipeline",
            **self.security,
        }


def _version(text: str) -> tuple[int, ...] | None:
    if not text.strip():
        return None
    parts = text.strip().split(".")
    if not all(part.isdecimal() for part in parts):
        raise UsageError("variable-invalid", f"KAFKA_API_VERSION: {text!r} is no version", hint="type it like 2.3")
    return tuple(int(part) for part in parts)
