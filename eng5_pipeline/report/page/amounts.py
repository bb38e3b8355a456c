"""Amounts and times as the page shows them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

MINUS = "\N{MINUS SIGN}"


def usd(amount: Decimal) -> str:
    """Every digit that counts, two decimals at least: $0.00008."""
    digits = f"{amount:f}"
    whole, _, decimals = digits.partition(".")
    return f"${whole}.{decimals.rstrip('0').ljust(2, '0')}"


def usd_about(amount: float) -> str:
    """Three digits that count, two decimals at least."""
    return usd(Decimal(f"{amount:.3g}"))


def theta(value: float | None) -> str:
    return decimals(value, 3)


def decimals(value: float | None, places: int = 2) -> str:
    return "" if value is None else f"{value:.{places}f}".replace("-", MINUS)


def percent(share: float | None) -> str:
    return "" if share is None else f"{share * 100:.0f} %"


def about(value: float) -> str:
    """One decimal where there is one."""
    return f"{value:.1f}".removesuffix(".0")


def seconds(value: float | None) -> str:
    if value is None:
        return ""
    minutes, rest = divmod(value, 60)
    return f"{minutes:.0f} min {rest:.0f} s" if minutes else f"{rest:.1f} s"


def moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} {at.tzname() or ''}".rstrip()
