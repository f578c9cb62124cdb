#!/usr/bin/env bash
# Third step of action.yml: runs the doctor, again where only transient failures were found, keeps
# the bundle of a failure, and sets the outputs. Every input arrives in an INPUT_ variable and stays
# one value: none is part of this text, none is expanded, each goes behind its flag's `=`.
set -euo pipefail
unset PYTHONHOME PYTHONPATH

usage() {
  printf '::error title=foundry-doctor::%s\n' "$1"
  exit 2
}

digits() {
  case $2 in
    '' | *[!0-9]*) usage "the input $1 is not a number" ;;
  esac
}

read -r bin <"$DOCTOR_HOME/installed"
retries=${INPUT_RETRIES:-1}
delay=${INPUT_RETRY_DELAY:-60}
digits retries-on-transient "$retries"
digits retry-delay "$delay"
case ${INPUT_BUNDLE:=on-failure} in
  on-failure | always | never) ;;
  *) usage "the input bundle is on-failure, always or never" ;;
esac

# A public repository shows its logs and artifacts to everybody. Where the event does not say what
# the repository is (a schedule), it counts as public. The doctor masks the names that its report
# holds; these masks are for what is printed before it.
visibility() {
  "$bin/python" - <<'PY'
import json, os
try:
    with open(os.environ["GITHUB_EVENT_PATH"], encoding="utf-8") as file:
        private = json.load(file)["repository"]["private"]
except (KeyError, OSError, TypeError, ValueError):
    private = None
print("vendor" if private is True else "public")
PY
}

profile=${INPUT_PROFILE:-auto}
case $profile in
  auto) profile=$(visibility | tr -d '\r') ;;
  vendor | public) ;;
  *) usage "the input profile is auto, vendor or public" ;;
esac

mask() {
  # Six characters or more: a mask on a short word would blacken half of the log.
  case $1 in
    ??????*) printf '%s\n' "$1" | while read -r line; do printf '::add-mask::%s\n' "$line"; done ;;
  esac
}

if [ "$profile" = public ]; then
  host=${INPUT_BASE_URL:-${ANTHROPIC_FOUNDRY_BASE_URL:-}}
  host=${host#*://}
  for value in "${INPUT_RESOURCE:-}" "${INPUT_TENANT:-}" "${INPUT_SUBSCRIPTION:-}" \
    "${INPUT_RESOURCE_GROUP:-}" "${ANTHROPIC_FOUNDRY_RESOURCE:-}" "${AZURE_TENANT_ID:-}" \
    "${AZURE_CLIENT_ID:-}" "${AZURE_SUBSCRIPTION_ID:-}" "${host%%/*}"; do
    mask "$value"
  done
fi

out=$(mktemp -d "$RUNNER_TEMP/foundry-doctor-report.XXXXXX")
zip=$out/foundry-doctor.zip
words=(run)
if [ "$INPUT_BUNDLE" != never ]; then
  # `bundle` runs and prints as `run` does: one run, not a second one after the failure.
  words=(bundle -O "$zip" "--profile=$profile")
fi

one() {
  if [ -n "$2" ]; then words+=("$1=$2"); fi
}

# Each word of a list is a value of its own; a file name's pattern stays a pattern.
several() {
  local item
  set -f
  # shellcheck disable=SC2086  # split at white space, by intention
  for item in $2; do words+=("$1=$item"); done
  set +f
}

one --resource "${INPUT_RESOURCE:-}"
one --base-url "${INPUT_BASE_URL:-}"
several --deployment "${INPUT_DEPLOYMENTS:-}"
one --auth "${INPUT_AUTH:-}"
one --tenant "${INPUT_TENANT:-}"
one --subscription "${INPUT_SUBSCRIPTION:-}"
one --resource-group "${INPUT_RESOURCE_GROUP:-}"
one --config "${INPUT_CONFIG:-}"
several --target "${INPUT_TARGETS:-}"
if [ "${INPUT_ALL_TARGETS:-false}" = true ]; then words+=(--all-targets); fi
one --tier "${INPUT_TIER:-}"
several --only "${INPUT_ONLY:-}"
several --skip "${INPUT_SKIP:-}"
one --fail-on "${INPUT_FAIL_ON:-}"
one --baseline "${INPUT_BASELINE:-}"
one --on-missing-credentials "${INPUT_ON_MISSING_CREDENTIALS:-}"
one --wait "${INPUT_WAIT:-}"
one --budget "${INPUT_BUDGET:-}"
words+=("--report=json=$out/report.json" "--report=junit=$out/TEST-foundry-doctor.xml")
set -f
# shellcheck disable=SC2206  # split at white space, by intention
words+=(${INPUT_ARGS:-})
set +f

child=
signals=0
# shellcheck disable=SC2329  # the trap calls it
stop() {
  signals=$((signals + 1))
  if [ -n "$child" ]; then kill -TERM "$child" 2>/dev/null || true; fi
}
trap stop TERM INT HUP

# Waits for the child, and again where a signal ended the wait: the report of a terminated run is
# still on its way then.
code=0
await() {
  local got seen
  # A signal between the start of the child and here has met no child to pass it on to.
  if [ "$signals" -gt 0 ]; then kill -TERM "$child" 2>/dev/null || true; fi
  while :; do
    seen=$signals
    got=0
    wait "$child" || got=$?
    if [ "$got" -ne 127 ]; then code=$got; fi
    if [ "$seen" -eq "$signals" ]; then break; fi
  done
  child=
}

# The outputs and the summary of the last attempt are the step's: an attempt that is repeated shall
# leave neither a summary nor annotations.
attempt() {
  rm -f "$zip"
  : >"$out/output"
  : >"$out/summary.md"
  GITHUB_OUTPUT=$out/output GITHUB_STEP_SUMMARY=$out/summary.md \
    "$bin/foundry-doctor" "${words[@]}" >"$out/log" &
  child=$!
  await
}

number=1
while :; do
  attempt
  if [ "$code" -ne 5 ] || [ "$number" -gt "$retries" ] || [ "$signals" -gt 0 ]; then break; fi
  pause=$((delay + RANDOM % (delay / 4 + 1)))
  token=foundry-doctor-$RANDOM$RANDOM$RANDOM$RANDOM
  printf '::group::Attempt %s found only transient failures: the next one in %s s\n' "$number" "$pause"
  # Its masks must hold; all other commands in it are words now.
  grep '^::add-mask::' "$out/log" || true
  printf '::stop-commands::%s\n' "$token"
  grep -v '^::add-mask::' "$out/log" || true
  printf '\n::%s::\n::endgroup::\n' "$token"
  number=$((number + 1))
  # Second by second: a trap waits for a command in the foreground, and this one is short.
  while [ "$pause" -gt 0 ] && [ "$signals" -eq 0 ]; do
    sleep 1
    pause=$((pause - 1))
  done
  if [ "$signals" -gt 0 ]; then code=143 && break; fi
done
cat "$out/log"

# `bundle` ends with 3 or 70 also where no bundle could be written. The run's own verdict counts.
said=$(sed -n -e 's/^exit-code=//p' -e '/^exit-code<</{n;p;}' "$out/output" | tail -n 1 | tr -d '\r')
if [ "$INPUT_BUNDLE" != never ] && [ ! -f "$zip" ] && [ -n "$said" ] && [ "$said" != "$code" ]; then
  echo "::warning title=foundry-doctor::no bundle was written; the log says why"
  code=$said
fi
if [ "$INPUT_BUNDLE" = on-failure ] && [ "$code" -eq 0 ]; then rm -f "$zip"; fi

{
  cat "$out/output"
  grep -q '^verdict[=<]' "$out/output" || echo "verdict=inconclusive"
  echo "exit-code=$code"
  echo "attempts=$number"
  if [ -f "$out/report.json" ]; then echo "report=$out/report.json"; fi
  if [ -f "$out/TEST-foundry-doctor.xml" ]; then echo "junit=$out/TEST-foundry-doctor.xml"; fi
  if [ -f "$zip" ]; then echo "bundle=$zip"; fi
} >>"$GITHUB_OUTPUT"
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then cat "$out/summary.md" >>"$GITHUB_STEP_SUMMARY"; fi
exit "$code"
