#!/usr/bin/env bash
# Second step of action.yml: the doctor from the action's own ref, in an environment of its own.
# Its dependencies come from the restored wheels where they are complete, else from pip's index.
set -euo pipefail
unset PYTHONHOME PYTHONPATH PIP_PREFIX PIP_TARGET PIP_USER

home=$DOCTOR_HOME
wheels=$DOCTOR_WHEELS
if [ -f "$home/installed" ]; then exit 0; fi

rm -rf "$home/venv" "$home/source" "$home/own"
mkdir -p "$home/source" "$wheels"
"$DOCTOR_PYTHON" -m venv "$home/venv"
bin=$home/venv/bin
if [ -d "$home/venv/Scripts" ]; then bin=$home/venv/Scripts; fi

# Building leaves files beside the sources: it happens in a copy, since `uses: ./` is a work tree.
for one in doctor checks playbooks pyproject.toml README.md LICENSE; do
  cp -R "$GITHUB_ACTION_PATH/$one" "$home/source/"
done

pip() {
  "$bin/python" -m pip --disable-pip-version-check --no-input -q "$@"
}

# `--no-compile`: a job imports a tenth of it, and compiles that by itself.
from_folder() {
  rm -rf "$home/own"
  pip wheel --no-index --find-links "$1" --no-deps --wheel-dir "$home/own" "$home/source" &&
    pip install --no-compile --no-index --find-links "$1" "$home"/own/foundry_doctor-*.whl
}

from_index() {
  # The build's own requirement is among the wheels, so that a restored cache needs no index.
  pip wheel --wheel-dir "$wheels" "$home/source" 'setuptools>=77' &&
    rm -f "$wheels"/foundry_doctor-*.whl && from_folder "$wheels"
}

if [ -n "${INPUT_WHEELHOUSE:-}" ]; then
  from_folder "$INPUT_WHEELHOUSE"
elif compgen -G "$wheels/*.whl" >/dev/null && from_folder "$wheels" 2>/dev/null; then
  echo "foundry-doctor: installed from the cached wheels"
else
  from_index
fi
printf '%s\n' "$bin" >"$home/installed"
