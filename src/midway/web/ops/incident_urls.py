"""Incidents and what was learned from them."""

from django.urls import path

from midway.web.ops import (
    incident_deeds,
    incident_measures,
    incident_page,
    incident_window,
    incidents,
    post_mortem,
    urgency,
)

app_name = "incidents"
urlpatterns = [
    path("", incidents.incident_list, name="list"),
    path("urgency/", urgency.urgency, name="urgency"),
    path("urgency/change", urgency.change, name="change_urgency"),
    path("measures/", incident_measures.measures, name="measures"),
    path("measures/digest", incident_measures.digest, name="digest"),
    path("<uuid:code>/", incident_page.incident, name="incident"),
    path("<uuid:code>/evidence.json", incident_page.evidence, name="evidence"),
    path("<uuid:code>/window/", incident_window.window, name="window"),
    path("<uuid:code>/owner", incident_deeds.own, name="own"),
    path("<uuid:code>/assessment", incident_deeds.assess, name="assess"),
    path("<uuid:code>/notes", incident_deeds.write, name="write"),
    path("<uuid:code>/updates", incident_deeds.update, name="update"),
    path("<uuid:code>/steps", incident_deeds.step, name="step"),
    path("<uuid:code>/verification", incident_deeds.verify, name="verify"),
    path("<uuid:code>/closing", incident_deeds.close, name="close"),
    path("<uuid:code>/post-mortem/", post_mortem.post_mortem, name="post_mortem"),
    path("<uuid:code>/post-mortem.md", post_mortem.markdown, name="markdown"),
    path("<uuid:code>/follow-ups", post_mortem.add, name="add_follow_up"),
    path("follow-ups/<uuid:code>/closing", post_mortem.close, name="close_follow_up"),
]
