"""A folder is fit for runs when a large one fits in."""

from __future__ import annotations

from pathlib import Path

import pytest

from eng5_pipeline.adapters.disk_space import free_bytes
from eng5_pipeline.errors import MachineFailed

ENOUGH = 256 * 1024 * 1024  # bytes


def test_a_large_run_may_need_256_mib(tmp_path: Path) -> None:
    assert free_bytes(tmp_path, lambda place: ENOUGH) == ENOUGH


def test_less_is_refused_with_what_is_left(tmp_path: Path) -> None:
    with pytest.raises(MachineFailed, match="has 255 MiB left, a large run may need 256") as low:
        free_bytes(tmp_path, lambda place: ENOUGH - 1)
    assert (low.value.reference, "free some space" in low.value.hint) == ("disk-low", True)
