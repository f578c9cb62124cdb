#!/usr/bin/env bash
# First step of action.yml: finds a Python, and names the folders and the cache's key.
# Everything lies in RUNNER_TEMP, which the runner empties; nothing of the user's is touched.
set -euo pipefail
unset PYTHONHOME PYTHONPATH

fits() {
  "$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1
}

python=
if [ -n "${INPUT_PYTHON:-}" ]; then
  if fits "$INPUT_PYTHON"; then python=$INPUT_PYTHON; fi
else
  # On Windows `python3` may be the shop's stub, which fits nothing.
  for one in python3 python; do
    if fits "$one"; then python=$one && break; fi
  done
fi
if [ -z "$python" ]; then
  echo "::error title=foundry-doctor::no Python 3.10 or newer with venv was found: set the input python-version"
  exit 2
fi

"$python" - >>"$GITHUB_OUTPUT" <<'PY'
import hashlib, os, pathlib, secrets, sys, sysconfig

sys.stdout.reconfigure(newline="\n")

env = os.environ
action = pathlib.Path(env["GITHUB_ACTION_PATH"])
# What decides which wheels pip takes: the requirements, and what the user tells pip about them.
known = hashlib.sha256((action / "pyproject.toml").read_bytes())
for name in ("PIP_CONSTRAINT", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
    known.update(f"\0{name}={env.get(name, '')}".encode())
for path in env.get("PIP_CONSTRAINT", "").split():
    if pathlib.Path(path).is_file():
        known.update(pathlib.Path(path).read_bytes())
# Two refs of the action in one job get two environments.
own = hashlib.sha256(f"{action}\0{sys.executable}".encode()).hexdigest()[:12]
home = pathlib.Path(env["RUNNER_TEMP"], f"foundry-doctor-{own}")
kind = f"{sysconfig.get_platform()}-{sys.implementation.cache_tag}"
job, attempt = env.get("GITHUB_JOB") or "job", env.get("GITHUB_RUN_ATTEMPT") or "1"
print(f"python={sys.executable}")
print(f"home={home}")
print(f"wheels={home / 'wheels'}")
print(f"key=foundry-doctor-wheels-{kind}-{known.hexdigest()[:20]}")
# An artifact's name must be unique in a run, so every cell of a matrix gets its own.
print(f"artifact=foundry-doctor-{job}-{attempt}-{secrets.token_hex(3)}")
PY
