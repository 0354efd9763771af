"""The pages of experiments: the list, one experiment, its forms, and many at once."""

from app.pages.experiments import (
    always_shown,
    bulk,
    design_form,
    duration,
    edit,
    index,
    launch,
    new,
    schedule,
    show,
    traffic,
)

PAGES = (
    always_shown,
    bulk,
    design_form,
    duration,
    edit,
    index,
    launch,
    new,
    schedule,
    show,
    traffic,
)
