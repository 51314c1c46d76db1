#!/bin/sh
# The requests of the seed page, in its order and with its bodies, against a running Digitree; then calls.
#
# It wants +14155559876 to be bound to nothing yet.
#
#   BASE_URL=http://127.0.0.1:8080 API_KEY=dt_... tests/seed_page.sh
#
# Each answer is checked. The calls go through the development switch to the call server (DIGITREE_ESL), so they
# need no SIP. DIGITREE names the program, PYTHON a Python for reading JSON. Exit code 0: all as on the page.
set -eu

: "${BASE_URL:=http://127.0.0.1:8080}"
: "${API_KEY:?set API_KEY to a key of this Digitree}"
: "${PYTHON:=python3}"
here=$(cd "$(dirname "$0")/.." && pwd)
[ -x "$here/.venv/bin/digitree" ] || here=
: "${DIGITREE:=${here:+$here/.venv/bin/}digitree}"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT INT TERM
answer=$scratch/answer.json
checks=0

fail() {
  printf 'FAILED: %s\n' "$1" >&2
  [ ! -s "$answer" ] || { cat "$answer" >&2; echo >&2; }
  exit 1
}

# request METHOD PATH EXPECTED_STATUS [BODY]
request() {
  if [ $# -ge 4 ]; then
    status=$(curl -sS -m 120 -o "$answer" -w '%{http_code}' -X "$1" "$BASE_URL$2" \
      -H "Authorization: Bearer $API_KEY" -H "Content-Type: application/json" -d "$4") || fail "$1 $2: no answer"
  else
    status=$(curl -sS -m 120 -o "$answer" -w '%{http_code}' -X "$1" "$BASE_URL$2" \
      -H "Authorization: Bearer $API_KEY") || fail "$1 $2: no answer"
  fi
  [ "$status" = "$3" ] || fail "$1 $2: status $status, expected $3"
  printf '%-5s %-40s %s\n' "$1" "$2" "$status"
}

# check WHAT EXPRESSION: a Python expression over `a`, the last answer, that must be true
check() {
  "$PYTHON" -c 'import json, sys; a = json.load(open(sys.argv[1])); sys.exit(not eval(sys.argv[2]))' \
    "$answer" "$2" || fail "$1: not true: $2"
  checks=$((checks + 1))
}

# value EXPRESSION: prints it, taken from the last answer
value() {
  "$PYTHON" -c 'import json, sys; a = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$answer" "$1"
}

# 1: create
request POST /ivr 201 '{
"name": "Plumber Qualifier",
"nodes": {
"welcome": {
"audio": "welcome.wav",
"gather": { "1": "has_license", "9": "dnc" },
"timeout_node": "welcome"
},
"has_license": {
"audio": "license_check.wav",
"gather": { "1": "service_area", "2": "unqualified" }
},
"service_area": {
"audio": "area_check.wav",
"gather": { "1": "transfer_ai", "2": "out_of_area" }
},
"transfer_ai": { "action": "transfer" },
"unqualified": { "action": "hangup", "audio": "not_qualified.wav" },
"out_of_area": { "action": "hangup", "audio": "wrong_area.wav" },
"dnc": { "action": "suppress" }
}
}'
check "the id" 'a["id"].startswith("ivr_")'
check "the name" 'a["name"] == "Plumber Qualifier"'
check "a new menu is a draft" 'a["status"] == "draft"'
check "the time of its making" '__import__("re").fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", a["created_at"])'
ivr=$(value 'a["id"]')

# 2, 3: speak two of its prompts
request POST "/ivr/$ivr/audio" 201 '{
"node": "welcome",
"text": "Thanks for calling. Press 1 if you are a licensed plumber, or press 9 to be removed from our list.",
"voice": "rachel"
}'
check "which node" 'a["node"] == "welcome" and a["audio"] == "welcome.wav"'
check "a cent a second" 'abs(float(a["cost_usd"]) - 0.01 * a["duration_seconds"]) < 0.0001 and a["duration_seconds"] > 2'
request POST "/ivr/$ivr/audio" 201 '{
"node": "has_license",
"text": "Great. Press 1 if you serve the Phoenix metro area, or press 2 if you do not.",
"voice": "rachel"
}'
check "which node" 'a["node"] == "has_license" and a["audio"] == "license_check.wav"'
curl -sS -m 30 -o "$scratch/prompt.wav" -H "Authorization: Bearer $API_KEY" "$BASE_URL/ivr/$ivr/audio/welcome.wav"
"$PYTHON" -c 'import sys, wave; w = wave.open(sys.argv[1])
sys.exit((w.getframerate(), w.getnchannels(), w.getsampwidth()) != (8000, 1, 2) or w.getnframes() < 16000)' \
  "$scratch/prompt.wav" || fail "the prompt is no WAV file of 8 kHz, mono, 16 bit"

# 4: bind the number
request POST "/ivr/$ivr/assign" 200 '{
"did": "+14155559876"
}'
check "now it is live" 'a["status"] == "live" and "+14155559876" in a["dids"]'

# The calls of the page's last steps. `call NAME DID ARGUMENT...` keeps what the caller heard in $scratch/NAME.
call() {
  name=$1
  did=$2
  shift 2
  "$DIGITREE" call "$did" "$@" >"$scratch/$name" 2>&1 </dev/null || {
    cat "$scratch/$name" >&2
    fail "the call '$name' was not served"
  }
  printf 'call  %-40s %s\n' "$name: $*" "$(tail -n 1 "$scratch/$name")"
}

heard() {
  grep -q "$2" "$scratch/$1" || {
    cat "$scratch/$1" >&2
    fail "the call '$1' did not have: $2"
  }
  checks=$((checks + 1))
}

# eventually PATH EXPRESSION: the answer to GET PATH comes true; what a call leaves behind is written within seconds
eventually() {
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    curl -sS -m 30 -o "$answer" -H "Authorization: Bearer $API_KEY" "$BASE_URL$1" || fail "GET $1: no answer"
    if "$PYTHON" -c 'import json, sys; a = json.load(open(sys.argv[1])); sys.exit(not eval(sys.argv[2]))' \
      "$answer" "$2" 2>/dev/null; then
      checks=$((checks + 1))
      return
    fi
    sleep 1
  done
  fail "GET $1 did not become: $2"
}

call agent +14155559876 --from +14805551001 --press 1,1,1 --speed 4
heard agent 'licensed plumber'
heard agent 'Phoenix metro'
heard agent 'talks to'
eventually "/calls?ani=%2B14805551001" 'a["items"][0]["outcome"] == "transferred"'

call opt-out +14155559876 --from +14805551009 --press 9
eventually "/dnc/+14805551009" 'a["number"] == "+14805551009"'
eventually "/calls?ani=%2B14805551009" 'a["items"][0]["outcome"] == "opted_out"'

call nothing-pressed +14155559876 --from +14805551002 --press - --speed 10
[ "$(grep -c 'licensed plumber' "$scratch/nothing-pressed")" = 3 ] || fail "not asked three times"
heard nothing-pressed 'Goodbye'
eventually "/calls?ani=%2B14805551002" 'a["items"][0]["outcome"] == "no_input"'

# 5: change it. Key 2 leads to a node that does not exist yet: a warning, no refusal.
request PATCH "/ivr/$ivr" 200 '{
"nodes": {
"welcome": {
"audio": "welcome.wav",
"gather": { "1": "has_license", "2": "hours", "9": "dnc" },
"timeout_node": "welcome"
}
}
}'
check "the other nodes are still there" 'len(a["nodes"]) == 7'
check "key 2 is warned of" 'any("hours" in warning["message"] for warning in a["warnings"])'

call key-of-no-node +14155559876 --from +14805551003 --press 2,1,1,1 --speed 4
heard key-of-no-node 'not one of the choices'
heard key-of-no-node 'talks to'

# A call under way keeps the menu it began with; the next one has the new.
"$DIGITREE" call +14155559876 --from +14805551004 --press 2@6000,h >"$scratch/under-way" 2>&1 </dev/null &
under_way=$!
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  ! grep -q hears "$scratch/under-way" || break
  sleep 0.25
done
request PATCH "/ivr/$ivr" 200 '{"nodes": {"hours": {"action": "hangup"}}}'
check "nothing left to warn of but prompts" 'all(warning["code"] == "audio_not_ready" for warning in a["warnings"])'
call next +14155559876 --from +14805551005 --press 2
eventually "/calls?ani=%2B14805551005" 'a["items"][0]["outcome"] == "hung_up"'
wait "$under_way" || fail "the call under way was not served"
heard under-way 'not one of the choices'

# A number that leads nowhere is refused before it is answered.
! "$DIGITREE" call +14155559877 --press 1 >"$scratch/unassigned" 2>&1 </dev/null || fail "an unbound number was served"
heard unassigned '404'

printf 'the seed page works: %s checks\n' "$checks"
