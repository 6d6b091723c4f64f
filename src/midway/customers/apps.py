from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "midway.customers"
    label = "customers"
