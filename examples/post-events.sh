#!/usr/bin/env bash
# One HTTP call: three events, one of them wrong, to see what the answer says.
#
#   examples/post-events.sh
#
# Takes the address and the first key from .meterline/credentials.json, or from GATEWAY_URL and METERLINE_KEY.
set -euo pipefail

credentials="$(dirname "$0")/../.meterline/credentials.json"
field() { node -p "const c = JSON.parse(require('fs').readFileSync('$credentials', 'utf8')); $1"; }
url="${GATEWAY_URL:-$(field 'c.gateway_url')}"
key="${METERLINE_KEY:-$(field 'c.keys[0].secret')}"
now="$(date -u +%Y-%m-%dT%H:%M:%SZ)"
run="example-$(date +%s)"

event() {
  printf '{"request_id":"%s","timestamp":"%s","provider":"openai","model_name":"gpt-5-mini","operation_type":"completion",' "$1" "$now"
  printf '"units":{"tokens_input":1523,"tokens_input_cached":1024,"tokens_output":311},"endpoint":"checkout.summary"%s}\n' "${2:-}"
}

# The secret goes in by a file descriptor: what stands on a command line can be seen by every user of the machine.
{ event "$run-1"; event "$run-2"; event "$run-3" ',"modle":"a field that is not known"'; } |
  curl --silent --show-error --write-out '\nstatus %{http_code}\n' "$url/v1/events" \
    --header 'Content-Type: application/x-ndjson' \
    --header @<(printf 'Authorization: Bearer %s\n' "$key") \
    --data-binary @-
