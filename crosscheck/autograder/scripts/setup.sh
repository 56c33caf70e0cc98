#!/usr/bin/env bash
# Installs crosscheck @@version and what it needs. Gradescope runs this once, as root.
set -euo pipefail
root="${AUTOGRADER_ROOT:-/autograder}"
source="$root/source"

if ! python3 -c "import ensurepip, venv" 2>/dev/null; then
    apt-get update && apt-get install -y python3 python3-venv
fi
python3 -m venv "$root/crosscheck"
"$root/crosscheck/bin/python" -m pip install --no-input "$source/"@@wheel

# Only the grader reads the answers: zip programs may have dropped their mode.
if [ -e "$source/@@oracle" ]; then
    chmod 600 "$source/@@oracle"
fi
