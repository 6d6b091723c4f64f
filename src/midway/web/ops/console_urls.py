"""The System pages of the office."""

from django.urls import path

from midway.web.ops import console, procedure_deeds, procedure_page, recovery_page

app_name = "ops"
urlpatterns = [
    path("", console.home, name="home"),
    path("recovery/", recovery_page.recovery, name="recovery"),
    path("recovery/progress", recovery_page.progress, name="errand"),
    path("recovery/drills", recovery_page.drill, name="drill"),
    path("recovery/going-on", recovery_page.go_on, name="go_on"),
    path("recovery/kept/<str:name>", recovery_page.sign_off, name="sign_off"),
    path("recovery/<str:code>/", recovery_page.restore, name="restore"),
    path("recovery/<str:code>/restores", recovery_page.begin, name="begin_restore"),
    path("<str:name>/", procedure_page.procedure, name="procedure"),
    path("<str:name>/progress", procedure_page.progress, name="progress"),
    path("<str:name>/runs", procedure_deeds.run, name="run"),
    path("<str:name>/snoozes", procedure_deeds.begin_snooze, name="snooze"),
    path("<str:name>/snoozes/<int:snooze>/end", procedure_deeds.wake, name="wake"),
    path("<str:name>/limits/<str:limit>", procedure_deeds.set_limit, name="set_limit"),
]
