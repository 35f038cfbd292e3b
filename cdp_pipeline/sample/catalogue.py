"""The assortment and its prices: what can be bought, by whom it is made, what it costs in which currency."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa

from cdp_pipeline.engine import Engine
from cdp_pipeline.sample.clock import FIRST_CLOSE
from cdp_pipeline.sample.columns import Column, Floats, Ints, chance, store_columns
from cdp_pipeline.sample.pools import POOLS, stream
from cdp_pipeline.sample.season import DAY, HISTORY_DAYS

CURRENCIES = ("EUR", "CHF", "GBP", "USD", "PLN")  # in złoty nobody pays: there is a rate alone
_CURRENCY_OF = {"CH": 1, "GB": 2, "US": 3}
_PRICE_FACTOR = (1.0, 1.05, 0.90, 1.20)
_EUR_RATE = (1.0, 0.955, 0.852, 1.095, 4.270)  # units per euro, about which the daily rates wander
_DAILY_CHANGE = 0.003

TASTE_SHARE = 0.55  # of a buyer's articles lie in the favourite category
BRAND_SHARE = 0.5  # of those are of the favourite brand
_SPRING, _ADVENT = (3, 4, 5), (11, 12)
_IN_SEASON = 4.0  # how many times as often garden goods sell in spring, and gifts in Advent
NEW_ON_NIGHT_2 = ("GRD-008", "Rankhilfe Haselnuss", "Garden", "Gartenglück", 990)
GONE_ON_NIGHT_3, DEARER_ON_NIGHT_2 = "CAL-026", "COF-250"


@dataclass(frozen=True)
class Catalogue:
    """The articles, sorted by category and brand, so that each of both is one stretch of positions."""

    sku: Column
    name: Column
    category: Column
    brand: Column
    unit_cost_cents: Ints
    price_cents: Ints
    """By currency that somebody pays in (the first of CURRENCIES) and product."""
    category_start: Ints
    brand_start: Ints
    category_of_brand: Ints

    @property
    def size(self) -> int:
        """The number of articles."""
        return len(self.sku)


@cache
def load_catalogue() -> Catalogue:
    """Read the assortment of this package."""
    with (POOLS / "catalogue.csv").open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: (row["category"], row["brand"], row["sku"]))
    text = {name: np.array([row[name] for row in rows], dtype=object) for name in rows[0]}
    euros = np.array([int(row["price_cents"]) for row in rows])
    foreign = [np.round(euros * factor / 100).astype(np.int64) * 100 + 90 for factor in _PRICE_FACTOR[1:]]
    labels = [(row["category"], row["brand"]) for row in rows]
    brand_start = [i for i, label in enumerate(labels) if i == 0 or label != labels[i - 1]]
    category_start = [i for i, (name, _) in enumerate(labels) if i == 0 or name != labels[i - 1][0]]
    return Catalogue(
        sku=text["sku"],
        name=text["name"],
        category=text["category"],
        brand=text["brand"],
        unit_cost_cents=np.array([int(row["unit_cost_cents"]) for row in rows]),
        price_cents=np.stack([euros, *foreign]),
        category_start=np.array([*category_start, len(rows)]),
        brand_start=np.array([*brand_start, len(rows)]),
        category_of_brand=np.searchsorted(category_start, brand_start, side="right") - 1,
    )


def currency_of(country: Column) -> Ints:
    """Return the currency (position in CURRENCIES) in which the people of a country pay."""
    found = np.zeros(len(country), dtype=np.int64)
    for code, currency in _CURRENCY_OF.items():
        found[country == code] = currency
    return found


def draw_products(rng: np.random.Generator, favourite: Ints, brand: Ints, month: Ints) -> Ints:
    """Draw an article for each entry: often by taste, else by what sells in that month (1 to 12).

    Args:
        favourite: category that the buyer prefers, or -1.
        brand: brand that the buyer prefers within it (position in `brand_start`).
    """
    goods = load_catalogue()
    size = len(favourite)
    is_taste = (favourite >= 0) & chance(rng, TASTE_SHARE, size)
    is_brand = is_taste & chance(rng, BRAND_SHARE, size)
    general = (_sold_until()[month] < rng.random(size)[:, None]).sum(axis=1)
    category = np.where(is_taste, favourite, general)
    first = np.where(is_brand, goods.brand_start[brand], goods.category_start[category])
    stop = np.where(is_brand, goods.brand_start[brand + 1], goods.category_start[category + 1])
    drawn: Ints = first + (rng.random(size) * (stop - first)).astype(np.int64)
    return drawn


@cache
def _sold_until() -> Floats:
    """Return by month the share of articles sold from each category and the ones before it."""
    goods = load_catalogue()
    names = list(goods.category[goods.category_start[:-1]])
    weight = np.tile(np.diff(goods.category_start).astype(float), (13, 1))
    for months, name in ((_SPRING, "Garden"), (_ADVENT, "Gifts")):
        weight[list(months), names.index(name)] *= _IN_SEASON
    until: Floats = np.cumsum(weight, axis=1) / weight.sum(axis=1, keepdims=True)
    until[:, -1] = 1.0
    return until


def build_catalogue(engine: Engine, seed: int, nights: int) -> None:
    """Make the tables `article`, `product` and `exchange_rate`.

    article: what can be bought: product (position in the catalogue), sku, name, category.
    product: one row per article; night and gone_night (0: stays) say from and until which night it is
    delivered, dearer_night from which night on its unit cost is a tenth higher (0: never).
    exchange_rate: one row per day and currency, eur_rate in millionths per euro, with its night.
    """
    goods = load_catalogue()
    new_sku, new_name, new_category, new_brand, new_cost = NEW_ON_NIGHT_2
    sku = np.append(goods.sku, new_sku)
    product = {
        "sku": sku,
        "name": np.append(goods.name, new_name),
        "category": np.append(goods.category, new_category),
        "brand": np.append(goods.brand, new_brand),
        "unit_cost_cents": np.append(goods.unit_cost_cents, new_cost),
        "night": np.where(sku == new_sku, 2, 1),
        "gone_night": np.where(sku == GONE_ON_NIGHT_3, 3, 0),
        "dearer_night": np.where(sku == DEARER_ON_NIGHT_2, 2, 0),
    }
    store_columns(engine, "product", product)
    article = {
        "product": np.arange(goods.size),
        "sku": goods.sku,
        "name": goods.name,
        "category": goods.category,
    }
    store_columns(engine, "article", article)
    store_columns(engine, "exchange_rate", _exchange_rates(seed, nights))


def _exchange_rates(seed: int, nights: int) -> dict[str, Column | pa.Array]:
    days, currencies = HISTORY_DAYS + nights - 1, len(CURRENCIES) - 1
    drift = stream(seed, "exchange rates").normal(0.0, _DAILY_CHANGE, size=(days, currencies))
    # Pulled back towards its middle, so that a rate of three years ago is still one of today's world.
    wandered = np.zeros((days, currencies))
    for day in range(1, days):
        wandered[day] = 0.985 * wandered[day - 1] + drift[day]
    rate = np.round(np.array(_EUR_RATE[1:]) * np.exp(wandered) * 10_000).astype(np.int64) * 100
    first = (FIRST_CLOSE - (HISTORY_DAYS - 1) * DAY).astype("datetime64[D]")
    return {
        "valid_on": np.repeat((first + np.arange(days)).astype("datetime64[s]"), currencies),
        "currency": np.tile(np.array(CURRENCIES[1:], dtype=object), days),
        "rate_millionths": rate.ravel(),
        "night": np.repeat(np.maximum(1, np.arange(days) - HISTORY_DAYS + 2), currencies),
    }
