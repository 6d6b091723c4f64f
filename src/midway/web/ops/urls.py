"""Addresses for machines, and the mail and text message drawers of a development machine."""

from django.urls import path

from midway.web.ops import alarm_page, call_page, docs, health, mail_drawer, sms_drawer, status, trouble

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("call/<str:key>", call_page.call, name="call"),
    path("call/<str:key>/mark", call_page.mark, name="mark_call"),
    path("alarm/<str:key>", alarm_page.alarm, name="alarm"),
    path("on-call/<str:token>.ics", call_page.turns, name="turns_feed"),
    path("docs/", docs.document, name="docs"),
    path("docs/<path:path>", docs.document, name="docs_file"),
    path("status/", status.page, name="status"),
    path("status/<str:name>", status.file, name="status_file"),
    path("trouble/", trouble.trouble, name="trouble"),
    path("my/trouble/", trouble.customers_trouble, name="my_trouble"),
    path("dev/mail/", mail_drawer.mail_list, name="mail_list"),
    path("dev/mail/<str:name>", mail_drawer.mail_message, name="mail_message"),
    path("dev/sms/", sms_drawer.sms_list, name="sms_list"),
]
