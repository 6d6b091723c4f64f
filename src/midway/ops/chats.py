"""Where `MIDWAY_NOTIFY` points: the company's chats and pagers."""

from django.conf import settings
from procrastinate.contrib.django import app


def say_in_chats(title: str, text: str) -> None:
    """Will have it said there, by a job that begins when this is committed."""
    if settings.UPKEEP.notify:
        app.configure_task("ops.notify").defer(title=title, text=text)
