"""Every address, by audience."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("i18n/", include("django.conf.urls.i18n")),
    path("accounts/", include("allauth.urls")),
    path("api/", include("midway.api.urls")),
    path("office/incidents/", include("midway.web.ops.incident_urls")),
    path("office/on-call/", include("midway.web.ops.on_call_urls")),
    path("office/system/", include("midway.web.ops.console_urls")),
    path("office/", include("midway.web.office.urls")),
    path("field/", include("midway.web.field.urls")),
    path("", include("midway.web.design.urls")),
    path("", include("midway.web.ops.urls")),
    path("", include("midway.web.public.urls")),
]

handler400 = "midway.web.design.views.bad_request"
handler403 = "midway.web.design.views.forbidden"
handler404 = "midway.web.design.views.not_found"
handler500 = "midway.web.design.views.server_error"
