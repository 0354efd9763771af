"""The fields of another limit until a moment, which is by the viewer's clock."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField
from wtforms.validators import Optional
from wtforms.widgets import DateTimeLocalInput

from app.core.errors import InvalidInput
from app.pages.common.forms import Checked, WholeNumberField
from app.pages.common.time_zones import moment_of, zone
from app.tenancy import overrides, plans


class OverrideFields(FlaskForm):
    """Another limit, and until when, in the zone that the form was drawn for."""

    experiments_running = WholeNumberField(
        "Experiments live at once",
        [Optional(), Checked(plans.checked_limit)],
        description="In this project alone. Left empty, there is no limit.",
    )
    until = StringField(
        "Until", widget=DateTimeLocalInput(), description="From then on the plan's limit counts."
    )
    time_zone = HiddenField()

    def validate_until(self, field: StringField) -> None:
        """Say what is wrong with the moment, whatever is wrong with the limit."""
        Checked(lambda _: self.moment)(self, field)

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone that the form was drawn for."""
        return zone(self.time_zone.data or "")

    @property
    def moment(self) -> datetime:
        """Return when it ends. Raises InvalidInput for no moment, and for one that cannot be."""
        moment = moment_of(self.until.data or "", self.time_zone.data or "", "until")
        if moment is None:
            raise InvalidInput("Say until when.", "until")
        return overrides.checked_until(moment)
