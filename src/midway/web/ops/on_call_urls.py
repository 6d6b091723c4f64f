"""Who is on call."""

from django.urls import path

from midway.web.ops import on_call

app_name = "on_call"
urlpatterns = [
    path("", on_call.home, name="home"),
    path("rotations", on_call.rotate, name="rotate"),
    path("take-overs", on_call.take, name="take"),
    path("take-overs/<uuid:code>/end", on_call.give, name="give"),
    path("contact", on_call.contact, name="contact"),
    path("feed", on_call.feed, name="feed"),
    path("test", on_call.test, name="test"),
]
