#!/usr/bin/env bash
# The mock as a server, used with curl alone: make a video, wait for it, save it as cat.mp4.
#
# Usage: bash server_with_curl.sh, where `evolink-mock` is on the path (pip install 'evolink-client[mock]')
set -euo pipefail

log=$(mktemp)
evolink-mock serve --quiet --port 0 --speed 600 --api-key my-key > "$log" &
server=$!
trap 'kill "$server"; wait "$server" || true; rm "$log"' EXIT
until grep -q listening "$log"; do kill -0 "$server"; sleep 0.1; done
address=$(sed -n 's/.*listening on //p' "$log")

api() { curl --silent --show-error --fail-with-body -H 'Authorization: Bearer my-key' "$@"; }
text() { sed -n "s/.*\"$1\":\[*\"\([^\"]*\)\".*/\1/p"; }  # the first string value of a name, in compact JSON

task=$(api "$address/v1/videos/generations" -H 'Content-Type: application/json' \
    -d '{"model": "sora-2", "prompt": "A cat playing piano"}')
id=$(text id <<< "$task")
status() { text status <<< "$task"; }

while echo "$id is $(status)"; [[ $(status) == p* ]]; do  # pending, processing
    sleep 0.2
    task=$(api "$address/v1/tasks/$id")
done
[[ $(status) == completed ]]

curl --silent --show-error --fail --output cat.mp4 "$(text results <<< "$task")"  # without the key
ls -l cat.mp4
