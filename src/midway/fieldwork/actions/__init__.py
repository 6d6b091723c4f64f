"""Every deed on site, one file each."""

from midway.fieldwork.actions.finish_visit import finish_visit
from midway.fieldwork.actions.set_out import set_out
from midway.fieldwork.actions.site_lock import VisitNotNow
from midway.fieldwork.actions.start_visit import start_visit
from midway.fieldwork.actions.take_back import TapTooOld, take_back

__all__ = ["TapTooOld", "VisitNotNow", "finish_visit", "set_out", "start_visit", "take_back"]
