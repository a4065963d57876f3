#!/bin/sh
# Proves that a backup can be put back, without touching what runs: do it now and then, and before an upgrade.
#
#   deploy/drill.sh           makes a backup of the database (SEXTANT_DB) and tries that one
#   deploy/drill.sh FILE      tries a backup that you have, also one that Litestream restored
#
# It restores into a folder of its own, which is gone at the end, and lets the program read and write there.
# SEXTANT names the program where it is not on the path.
set -eu
sextant=${SEXTANT:-sextant}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
backup=${1:-"$scratch/backup.db"}
[ $# -gt 0 ] || $sextant backup "$backup"

export SEXTANT_DB="$scratch/restored/sextant.db" SEXTANT_READER=offline
$sextant restore "$backup"
echo "The newest decisions in it:"
$sextant decisions list --limit 3
echo help | $sextant chat | grep -q . || { echo "It does not answer; see above." >&2; exit 1; }
echo "It can be restored, and takes new messages."
