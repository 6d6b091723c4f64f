"""Addresses for programs."""

from django.urls import include, path, re_path

from midway.api.hooks import mail, sms
from midway.api.v1 import routes

app_name = "api"
urlpatterns = [
    path("v1/", include(routes)),
    path("hooks/sms/status/<uuid:code>", sms.status, name="sms_status"),
    path("hooks/sms/replies", sms.reply, name="sms_reply"),
    path("hooks/mail/reports", mail.report, name="mail_report"),
    re_path("", routes.nothing_here),
]
