"""Addresses for programs."""

from django.urls import include, path, re_path

from midway.api.v1 import routes

app_name = "api"
urlpatterns = [path("v1/", include(routes)), re_path("", routes.nothing_here)]
