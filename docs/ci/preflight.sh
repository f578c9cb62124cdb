#!/bin/sh
# foundry-doctor in any CI (Jenkins, TeamCity, a cron job): installs it into an environment of its
# own, runs it, repeats what is only transient, keeps reports, and the bundle of a failure.
#
#   sh docs/ci/preflight.sh --resource contoso-ai --deployment claude-sonnet-5
#
# The arguments are those of `foundry-doctor run`; the exit code is its exit code. Settings:
#   DOCTOR_SOURCE      a checkout of the repository, or a wheel (the checkout this file lies in)
#   DOCTOR_WHEELHOUSE  a folder of wheels: nothing is downloaded
#   DOCTOR_PYTHON      the interpreter, 3.10 or newer (python3)
#   DOCTOR_VENV        an environment that is kept and used again (a temporary one)
#   DOCTOR_OUT         where the files go (foundry-doctor-out)
#   DOCTOR_BUNDLE      on-failure, always or never (on-failure)
#   DOCTOR_PROFILE     vendor, or public where strangers may read the files (vendor)
#   DOCTOR_RETRIES     repetitions after exit code 5 (1)
#   DOCTOR_DELAY       seconds before the first of them; each further one waits twice as long (60)
#   DOCTOR_ARGUMENTS   more arguments, separated by white space
# The key is read from ANTHROPIC_FOUNDRY_API_KEY, never from an argument.
set -eu
unset PYTHONHOME PYTHONPATH PIP_PREFIX PIP_TARGET PIP_USER

fail() {
  echo "preflight: $1" >&2
  exit 2
}

source=${DOCTOR_SOURCE:-$(dirname "$0")/../..}
python=${DOCTOR_PYTHON:-python3}
out=${DOCTOR_OUT:-foundry-doctor-out}
bundle=${DOCTOR_BUNDLE:-on-failure}
retries=${DOCTOR_RETRIES:-1}
delay=${DOCTOR_DELAY:-60}
case $bundle in on-failure | always | never) ;; *) fail "DOCTOR_BUNDLE is on-failure, always or never" ;; esac
case $retries$delay in *[!0-9]*) fail "DOCTOR_RETRIES and DOCTOR_DELAY are numbers" ;; esac

child=
signals=0
# shellcheck disable=SC2329  # the trap calls it
stop() {
  signals=$((signals + 1))
  if [ -n "$child" ]; then kill -TERM "$child" 2>/dev/null || true; fi
}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap stop TERM INT HUP

# Waits for the child, and again where a signal ended the wait: a terminated doctor still writes its
# report.
code=0
await() {
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

venv=${DOCTOR_VENV:-$scratch/venv}
bin=$venv/bin
if [ -d "$venv/Scripts" ]; then bin=$venv/Scripts; fi # an environment of Windows
if [ ! -x "$bin/foundry-doctor" ]; then
  "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null ||
    fail "$python is no Python 3.10 or newer with venv"
  "$python" -m venv "$venv"
  if [ -d "$venv/Scripts" ]; then bin=$venv/Scripts; fi
  if [ -d "$source" ]; then
    # Building leaves files beside the sources: it happens in a copy.
    mkdir "$scratch/source"
    for one in doctor checks playbooks pyproject.toml README.md LICENSE; do
      cp -R "$source/$one" "$scratch/source/"
    done
    source=$scratch/source
  fi
  if [ -n "${DOCTOR_WHEELHOUSE:-}" ]; then
    "$bin/python" -m pip install -q --no-index --find-links "$DOCTOR_WHEELHOUSE" "$source"
  else
    "$bin/python" -m pip install -q "$source"
  fi
fi

mkdir -p "$out"
zip=$out/foundry-doctor.zip
# shellcheck disable=SC2086  # split at white space, by intention
add_words() {
  set -f
  set -- $DOCTOR_ARGUMENTS
  set +f
  for one in "$@"; do printf '%s\n' "$one"; done
}
if [ -n "${DOCTOR_ARGUMENTS:-}" ]; then
  # A word holds no white space, so a line is a word.
  add_words >"$scratch/words"
  while IFS= read -r one; do set -- "$@" "$one"; done <"$scratch/words"
fi
set -- "$@" "--report=json=$out/report.json" "--report=junit=$out/TEST-foundry-doctor.xml"
if [ "$bundle" = never ]; then
  set -- run "$@"
else
  # `bundle` runs and prints as `run` does: one run, not a second one after the failure.
  set -- bundle -O "$zip" "--profile=${DOCTOR_PROFILE:-vendor}" "$@"
fi

attempt=1
while :; do
  if [ "$signals" -gt 0 ]; then code=143 && break; fi
  rm -f "$zip"
  "$bin/foundry-doctor" "$@" &
  child=$!
  await
  if [ "$code" -ne 5 ] || [ "$attempt" -gt "$retries" ] || [ "$signals" -gt 0 ]; then break; fi
  # Not all jobs of a night at the same second: the process id spreads them.
  pause=$((delay + $$ % (delay / 4 + 1)))
  echo "preflight: only transient failures; attempt $((attempt + 1)) in $pause s" >&2
  attempt=$((attempt + 1))
  delay=$((delay * 2))
  # Second by second: a trap waits for a command in the foreground, and this one is short.
  while [ "$pause" -gt 0 ] && [ "$signals" -eq 0 ]; do
    sleep 1
    pause=$((pause - 1))
  done
done
if [ "$bundle" = on-failure ] && [ "$code" -eq 0 ]; then rm -f "$zip"; fi
exit "$code"
