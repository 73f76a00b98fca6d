#!/bin/sh
# Puts NumPy into a virtual environment beside this script, for the comparison in `cargo xtask bench`. Node is
# taken as it is. What cannot be had is reported by the bench as not measured, with the reason.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ -x "$here/venv/bin/python" ] || python3 -m venv "$here/venv"
"$here/venv/bin/python" -c "import numpy" 2>/dev/null ||
    "$here/venv/bin/pip" install --quiet --disable-pip-version-check "numpy>=2,<3"
