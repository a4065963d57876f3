#!/bin/sh
# Proves that an image runs with a read-only root, no rights, no network and one volume: deploy/smoke.sh [IMAGE]
# ENGINE names another program than docker.
set -eu
engine=${ENGINE:-docker}
name="sextant-smoke-$$"
trap '$engine rm --force --volumes "$name" > /dev/null' EXIT
$engine run --detach --name "$name" --read-only --cap-drop ALL --security-opt no-new-privileges \
    --network none "${1:-sextant:latest}" > /dev/null
tries=60
until $engine exec "$name" python /opt/sextant/healthy.py; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || { $engine logs "$name"; exit 1; }
    sleep 1
done
$engine exec "$name" sextant doctor
$engine exec "$name" sextant ask "Our support bot invents refund rules. They change every week." > /dev/null
$engine stop -t 45 "$name" > /dev/null
ended=$($engine inspect --format '{{.State.ExitCode}}' "$name")
[ "$ended" = 0 ] || { echo "It ended with $ended when it was told to stop." >&2; exit 1; }
echo "The image runs, reads by meaning without a network, and stops when it is told to."
