"""May the caller read its own roles?"""

from __future__ import annotations

from foundry_doctor import Context, Finding, check, ok, skip


@check("rbac.reading", "the caller's rights can be read", needs=("deployment.account",))
def rbac_reading(context: Context) -> Finding:
    """Say which right would unlock a reading that is denied; the data plane decides anyway."""
    if not context.target.arm:
        return skip("a key is used: Resource Manager is read with --subscription")
    readings = context.readings()
    if readings.account is None:
        return skip(str(context.arm_facts().get("arm.detail") or "the account is not known"))
    part = readings.parts.get("permissions")
    if part is None or not part.ok:
        return skip(part.detail if part else "Resource Manager was not read")
    return ok("read from Resource Manager")
