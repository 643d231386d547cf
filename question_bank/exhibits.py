"""Material of items: stories, tables, charts, and pictures whose regions can be chosen."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from question_bank.schema import ChoiceId, Strict


class ExhibitTable(Strict):
    caption: str
    columns: list[str] = Field(min_length=2, max_length=12)
    rows: list[list[str | int | float]] = Field(min_length=1, max_length=40)

    @model_validator(mode="after")
    def rows_fit_columns(self) -> Self:
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(self.columns):
                raise ValueError(
                    f"row {number} has {len(row)} cells for {len(self.columns)} columns"
                )
        return self


class ChartSeries(Strict):
    name: str
    values: list[float | None]


class ExhibitChart(Strict):
    kind: Literal["line", "bar"]
    title: str
    unit: str = ""
    x: list[str] = Field(min_length=2)
    series: list[ChartSeries] = Field(min_length=1, max_length=4)

    @model_validator(mode="after")
    def series_fit_x(self) -> Self:
        for series in self.series:
            if len(series.values) != len(self.x):
                raise ValueError(f"series {series.name!r}: {len(series.values)} values")
        return self


class Exhibit(Strict):
    """Material beside a question: a story, a table, chart data; at least one of them."""

    text: str = ""
    table: ExhibitTable | None = None
    chart: ExhibitChart | None = None

    @model_validator(mode="after")
    def not_empty(self) -> Self:
        if not (self.text or self.table or self.chart):
            raise ValueError("an exhibit needs text, table or chart")
        return self


class Tile(Strict):
    """One field of a console picture.

    Attributes:
        title: What it shows, such as 商品点击率.
        value: The figure or the words in it.
        note: Below it, such as its normal range; may be empty.
        region: The choice that this field is; absent fields cannot be chosen.
        wide: Whether it takes both columns.
    """

    title: str = Field(min_length=1, max_length=14)
    value: str = Field(min_length=1, max_length=26)
    note: str = Field(default="", max_length=26)
    region: ChoiceId | None = None
    wide: bool = False


class Picture(Strict):
    """A chart or a console that the product draws; its regions are the item's choices.

    Attributes:
        chart: Data of a line or bar chart; then `spans` says which labels a region covers.
        spans: For each region the first and the last place on the x axis, 0-based, inclusive.
        title: Heading of a console.
        tiles: Fields of a console in reading order, two columns.
    """

    chart: ExhibitChart | None = None
    spans: dict[ChoiceId, tuple[int, int]] = Field(default_factory=dict)
    title: str = Field(default="", max_length=30)
    tiles: list[Tile] = Field(default_factory=list, max_length=12)

    @model_validator(mode="after")
    def one_kind_of_picture(self) -> Self:
        if (self.chart is None) == (not self.tiles):
            raise ValueError("a picture has a chart with spans, or a title with tiles")
        if self.chart is None:
            if self.spans or not self.title:
                raise ValueError("a console has a title and tiles, no spans")
            return self
        end = -1
        for region, (first, last) in sorted(self.spans.items(), key=lambda entry: entry[1]):
            if not end < first <= last < len(self.chart.x):
                raise ValueError(f"spans: {region} covers {first} to {last}; no overlap, inside x")
            end = last
        return self

    @property
    def region_ids(self) -> frozenset[str]:
        if self.chart is not None:
            return frozenset(self.spans)
        return frozenset(tile.region for tile in self.tiles if tile.region is not None)
