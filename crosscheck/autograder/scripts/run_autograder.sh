#!/usr/bin/env bash
# Grades one submission. Whatever happens, there is a result: first one that says that there is
# none, which is replaced when there is.
root="${AUTOGRADER_ROOT:-/autograder}"
source="$root/source"
python="$root/crosscheck/bin/python"

mkdir -p "$root/results"
cp "$source/not_graded.json" "$root/results/results.json"
work="$(mktemp -d)" || exit 0
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 0  # not in the submission: nothing of it may be imported here

# -P, PYTHONSAFEPATH: from 3.11 on, Python looks for no module in the current folder.
export PYTHONSAFEPATH=1
"$python" -m crosscheck grade "$root/submission" --single --out "$work/results" --jobs 1 \
    @@grade
if "$python" -m crosscheck report "$work/results" --gradescope "$work/results.json" \
    @@report; then
    cp "$work/results.json" "$root/results/results.json.part" &&
        mv "$root/results/results.json.part" "$root/results/results.json"
fi
exit 0
