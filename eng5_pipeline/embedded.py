"""The embedded stack as a world to run in: its addresses and its key in the environment, the real ones out of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from eng5_pipeline import sandbox
from eng5_pipeline.durable import make_folder
from eng5_pipeline.errors import MachineFailed, ToolMissing
from eng5_pipeline.run_folder import sandbox_state
from eng5_pipeline.wiring import World

# What leads to the real platform, or says how to reach it, must not reach into the embedded one.
_HIDDEN_PREFIXES = ("KAFKA_SASL_", "KAFKA_SSL_")
_HIDDEN = frozenset(
    {
        "KAFKA_SECURITY_PROTOCOL",
        "HULEEDU_SERVICE_ACCOUNT_TOKEN",
        "HULEEDU_ADMIN_TOKEN",
        "CJ_ADMIN_TOKEN",
        "ENVIRONMENT",
        "HULEEDU_ENVIRONMENT",
    }
)


@dataclass(frozen=True)
class Embedded:
    """`variables` are what a shell would have to export, `notes` are for the person who started it."""

    world: World
    variables: Mapping[str, str]
    notes: tuple[str, ...]
    alive: Callable[[], bool]


@contextmanager
def embedded_stack(output: Path, world: World, options: sandbox.SandboxOptions | None = None) -> Iterator[Embedded]:
    """Runs while the block does; state stays in `output`/.sandbox."""
    state = sandbox_state(output)
    make_folder(state)
    with _started(state, options) as stack:
        variables = _variables(stack.addresses, state)
        environment = {**_without_the_real(world.environment), **variables}
        yield Embedded(replace(world, environment=environment), variables, stack.addresses.notes, stack.alive)


def _started(state: Path, options: sandbox.SandboxOptions | None) -> sandbox.Stack:
    try:
        return sandbox.start(state, options)
    except sandbox.NotInstalled as missing:
        raise ToolMissing(
            "sandbox-not-installed", str(missing), hint='install it:  pip install "eng5-pipeline[sandbox]"'
        ) from missing
    except sandbox.Held as held:
        raise MachineFailed(
            "sandbox-held", f"{held}", hint="stop that one, or use it: export what it printed and leave out --sandbox"
        ) from held
    except sandbox.StartFailed as failed:
        raise MachineFailed("sandbox-not-started", f"{failed}", hint=f"see the logs in {state}") from failed
    except OSError as error:
        raise MachineFailed("sandbox-not-started", f"{state}: {error}", hint="choose --output-dir") from error


def _variables(addresses: sandbox.Addresses, state: Path) -> dict[str, str]:
    return {
        "CJ_SERVICE_URL": addresses.cj_url,
        "CONTENT_SERVICE_URL": addresses.content_url,
        "KAFKA_BOOTSTRAP_SERVERS": addresses.kafka_bootstrap,
        "KAFKA_API_VERSION": addresses.kafka_api_version,
        "JWT_SECRET_KEY": addresses.jwt_secret,
        "ENG5_CJ_DATABASE_URL": addresses.database_url,
        "CJ_ADMIN_TOKEN_PATH": str(state / "no-token.json"),  # so that a real token is never sent to it
    }


def _without_the_real(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environment.items()
        if name not in _HIDDEN and not name.startswith(_HIDDEN_PREFIXES)
    }
