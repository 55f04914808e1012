"""How the pages of sign-in and settings show a field and a browser."""

from __future__ import annotations

from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField

from trialogue.doors.web import accounts

register = template.Library()
CLASSES = ((forms.Select, "select"), (forms.Textarea, "textarea"), (forms.CheckboxInput, ""), (forms.Widget, "input"))


@register.inclusion_tag("web/people/field.html")
def field(
    bound: BoundField, label: str = "", hint: str | None = None, link: str = "", link_text: str = "", **attrs: Any
) -> dict[str, Any]:
    """Label, hint, error, control. `attrs` go to the control; `hint=""` leaves the form's own hint out."""
    if hint is not None:
        bound.help_text = hint
    widget = bound.field.widget
    look = next(name for kind, name in CLASSES if isinstance(widget, kind))
    shown: dict[str, Any] = {"class": look, "placeholder": False} | {
        name.replace("_", "-"): value for name, value in attrs.items()
    }
    return {
        "field": bound,
        "label": label or bound.label,
        "control": bound.as_widget(attrs=shown),
        "is_check": isinstance(widget, forms.CheckboxInput),
        "is_choice": isinstance(widget, forms.RadioSelect),
        "link": link,
        "link_text": link_text,
    }


@register.filter
def browser(user_agent: str) -> str:
    return accounts.browser(user_agent)
