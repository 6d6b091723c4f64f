"""Every deed of messaging, one file each."""

from midway.messaging.actions.change_text import UnknownPlaceholder, change_text, restore_built_in_text
from midway.messaging.actions.enqueue import enqueue_message, tell
from midway.messaging.actions.look_after import resend_message, settle_message
from midway.messaging.actions.note_outcome import note_bounce, note_sms_status
from midway.messaging.actions.webhooks import (
    AddressRefused,
    register_endpoint,
    replay_delivery,
    switch_endpoint,
)

__all__ = [
    "AddressRefused",
    "UnknownPlaceholder",
    "change_text",
    "enqueue_message",
    "note_bounce",
    "note_sms_status",
    "register_endpoint",
    "replay_delivery",
    "resend_message",
    "restore_built_in_text",
    "settle_message",
    "switch_endpoint",
    "tell",
]
