from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from eng5_pipeline.report.encode import Json, document, encode

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)


@settings(max_examples=50)
@given(VALUES)
def test_what_is_written_reads_back_as_it_was(value: Json) -> None:
    assert json.loads(encode(value).encode("utf-8", "backslashreplace")) == value


@settings(max_examples=50)
@given(st.dictionaries(st.text(), VALUES, max_size=4), VALUES)
def test_a_document_holds_its_members_in_order(members: dict[str, Json], last: Json) -> None:
    told = json.loads(b"".join(document(members.items(), ("the last", last))))
    assert list(told.items()) == [*members.items(), ("the last", last)]


def test_a_decimal_keeps_its_digits() -> None:
    long = Decimal("0.1000000000000000000000000000000000001")
    assert json.loads(encode(long), parse_float=Decimal) == long


def test_a_list_that_is_made_while_it_is_written_has_a_line_for_each_entry() -> None:
    def entries() -> Iterator[Json]:
        yield {"a": 1}
        yield {"a": 2}

    written = b"".join(document([("entries", entries())], ("end", None)))
    assert written == b'{\n "entries": [\n  {"a": 1},\n  {"a": 2}\n ],\n "end": null\n}\n'


def test_an_empty_list_is_one() -> None:
    assert b'"entries": []' in b"".join(document([("entries", iter(()))], ("end", None)))


def test_a_file_name_that_is_not_utf8_is_escaped() -> None:
    name = b"\xe5sa.txt".decode("utf-8", "surrogateescape")
    assert json.loads(b"".join(document([], ("name", name)))) == {"name": name}
