"""Change what planning weighs in a branch."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from midway.core.actor import Actor
from midway.crew.models import Branch
from midway.crew.queries import branch_subject
from midway.dispatch.models import DispatchSetting
from midway.journal.actions import record
from midway.runtime.database import one_transaction


@one_transaction
def change_setting(*, branch: Branch, changes: Mapping[str, Any], by: Actor, now: datetime) -> DispatchSetting:
    """Will set these fields of the branch's `DispatchSetting`; the names of what really changed are written down."""
    Branch.objects.select_for_update(of=("self",), no_key=True).get(pk=branch.pk)
    setting, _is_new = DispatchSetting.objects.get_or_create(branch=branch)
    changed = sorted(name for name, value in changes.items() if getattr(setting, name) != value)
    for name in changed:
        setattr(setting, name, changes[name])
    if changed:
        setting.save(update_fields=changed)
        facts = {"branch": branch.code, "changed": changed}
        record(event="dispatch.setting.changed", subject=branch_subject(branch), by=by, at=now, facts=facts)
    return setting
