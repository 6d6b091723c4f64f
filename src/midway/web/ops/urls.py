"""Addresses for machines, and the mail drawer of a development machine."""

from django.urls import path

from midway.web.ops import health, mail_drawer

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("dev/mail/", mail_drawer.mail_list, name="mail_list"),
    path("dev/mail/<str:name>", mail_drawer.mail_message, name="mail_message"),
]
