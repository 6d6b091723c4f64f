"""Addresses for machines, and the mail and text message drawers of a development machine."""

from django.urls import path

from midway.web.ops import health, mail_drawer, sms_drawer

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("dev/mail/", mail_drawer.mail_list, name="mail_list"),
    path("dev/mail/<str:name>", mail_drawer.mail_message, name="mail_message"),
    path("dev/sms/", sms_drawer.sms_list, name="sms_list"),
]
