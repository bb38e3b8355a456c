"""RunSpec -> plain data and YAML in one canonical form; `load` reads either back to the same value."""

from __future__ import annotations

from typing import Final, TypeAlias

import yaml

from eng5_pipeline.spec.model import RunSpec
from eng5_pipeline.spec.scalars import read_plain

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

_ENDLESS: Final = 2**31


class _Dumper(yaml.SafeDumper):
    """Quotes every text that some reader of YAML would not take for text, and never writes an alias."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if isinstance(read_plain(text), str) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _text)


def plain(spec: RunSpec) -> Json:
    """Every value, defaults included, as JSON has it: durations as text, costs as numbers."""
    data: Json = spec.model_dump(mode="json")
    return data


def dump(spec: RunSpec) -> str:
    """The spec as YAML with every key, in the order of the model."""
    return yaml.dump(plain(spec), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_ENDLESS)


def inline(value: Json) -> str:
    """A value as one line of YAML."""
    text = yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_ENDLESS, default_flow_style=True
    )
    return text.removesuffix("...\n").strip()
