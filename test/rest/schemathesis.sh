#!/bin/sh
# Calls a server with what its own description allows and forbids: no 5xx, and every answer fits its schema.
# Takes about two minutes. Tests the server at REWINDMQ_URL; without it, starts one. Needs Python 3.10 or newer.
set -eu

version=4.32.5
root=$(cd "$(dirname "$0")/../.." && pwd)
tool="${XDG_CACHE_HOME:-$HOME/.cache}/rewindmq/schemathesis-$version"
work=$(mktemp -d)
server=

clean_up() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  [ -z "$server" ] || wait "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

if ! [ -x "$tool/bin/schemathesis" ]; then
  python3 -m venv "$tool"
  "$tool/bin/pip" install --quiet "schemathesis==$version"
fi

url=${REWINDMQ_URL:-}
if [ -z "$url" ]; then
  cd "$root"
  node --import tsx bin/start.ts --port 0 --data "$work/data" >"$work/server.log" 2>&1 &
  server=$!
  for _ in $(seq 600); do
    url=$(sed -n 's/.*REST *\(http:[^ ]*\)\/queues .*/\1/p' "$work/server.log")
    [ -z "$url" ] || break
    sleep 0.1
  done
  [ -n "$url" ] || { cat "$work/server.log"; exit 1; }
fi

# Of random names none would be there, so that most calls would end at a 404.
cat >"$work/schemathesis.toml" <<'TOML'
[parameters]
"path.name" = "fuzzed"
TOML

# A receive may wait for 20 s. Not checked: that all calls a schema allows are accepted (no schema can tell which queues and cursors there are),
# that a cancelled rewind is gone (it stays to be looked at), and authentication, which the local server does without.
# One worker: with more, some releases of Python fail within the tool.
cd "$work"
"$tool/bin/schemathesis" --config-file "$work/schemathesis.toml" run "$url/openapi.json" \
  --checks all --exclude-checks positive_data_acceptance,use_after_free,ignored_auth \
  --max-time "${SCHEMATHESIS_SECONDS:-80}" --request-timeout 30 --max-response-time 30 --workers 1 --no-color "$@"
