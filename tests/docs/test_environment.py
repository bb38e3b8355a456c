"""docs/reference/environment.md names every variable that is asked for, and none that is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from eng5_pipeline.adapters.auth.credential import find_credential
from eng5_pipeline.adapters.auth.token import Requester
from eng5_pipeline.adapters.kafka.settings import KafkaSettings
from eng5_pipeline.extract_db.address import address_in
from eng5_pipeline.extract_db.failures import Failure
from eng5_pipeline.spec.effective import VARIABLES
from eng5_pipeline.wiring.outside import without_secrets
from tests.docs import markdown

PAGE = "reference/environment.md"
CONSOLE = {"NO_COLOR", "TERM", "COLUMNS"}
NOW = datetime(2026, 11, 22, tzinfo=UTC)


class Asked(Mapping[str, str]):
    """An environment that remembers which names it was asked for."""

    def __init__(self, **known: str) -> None:
        self.known, self.names = known, set[str]()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        return self.known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)


LOGIN = Asked(
    KAFKA_SECURITY_PROTOCOL="SASL_SSL",
    KAFKA_SASL_MECHANISM="PLAIN",
    KAFKA_SASL_PLAIN_USERNAME="u",
    KAFKA_SASL_PLAIN_PASSWORD="p",
)


def asked() -> set[str]:
    token, database, parts = Asked(JWT_SECRET_KEY="s" * 32), Asked(), Asked(HULEEDU_DB_USER="u")
    KafkaSettings.from_environment("a:1", LOGIN)
    find_credential(token, Path("/nobody"), NOW, mint_for=Requester(subject="x", organisation=None))
    with pytest.raises(Failure):
        address_in(database)
    address_in(parts)
    return {*VARIABLES, *LOGIN.names, *token.names, *database.names, *parts.names, *CONSOLE}


def test_every_variable_has_its_row() -> None:
    assert sorted(asked() - set(markdown.first_names(PAGE, "variable"))) == []


def test_no_row_is_of_a_variable_that_nobody_asks_for() -> None:
    assert sorted(set(markdown.first_names(PAGE, "variable")) - asked()) == []


def test_what_is_kept_from_the_extraction_is_named() -> None:
    everything = dict.fromkeys(markdown.first_names(PAGE, "variable"), "x")
    kept_back = everything.keys() - without_secrets(everything).keys()
    told = markdown.read(PAGE).split("gets the whole environment but")[1].split("\n\n")[0]
    tokens = {name for name in kept_back if name.endswith("_TOKEN")}
    assert set(markdown.names(told)) | tokens == kept_back
    assert len(tokens) == 3
