from __future__ import annotations

import json
from pathlib import Path

import pytest

from eng5_pipeline.sandbox.kept.store import Store

COLUMNS = json.loads((Path(__file__).parents[1] / "contracts/captures/cj_columns.json").read_text("utf-8"))


@pytest.mark.parametrize("table", COLUMNS)
def test_a_table_has_the_columns_of_cjs_own_in_their_order(table: str) -> None:
    with Store.open(":memory:") as store:
        assert [row["name"] for row in store.rows(f"PRAGMA table_info({table})")] == COLUMNS[table]
