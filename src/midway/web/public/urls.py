"""Where customers go."""

from django.urls import include, path

from midway.web.public import feed, home, rating, visit, waiting, when, you

app_name = "public"
urlpatterns = [
    path("", home.home, name="home"),
    path("book/<uuid:code>/when", when.when, name="when"),
    path("book/<uuid:code>/you", you.you, name="you"),
    path("book/<uuid:code>/waiting", waiting.waiting, name="waiting"),
    path("waiting/<uuid:code>", waiting.wish, name="wish"),
    path("calendar/<str:token>.ics", feed.calendar_feed, name="calendar_feed"),
    path("my/", include("midway.web.public.my.urls")),
    path("visits/<uuid:code>", visit.visit, name="visit"),
    path("visits/<uuid:code>/calendar.ics", visit.visit_calendar, name="visit_calendar"),
    path("visits/<uuid:code>/rescheduling", visit.visit_rescheduling, name="visit_rescheduling"),
    path("visits/<uuid:code>/cancellation", visit.visit_cancellation, name="visit_cancellation"),
    path("visits/<uuid:code>/rating", rating.visit_rating, name="visit_rating"),
]
