#!/bin/sh
# The libraries that the audit's sampling is measured beside, in an environment of their own under the build folder.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../../.." && pwd)
venv=${1:-"${CARGO_TARGET_DIR:-$root/target}/door-peers"}
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check numpy openturns
echo "$venv/bin/python"
