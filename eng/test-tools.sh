#!/usr/bin/env bash
# Fetches what only tests and benchmarks need: test-tools.sh FOLDER [TOOL...]. duckdb: its library, which reads every shard we write; azurite: speaks
# Azure's blob wire; hcl: terraform's formatter; iproute: networks of namespaces; chromium: the browser; postgres: the server, started by the tests on a folder of their own. All where none is named.
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

npm_package() {
  local target=$folder/$1 work
  [ -e "$target/node_modules" ] && return
  work=$(mktemp -d "$folder/fetch.XXXX")
  npm install --prefix "$work" --silent --no-audit --no-fund --ignore-scripts "$2" >/dev/null
  rm -rf "$target"
  mv "$work" "$target"
}

azurite() {
  npm_package azurite azurite@3.35.0
}

# npm's package of terraform's formatter, for machines that have no terraform.
hcl() {
  command -v terraform >/dev/null || npm_package hcl @cdktf/hcl-tools@0.21.0
}

# Makes the network namespaces that stand for machines.
iproute() {
  ensure_packages iproute2
}

# Looks at the page.
chromium() {
  ensure_packages chromium
}

postgres() {
  ensure_packages postgresql
}

shift
[ $# -gt 0 ] || set -- duckdb azurite hcl iproute postgres chromium
for tool; do "$tool"; done
