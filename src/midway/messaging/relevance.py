"""Whether a message is still worth sending when its turn comes: a reminder of a visit that was moved is not.

The part that knows registers a question for its templates; it is asked in the transaction of the delivery.
"""

from collections.abc import Callable
from datetime import datetime

from midway.messaging.models import OutboxMessage

Question = Callable[[OutboxMessage], bool]
_questions: dict[str, Question] = {}


def send_only_if(template: str, question: Question) -> None:
    """Will send messages of this template only while the question is answered with yes."""
    _questions[template] = question


def reason_to_drop(message: OutboxMessage, *, now: datetime) -> str:
    """Why this message must not be sent any more, or nothing."""
    if message.not_after_at is not None and now >= message.not_after_at:
        return "too late to be of use"
    question = _questions.get(message.template)
    return "no longer so" if question is not None and not question(message) else ""
