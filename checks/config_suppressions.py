"""Does every suppression in the config file still hold?"""

from __future__ import annotations

from collections.abc import Iterator

from foundry_doctor import Context, Finding, check, fail, ok

CAUSE = "config-conflict"
"""What the config file says and what is found exclude each other."""


@check(
    "config.suppressions",
    "no suppression has expired",
    tier="offline",
    rank=90,
    applies=lambda target: bool(target.suppress),
)
def config_suppressions(context: Context) -> Iterator[Finding]:
    """Compare each entry's `expires` with today (UTC): one that is over is a failure by itself."""
    today, entries = context.today, context.target.suppress
    holding = [one for one in entries if not one.expired(today)]
    for one in entries:
        if one.expired(today):
            named = one.cause or one.check or ""
            yield fail(
                f"the suppression of {named} ended on {one.expires} (owner: {one.owner})",
                {
                    "suppress.expired": one.expires,
                    "suppress.named": named,
                    "suppress.owner": one.owner,
                    "suppress.where": one.where,
                },
                subject=one.where,
                cause=CAUSE,
            )
    if holding:
        yield ok(f"{len(holding)} in force, the first until {min(one.expires for one in holding)}")
