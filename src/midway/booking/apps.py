from django.apps import AppConfig


class BookingConfig(AppConfig):
    name = "midway.booking"
    label = "booking"

    def ready(self) -> None:
        """Will say when what is said of a visit is still worth sending, and hear of times that come free."""
        from midway.booking.handlers import listen
        from midway.booking.reminders import say_when_reminders_stand

        say_when_reminders_stand()
        listen()
