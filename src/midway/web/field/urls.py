"""Where cleaners go."""

from django.urls import path

from midway.web.field import day

app_name = "field"
urlpatterns = [
    path("", day.today, name="today"),
    path("visits/<uuid:code>/", day.visit, name="visit"),
    path("visits/<uuid:code>/way-in", day.way_in, name="way_in"),
]
