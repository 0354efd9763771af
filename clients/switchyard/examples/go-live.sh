#!/bin/sh
# Take an experiment live, at once or when a slot frees: go-live.sh KEY NAME
# Run again, it goes on where it was. The address is in SWITCHYARD_URL, the key in SWITCHYARD_KEY.
set -eu
key=$1
name=$2

code=0
switchyard experiments create "$name" --key "$key" || code=$?
# 3: the key is taken, because an earlier run has created it.
[ "$code" -eq 0 ] || [ "$code" -eq 3 ] || exit "$code"

code=0
switchyard experiments start "$key" --reason "Started by a job." || code=$?
# 1: refused, as where the plan has no slot free. What can never go live, the queue refuses too.
[ "$code" -ne 1 ] || switchyard experiments queue "$key"
[ "$code" -le 1 ] || exit "$code"

switchyard experiments wait "$key" --interval "${INTERVAL:-10}" --timeout "${TIMEOUT:-3600}"
