"""Where signed-in customers go."""

from django.urls import path

from midway.web.public.my import (
    calendar,
    data,
    documents,
    home,
    places,
    plan,
    preferences,
    sign_in,
    undoing,
    visit,
)

urlpatterns = [
    path("", home.home, name="my_home"),
    path("sign-in", sign_in.sign_in, name="sign_in"),
    path("sign-in/<str:secret>", sign_in.by_link, name="sign_in_by_link"),
    path("calendar", calendar.calendar, name="my_calendar"),
    path("visits/", home.visits, name="my_visits"),
    path("visits/<uuid:code>", visit.visit, name="my_visit"),
    path("visits/<uuid:code>/rescheduling", visit.rescheduling, name="my_rescheduling"),
    path("visits/<uuid:code>/cancellation", visit.cancellation, name="my_cancellation"),
    path("visits/<uuid:code>/skipping", visit.skipping, name="my_skipping"),
    path("visits/<uuid:code>/restoring", visit.restoring, name="my_restoring"),
    path("plans/<uuid:code>", plan.plan, name="my_plan"),
    path("plans/<uuid:code>/change", plan.change, name="my_change"),
    path("plans/<uuid:code>/pausing", plan.pausing, name="my_pausing"),
    path("plans/<uuid:code>/resuming", plan.resuming, name="my_resuming"),
    path("plans/<uuid:code>/ending", plan.ending, name="my_ending"),
    path("places/", places.places, name="my_places"),
    path("places/<uuid:code>/showing", places.showing, name="my_place_shown"),
    path("places/<uuid:code>/access-notes", places.access_notes, name="my_access_notes"),
    path("documents/", documents.documents, name="my_documents"),
    path("documents/<uuid:code>", documents.document, name="my_document"),
    path("preferences", preferences.preferences, name="my_preferences"),
    path("data/", data.data, name="my_data"),
    path("data/midway.json", data.as_one_file, name="my_data_json"),
    path("data/midway.zip", data.as_folder, name="my_data_tables"),
    path("data/erasure", data.erasure, name="my_erasure"),
    path("journal/<uuid:entry>/undoing", undoing.undoing, name="my_undoing"),
]
