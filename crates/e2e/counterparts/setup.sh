#!/bin/sh
# Installs the counterparts that tests talk to, at the versions named beside this file; safe to run again.
#   zigbee/  Zigbee2MQTT and its Node   (npm)       about 20 s, 270 MB
#   zwave/   Z-Wave JS, its server and mock nodes  (npm)  about 40 s, 280 MB
#   mail/    aiosmtpd                   (PyPI)      about 5 s, 30 MB
#   calendar/ icalendar                 (PyPI)      about 5 s, 20 MB
# Mosquitto comes from the system: apt-get install mosquitto mosquitto-clients openssl
# Needs npm and python3 with venv. Without a counterpart its tests are skipped, with DOORWARD_REQUIRE_COUNTERPARTS=1
# they fail.
set -eu
cd "$(dirname "$0")"
stamp() { cksum "$@" | cksum; }

for counterpart in zigbee zwave; do
  want=$(stamp $counterpart/package.json $counterpart/package-lock.json)
  if [ "$(cat $counterpart/node_modules/.stamp 2>/dev/null || true)" != "$want" ]; then
    # no install scripts: the native serial port is not needed, the radio is replaced
    (cd $counterpart && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
    printf '%s\n' "$want" > $counterpart/node_modules/.stamp
  fi
done

for name in mail calendar; do
  want=$(stamp $name/requirements.txt)
  if [ "$(cat $name/venv/.stamp 2>/dev/null || true)" != "$want" ]; then
    python3 -m venv --clear $name/venv
    $name/venv/bin/python -m pip install --quiet --disable-pip-version-check -r $name/requirements.txt
    printf '%s\n' "$want" > $name/venv/.stamp
  fi
done
