#!/bin/sh
# Makes the wheel of what is committed, so that nothing which an earlier build or an editor left in the tree gets into it:
#
#   sh deploy/wheel.sh DIRECTORY [PYTHON]      (pip and what locks/build.txt lists belong to that Python)
set -eu
out=$(realpath "$1") python=$(command -v "${2:-python3}")
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
git -C "$(dirname "$0")/.." archive HEAD | tar -x -C "$tree"
"$python" -m pip --disable-pip-version-check --quiet wheel --no-deps --no-build-isolation --wheel-dir "$out" "$tree"
