#!/usr/bin/env bash
# Fetches what only tests need into the folder given: DuckDB's library, which reads every shard we write.
set -euo pipefail
folder=$1
package=@duckdb/node-bindings-linux-x64@1.5.6-r.1
target=$folder/duckdb
[ -e "$target/libduckdb.so" ] && exit 0
if ! command -v npm >/dev/null; then
  source "$(dirname "${BASH_SOURCE[0]}")/bootstrap.sh"
  ensure_packages npm
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && npm pack --silent "$package" >/dev/null && tar -xzf ./*.tgz)
library=$(find "$work/package" -name 'libduckdb.so' -print -quit)
[ -n "$library" ]
mkdir -p "$target"
mv "$library" "$target/libduckdb.so"
