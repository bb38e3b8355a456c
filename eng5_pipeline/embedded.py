"""The embedded stack as a world to run in: its addresses and its key in the environment, the real ones out of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from eng5_pipeline import sandbox
from eng5_pipeline.durable import make_folder
from eng5_pipeline.errors import MachineFailed, ToolMissing, UsageError
from eng5_pipeline.run_folder import sandbox_state
from eng5_pipeline.sandbox.batch.feed_settings import BrokerAction
from eng5_pipeline.wiring.world import World

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
    """`variables` are what a shell would have to export, `notes` are for the person who started it.

    `command_broker` makes the broker misbehave, at once.
    """

    world: World
    variables: Mapping[str, str]
    notes: tuple[str, ...]
    alive: Callable[[], bool]
    command_broker: Callable[[BrokerAction], None]


@contextmanager
def embedded_stack(output: Path, world: World, options: sandbox.SandboxOptions | None = None) -> Iterator[Embedded]:
    """Runs while the block does; state stays in `output`/.sandbox."""
    state = sandbox_state(output)
    make_folder(state)
    with _started(state, options) as stack:
        variables = _variables(stack.addresses, state)
        environment = {**_without_the_real(world.environment), **variables}
        yield Embedded(
            world=replace(world, environment=environment, broker_ends=True),
            variables=variables,
            notes=stack.addresses.notes,
            alive=stack.alive,
            command_broker=stack.command_broker,
        )


def sandbox_options(here: Path, seed: Path | None, file: Path | None) -> sandbox.SandboxOptions:
    """What the file says; a seed that is named beside it comes before the file's own. Raises UsageError."""
    with _mistakes_told():
        options = sandbox.SandboxOptions() if file is None else sandbox.load_options(here / file)
    return options if seed is None else options.model_copy(update={"seed": here / seed})


@contextmanager
def _mistakes_told() -> Iterator[None]:
    try:
        yield
    except sandbox.SandboxFileInvalid as mistaken:
        what = "; ".join(f"{mistaken}".splitlines())
        raise UsageError("sandbox-file-invalid", what, hint="see docs/reference/sandbox.md") from mistaken


def _started(state: Path, options: sandbox.SandboxOptions | None) -> sandbox.Stack:
    try:
        with _mistakes_told():
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
