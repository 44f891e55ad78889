# Sourced by ./pipeline, ./test and ./bench: makes a bare Debian 12 with git and the .NET 10 SDK ready, and builds what changed.
# Everything it says goes to standard error, so that `--json` output stays one document.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
artifacts=$root/.artifacts
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1

say() { echo "pipeline: $*" >&2; }

fail() { say "$1"; exit 1; }

# ensure_packages PACKAGE...: installs the Debian packages that are missing, with sudo when not root.
ensure_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  command -v apt-get >/dev/null || fail "needs ${missing[*]} and cannot install them: this system has no apt-get. Install them by hand and run again."
  local as_root=""
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "needs the Debian packages ${missing[*]}. Run as root or install sudo: apt-get install ${missing[*]}"
    as_root=sudo
  fi
  say "installing ${missing[*]} (once)"
  local log=$artifacts/apt.log
  { $as_root apt-get install -y --no-install-recommends "${missing[@]}" ||
    { $as_root apt-get update && $as_root apt-get install -y --no-install-recommends "${missing[@]}"; }; } >"$log" 2>&1 </dev/null ||
    { tail -n 5 "$log" >&2; fail "apt-get could not install ${missing[*]}; the whole log is $log"; }
}

# changed STAMP PATH...: whether a file or folder under the paths is newer than the stamp, or the stamp is absent.
changed() {
  local stamp=$1
  shift
  [ ! -e "$stamp" ] || [ -n "$(find "$@" -newer "$stamp" -print -quit 2>/dev/null)" ]
}

# Whether the native library is to be built: its sources changed, or LIBTORCH names another libtorch than that it was built for.
native_changed() {
  changed "$artifacts/native.built" src/Workers/Torch/native || [ "$(cat "$artifacts/native.built")" != "${LIBTORCH:-}" ]
}

ensure_sdk() {
  command -v dotnet >/dev/null || fail "needs the .NET 10 SDK: 'dotnet' is not on the PATH. Get it from https://dot.net"
  (cd "$root" && dotnet --version >/dev/null 2>&1) || fail "needs a .NET SDK 10.0.100 or newer; found: $(dotnet --list-sdks | tr '\n' ' ')"
}

build_native() {
  local packages=(g++)
  [ -n "${LIBTORCH:-}" ] || packages+=(libtorch-dev)
  ensure_packages "${packages[@]}"
  say "building the native library"
  bash "$root/src/Workers/Torch/native/build.sh" "$artifacts/native" >"$artifacts/native.log" 2>&1 ||
    { tail -n 20 "$artifacts/native.log" >&2; fail "the native library did not build; the whole log is $artifacts/native.log"; }
}

# build STAMP-NAME PROJECT PATH...: builds the project where something under the paths changed since the last time.
build() {
  local stamp=$artifacts/$1.built project=$2
  shift 2
  cd "$root"
  changed "$stamp" "$@" Directory.Build.props Directory.Packages.props global.json .editorconfig eng || native_changed || { cd - >/dev/null; return 0; }
  mkdir -p "$artifacts"
  exec 8>"$artifacts/build.lock"
  flock 8
  ensure_sdk
  ensure_packages libsndfile1 espeak-ng libsqlite3-0
  if native_changed; then
    printf %s "${LIBTORCH:-}" >"$artifacts/native.started"
    build_native
    mv "$artifacts/native.started" "$artifacts/native.built"
  fi
  say "building ${project}"
  touch "$stamp.started"
  dotnet build "$project" -c Release --nologo -v quiet >"$artifacts/build.log" 2>&1 ||
    { grep -E 'error|warn' "$artifacts/build.log" | sort -u | head -n 20 >&2; fail "the build failed; the whole log is $artifacts/build.log"; }
  mv "$stamp.started" "$stamp"
  flock -u 8
  cd - >/dev/null
}
