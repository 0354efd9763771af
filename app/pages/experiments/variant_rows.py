"""The rows of a design's form that say what its variants are, and how visitors are shared."""

from collections.abc import Sequence

from flask_wtf import FlaskForm
from slugify import slugify
from wtforms import FieldList, Form, FormField, StringField, SubmitField
from wtforms.validators import Optional

from app.core.errors import InvalidInput
from app.core.validation import KEY_LENGTH, basis_points, checked_key
from app.experiments import designs
from app.experiments.designs import VariantDesign
from app.models import MOST_VARIANTS
from app.pages.common.forms import Checked
from app.pages.common.values import read_value, written_percents, written_value


class VariantRow(Form):
    """One variant; a row with neither key nor name is none."""

    key = StringField("Key", [Optional(), Checked(checked_key)])
    name = StringField("Name")
    weight = StringField("Share, %", [Optional(), Checked(lambda text: basis_points(text, ""))])
    value = StringField("Value")

    @property
    def is_filled(self) -> bool:
        """Return whether it is a variant."""
        return bool((self.key.data or "").strip() or (self.name.data or "").strip())

    @property
    def share(self) -> int:
        """Return the share that it has; 0 where what is written is none."""
        try:
            return basis_points(self.weight.data or "0", "variants")
        except InvalidInput:
            return 0

    @property
    def variant(self) -> VariantDesign:
        """Return the variant that it says."""
        return VariantDesign(
            (self.key.data or "").strip() or slugify(self.name.data or "", max_length=KEY_LENGTH),
            basis_points(self.weight.data or "0", "variants"),
            self.name.data or "",
            read_value(self.value.data or ""),
        )


class VariantFields(FlaskForm):
    """The rows, and the buttons that add one and share visitors out evenly.

    Of the rows those that were there as `saved` come first.
    """

    variants = FieldList(FormField(VariantRow))
    add = SubmitField("Add a variant")
    even = SubmitField("Split evenly")

    @property
    def has_all_variants(self) -> bool:
        """Return whether there are as many rows as there can be."""
        return len(self.variants) >= MOST_VARIANTS

    @property
    def designed(self) -> tuple[VariantDesign, ...]:
        """Return the variants that the rows say."""
        return tuple(row.form.variant for row in self.variants if row.form.is_filled)

    def append(self, variant: VariantDesign) -> None:
        """Add the row of a variant."""
        self.variants.append_entry(
            {
                "key": variant.key,
                "name": variant.name,
                "weight": written_percents(variant.weight),
                "value": written_value(variant.value, variant.key),
            }
        )

    def add_variant(self, saved: int) -> None:
        """Add an empty row; shares that were even are even with the new one, too."""
        rows = self.sharing(saved)
        was_even = sorted(row.share for row in rows) == sorted(designs.even_shares(len(rows)))
        self.append(VariantDesign("", 0))
        if was_even:
            share_out([*rows, self.variants[-1].form])

    def sharing(self, saved: int) -> list[VariantRow]:
        """Return the rows that share the visitors.

        One of the first `saved` that is empty was taken away; a later one has no name yet.
        """
        return [
            row.form
            for place, row in enumerate(self.variants)
            if place >= saved or row.form.is_filled
        ]


def share_out(rows: Sequence[VariantRow]) -> None:
    """Give the rows even shares."""
    for row, share in zip(rows, designs.even_shares(len(rows)), strict=True):
        row.weight.data = written_percents(share)


def total(rows: Sequence[VariantRow]) -> str:
    """Return what the rows share together."""
    return written_percents(sum(row.share for row in rows))


def require_names(rows: Sequence[VariantRow]) -> None:
    """Raise InvalidInput for an added row that has a share and is no variant yet."""
    if any(row.share and not row.is_filled for row in rows):
        raise InvalidInput(
            "An added variant has a share but neither a key nor a name: give it one, or empty its "
            "share.",
            "variants",
        )
