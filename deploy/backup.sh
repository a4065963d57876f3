#!/bin/sh
# Copies the database into a folder, named by the moment, and removes such copies older than KEEP_DAYS.
#
#   deploy/backup.sh FOLDER
#
# It may run while the bot does. SEXTANT names the program where it is not on the path.
set -eu
folder=${1:?usage: deploy/backup.sh FOLDER}
keep=${KEEP_DAYS:-14}
mkdir -p "$folder"
${SEXTANT:-sextant} backup "$folder/sextant-$(date -u +%Y%m%dT%H%M%SZ).db"
find "$folder" -maxdepth 1 -type f -name 'sextant-*Z.db' -mtime "+$keep" -delete
