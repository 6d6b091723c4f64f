"""The office's addresses."""

from django.urls import path

from midway.web.office import board, placement, visits

app_name = "office"
urlpatterns = [
    path("board/", board.board, name="board"),
    path("visits/<uuid:code>/", visits.visit, name="visit"),
    path("visits/<uuid:code>/placement", placement.placement, name="placement"),
]
