"""Where cleaners go."""

from django.urls import path

from midway.web.field import day, on_site

app_name = "field"
urlpatterns = [
    path("", day.today, name="today"),
    path("visits/<uuid:code>/", day.visit, name="visit"),
    path("visits/<uuid:code>/on-the-way", on_site.on_the_way, name="on_the_way"),
    path("visits/<uuid:code>/started", on_site.started, name="started"),
    path("visits/<uuid:code>/finished", on_site.finished, name="finished"),
    path("visits/<uuid:code>/taking-back", on_site.taking_back, name="taking_back"),
    path("visits/<uuid:code>/way-in", day.way_in, name="way_in"),
]
