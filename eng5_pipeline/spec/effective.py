"""The values a run goes by, and where each came from: option, else environment, else spec, else default."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from eng5_pipeline.errors import Differs, UsageError
from eng5_pipeline.spec.dump import Json, plain
from eng5_pipeline.spec.explain import explain
from eng5_pipeline.spec.loaded import LoadedSpec
from eng5_pipeline.spec.model import RunSpec
from eng5_pipeline.spec.secrets import is_secret_value
from eng5_pipeline.spec.source import Mistake
from eng5_pipeline.spec.tree import Tree

Source = Literal["default", "spec", "environment", "option"]
OptionValue = str | int | bool | Path | None

OPTIONS: Final[Mapping[str, str]] = {
    "--batch-id": "label",
    "--max-comparisons": "limits.max_comparisons",
    "--completion-timeout": "limits.completion_timeout",
    "--await-completion": "flags.await_completion",
    "--auto-extract-eng5-db": "flags.auto_extract_eng5_db",
    "--force-reupload": "flags.force_reupload",
    "--output-dir": "output",
    "--cj-service-url": "services.cj",
    "--content-service-url": "services.content",
    "--kafka-bootstrap": "services.kafka",
}
"""The key of the spec that each option overrides."""

VARIABLES: Final[Mapping[str, str]] = {
    "CJ_SERVICE_URL": "services.cj",
    "CONTENT_SERVICE_URL": "services.content",
    "KAFKA_BOOTSTRAP_SERVERS": "services.kafka",
}
"""The key of the spec that each variable of the environment overrides; an empty variable counts as unset."""


_EXTRACT: Final = "flags.auto_extract_eng5_db"
_AWAIT: Final = "flags.await_completion"


class Effective(BaseModel):
    """Every value of a run, and the source of each by dotted key. Frozen; `effective.json` is made of it.

    `spec.output` is relative to the spec's folder, or absolute. `inputs` are the lower-case sha256 of every file that
    was read, by its path relative to the spec; empty until they have been.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    spec: RunSpec
    sources: Mapping[str, Source]
    inputs: Mapping[str, str] = Field(default_factory=dict)

    def with_inputs(self, inputs: Mapping[str, str]) -> Effective:
        return self.model_copy(update={"inputs": dict(sorted(inputs.items()))})

    def rows(self) -> Iterator[tuple[str, Json, Source]]:
        """Key, value as JSON has it, source; in the order of the model."""
        data = plain(self.spec)
        return ((key, _at(data, key), self.sources[key]) for key in _keys(self.spec))

    def to_json(self) -> str:
        return self.model_dump_json(indent=2)

    @classmethod
    def from_json(cls, text: str | bytes) -> Effective:
        """The inverse of `to_json`; Differs where the text is not what that wrote."""
        try:
            return cls.model_validate_json(text)
        except ValidationError:
            raise Differs(
                "effective-damaged",
                "effective.json of this run is not as it was written",
                hint="restore the file from a copy; without it the run cannot go on",
            ) from None


@dataclass(frozen=True)
class _Change:
    """What somebody typed outside the spec."""

    name: str
    key: str
    value: Json
    source: Source

    def instead(self, advice: str) -> str:
        """The advice of a spec's key, as it is typed here."""
        found = re.fullmatch(rf"{self.key.rpartition('.')[2]}: (.*)", advice)
        if found is None:
            return advice
        return f"{self.name} {found[1]}" if self.source == "option" else f"{self.name}={found[1]}"


def from_spec(loaded: LoadedSpec) -> Effective:
    """The values of a spec alone."""
    sources: dict[str, Source] = {key: "spec" if key in loaded.positions else "default" for key in _keys(loaded.spec)}
    return Effective(spec=loaded.spec, sources=sources)


def apply(
    loaded: LoadedSpec, options: Mapping[str, OptionValue], environment: Mapping[str, str], *, here: Path
) -> Effective:
    """The spec with what the command line and the environment say.

    `options` by their names in OPTIONS, None where not given, a switch's opposite as False. `here` is what
    --output-dir is relative to. UsageError names the option or variable and what to type.
    """
    return override(from_spec(loaded), options, environment, here=here)


def override(
    effective: Effective, options: Mapping[str, OptionValue], environment: Mapping[str, str], *, here: Path
) -> Effective:
    """The same on values already effective, as `resume` needs it."""
    changes = [*_from_environment(environment), *_from_options(options, here)]
    data = plain(effective.spec)
    for change in changes:
        section, name = _parent(data, change.key)
        section[name] = change.value
    try:
        spec = RunSpec.model_validate(data)
    except ValidationError as errors:
        raise _refused(errors, changes) from None
    return Effective(spec=spec, sources={**effective.sources, **{change.key: change.source for change in changes}})


def _from_environment(environment: Mapping[str, str]) -> Iterator[_Change]:
    for name, key in VARIABLES.items():
        if environment.get(name):
            yield _change(name, key, environment[name], "environment")


def _from_options(options: Mapping[str, OptionValue], here: Path) -> Iterator[_Change]:
    for name, value in options.items():
        if value is not None:
            key = OPTIONS[name]
            shown = name if value is not False else name.replace("--", "--no-", 1)
            yield _change(shown, key, _typed(key, value, here), "option")


def _change(name: str, key: str, value: Json, source: Source) -> _Change:
    change = _Change(name, key, value, source)
    if isinstance(value, str) and is_secret_value(value):
        raise _wrong(change, "looks like a secret", "the same without user, password and token: these have variables")
    return change


def _typed(key: str, value: str | int | bool | Path, here: Path) -> Json:
    if key == "output":
        return Path(os.path.normpath(here / str(value))).as_posix() if str(value).strip() else ""
    if isinstance(value, str) and re.fullmatch("-?[0-9]{1,18}", value) and key == "limits.max_comparisons":
        return int(value)
    return str(value) if isinstance(value, Path) else value


def _refused(errors: ValidationError, changes: Sequence[_Change]) -> UsageError:
    """The first thing that makes valid values invalid, as it was typed."""
    for error in errors.errors():
        mistake = explain(error, Tree())
        if mistake and mistake.where == _EXTRACT:
            return _unawaited(mistake, changes)
        for change in reversed(changes):  # the last one is in force
            if mistake and change.key == mistake.where:
                return _wrong(change, mistake.what, change.instead(mistake.instead))
    raise AssertionError("valid values became invalid although nobody changed them")


def _unawaited(mistake: Mistake, changes: Sequence[_Change]) -> UsageError:
    change = next(change for change in changes if change.key in {_EXTRACT, _AWAIT})
    return _wrong(change, f"{_EXTRACT} {mistake.what}", "--await-completion, or --no-auto-extract-eng5-db")


def _wrong(change: _Change, what: str, instead: str) -> UsageError:
    reference = "option-invalid" if change.source == "option" else "variable-invalid"
    return UsageError(reference, f"{change.name}: {what}", hint=instead)


def _keys(section: BaseModel, above: str = "") -> Iterator[str]:
    """The dotted key of every value that is not a section; of a section that is absent, its own key."""
    for name in type(section).model_fields:
        value = getattr(section, name)
        yield from _keys(value, f"{above}{name}.") if isinstance(value, BaseModel) else [f"{above}{name}"]


def _parent(data: Json, key: str) -> tuple[dict[str, Json], str]:
    *sections, name = key.split(".")
    for section in sections:
        data = data[section] if isinstance(data, dict) else None
    if not isinstance(data, dict):
        raise KeyError(key)
    return data, name


def _at(data: Json, key: str) -> Json:
    section, name = _parent(data, key)
    return section[name]
