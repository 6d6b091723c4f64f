"""What insight does by itself."""

from django.conf import settings

from midway.runtime.clock import now


def tell_product_events() -> None:
    """Will tell the collector what happened, if there is one."""
    upkeep = settings.UPKEEP
    if not upkeep.segment_write_key:
        return
    from midway.insight.gateways.segment import Segment
    from midway.insight.product_events import tell_product_events as tell

    collector = Segment(write_key=upkeep.segment_write_key, host=upkeep.segment_host)
    tell(collector=collector, secret=settings.SECRET_KEY, clock=now)
