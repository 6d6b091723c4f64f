from django.apps import AppConfig


class BookingConfig(AppConfig):
    name = "midway.booking"
    label = "booking"
