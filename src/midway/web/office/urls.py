"""The office's addresses."""

from django.urls import path

from midway.web.office import (
    appointments,
    board,
    customers,
    people,
    people_deeds,
    placement,
    prices,
    search,
    today,
    undoing,
    visit_deeds,
    visits,
)

app_name = "office"
urlpatterns = [
    path("", today.today, name="today"),
    path("board/", board.board, name="board"),
    path("search", search.search, name="search"),
    path("visits/<uuid:code>/", visits.visit, name="visit"),
    path("visits/<uuid:code>/placement", placement.placement, name="placement"),
    path("visits/<uuid:code>/rescheduling", visit_deeds.rescheduling, name="rescheduling"),
    path("visits/<uuid:code>/assignment", visit_deeds.assignment, name="assignment"),
    path("visits/<uuid:code>/removal/<uuid:cleaner>", visit_deeds.removal, name="removal"),
    path("visits/<uuid:code>/cancellation", visit_deeds.cancellation, name="cancellation"),
    path("appointments/new", appointments.appointment, name="appointment"),
    path("appointments/offer", appointments.offer, name="appointment_offer"),
    path("appointments/customers", appointments.find_customer, name="find_customer"),
    path("customers/", customers.customers, name="customers"),
    path("customers/<uuid:code>/", customers.customer, name="customer"),
    path("customers/<uuid:code>/details", customers.details, name="customer_details"),
    path("customers/<uuid:code>/erasure", customers.erasure, name="customer_erasure"),
    path("customers/<uuid:code>/homes/<uuid:home>/access-notes", customers.access_notes, name="access_notes"),
    path("journal/<uuid:entry>/undoing", undoing.undoing, name="undoing"),
    path("people/", people.people, name="people"),
    path("people/new", people.hire, name="hire"),
    path("people/holidays", people.add_holiday, name="add_holiday"),
    path("people/holidays/<str:on>/removal", people.remove_holiday, name="remove_holiday"),
    path("people/<uuid:code>/", people.person, name="person"),
    path("people/<uuid:code>/details", people_deeds.details, name="person_details"),
    path("people/<uuid:code>/week", people_deeds.week, name="week"),
    path("people/<uuid:code>/days", people_deeds.day, name="day"),
    path("people/<uuid:code>/days/<str:on>/removal", people_deeds.usual_day, name="usual_day"),
    path("people/<uuid:code>/absences", people_deeds.absence, name="absence"),
    path("people/<uuid:code>/absences/<uuid:absence>/withdrawal", people_deeds.return_early, name="return_early"),
    path("prices/", prices.prices, name="prices"),
    path("prices/versions", prices.publish, name="publish_prices"),
    path("prices/services/<slug:code>", prices.offering, name="offering"),
]
