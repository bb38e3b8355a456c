"""Amounts and times as the page shows them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal


def usd(amount: Decimal) -> str:
    """Every digit that counts, two decimals at least: $0.00008."""
    digits = f"{amount:f}"
    whole, _, decimals = digits.partition(".")
    return f"${whole}.{decimals.rstrip('0').ljust(2, '0')}"


def theta(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}".replace("-", "\N{MINUS SIGN}")


def seconds(value: float | None) -> str:
    if value is None:
        return ""
    minutes, rest = divmod(value, 60)
    return f"{minutes:.0f} min {rest:.0f} s" if minutes else f"{rest:.1f} s"


def moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} {at.tzname() or ''}".rstrip()
