"""Where the living page is."""

from django.urls import path

from midway.web.design import views

app_name = "design"
urlpatterns = [path("design/", views.living_page, name="living_page")]
