"""Ways for text messages to leave: a Protocol, the gateway that SMS_URL names, and its twins for tests and at home."""

from midway.messaging.gateways.sms import Accepted, SmsGateway, SmsRefused, SmsUnavailable, sms_gateway

__all__ = ["Accepted", "SmsGateway", "SmsRefused", "SmsUnavailable", "sms_gateway"]
