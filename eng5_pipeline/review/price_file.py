"""Tables of prices: the one that comes with the program, and one that a spec names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from importlib.resources import files
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from eng5_pipeline.domain.prices import Price, PriceTable
from eng5_pipeline.errors import Refused
from eng5_pipeline.spec.loaded import Position
from eng5_pipeline.spec.scalars import Ambiguous
from eng5_pipeline.spec.shape import dotted
from eng5_pipeline.spec.source import Mistake, Unreadable, decode, mend
from eng5_pipeline.spec.tree import Data, Tree
from eng5_pipeline.spec.yaml_nodes import NotYaml, compose

EXAMPLE = "as_of: 2026-03-21, then models: {name-of-the-model: {input: 3.00, output: 15.00}}"
LIST_PRICES = "list prices as of"


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    as_of: date
    models: Annotated[Mapping[str, Price], Field(min_length=1)]


def bundled_prices() -> PriceTable:
    raw = files("eng5_pipeline.review").joinpath("prices.yaml").read_bytes()
    return read_prices(raw, "the bundled prices", LIST_PRICES)


def read_prices(raw: bytes, name: str, source: str = "") -> PriceTable:
    """Raises Refused `prices-unreadable` at the first mistake; `name` is how the file is spoken of."""
    tree = Tree()
    try:
        text, mistakes = decode(raw)
        mended, unfit = mend(text)
        composed = compose(mended)
    except (Unreadable, NotYaml) as end:
        raise _unreadable(name, end.mistake) from None
    data = tree.read(composed.root) if composed.root is not None else None
    for mistake in (*mistakes, *unfit, *composed.mistakes, *tree.mistakes):
        raise _unreadable(name, mistake)
    try:
        read = _File.model_validate(_dated(data))
    except ValidationError as errors:
        raise _unreadable(name, next(_mistakes(errors, tree))) from None
    return PriceTable(source=source or f"{name}, as of", as_of=read.as_of, models=read.models)


def _dated(data: Data) -> Data:
    """A date without quotes is what is meant here, whatever readers of YAML make of it elsewhere."""
    if isinstance(data, dict) and isinstance(as_of := data.get("as_of"), Ambiguous):
        return {**data, "as_of": as_of.text}
    return data


def _mistakes(errors: ValidationError, tree: Tree) -> Iterator[Mistake]:
    for error in errors.errors(include_url=False):
        path = error["loc"]
        above = (path[:end] for end in range(len(path), -1, -1))
        at = next((tree.values[place] for place in above if place in tree.values), Position(1, 1))
        yield Mistake(at, dotted(path), error["msg"], "")


def _unreadable(name: str, mistake: Mistake) -> Refused:
    where = f"{mistake.where}: " if mistake.where else ""
    return Refused(
        "prices-unreadable",
        f"{name}:{mistake.at.line}:{mistake.at.column}: {where}{mistake.what}",
        hint=f"a table of prices is written so:  {EXAMPLE}",
    )
