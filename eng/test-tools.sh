#!/usr/bin/env bash
# Fetches what only tests need into the folder given: DuckDB's library, which reads every shard we write, and Azurite, which speaks Azure's blob wire.
set -euo pipefail
folder=$1
source "$(dirname "${BASH_SOURCE[0]}")/bootstrap.sh"
command -v npm >/dev/null || ensure_packages nodejs npm

duckdb() {
  local target=$folder/duckdb work library
  [ -e "$target/libduckdb.so" ] && return
  work=$(mktemp -d "$folder/fetch.XXXX")
  (cd "$work" && npm pack --silent @duckdb/node-bindings-linux-x64@1.5.6-r.1 >/dev/null && tar -xzf ./*.tgz)
  library=$(find "$work/package" -name 'libduckdb.so' -print -quit)
  mkdir -p "$target"
  mv "$library" "$target/libduckdb.so"
  rm -rf "$work"
}

azurite() {
  local target=$folder/azurite work
  [ -e "$target/node_modules/azurite" ] && return
  work=$(mktemp -d "$folder/fetch.XXXX")
  npm install --prefix "$work" --silent --no-audit --no-fund --ignore-scripts azurite@3.35.0 >/dev/null
  rm -rf "$target"
  mv "$work" "$target"
}

duckdb
azurite
# State on PostgreSQL is tested on the real server, started by the tests on a folder of their own.
ensure_packages postgresql
