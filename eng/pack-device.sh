#!/usr/bin/env bash
# Packs the program with the .NET run-time, the native library's sources and given data, to try it on a bare machine that has a GPU, PyTorch and a C++
# compiler, but no .NET and no network:
#   eng/pack-device.sh OUT.tar.xz [FOLDER]
# FOLDER: a folder with a pipeline.yaml, its sweeps and its .pipeline (state, data and shards), which goes along as `work`. On the machine:
#   python3 -m tarfile -e OUT.tar.xz && cd pipeline-device && ./pipeline doctor && cd work && ../pipeline submit SWEEP.yaml --device cuda:0
source "$(dirname "${BASH_SOURCE[0]}")/bootstrap.sh"
limit=64000000
out=${1:?"usage: pack-device.sh OUT.tar.xz [FOLDER]"}
out=$(realpath -m "$out")
work=${2:+$(realpath "$2")}
[ -z "$work" ] || [ -e "$work/pipeline.yaml" ] || fail "$2 has no pipeline.yaml: name the folder that holds it"
ensure_packages xz-utils
build cli src/Cli/Cli.csproj src

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
to=$stage/pipeline-device
mkdir -p "$to/app" "$to/native-source"

# The run-time lies beside the SDK; restoring one for this purpose would need a registry that has it.
dotnet_root=$(dirname "$(realpath "$(command -v dotnet)")")
version=$(dotnet --list-runtimes | sed -nE 's|^Microsoft.NETCore.App (10\.[0-9.]+) .*|\1|p' | tail -n 1)
for part in "host/fxr/$version" "shared/Microsoft.NETCore.App/$version" "shared/Microsoft.AspNetCore.App/$version"; do
  [ -d "$dotnet_root/$part" ] || fail "the run-time to pack is not whole: $dotnet_root/$part is missing. Install the ASP.NET Core run-time $version"
  mkdir -p "$to/dotnet/$(dirname "$part")"
  cp -r "$dotnet_root/$part" "$to/dotnet/$part"
done
cp "$dotnet_root/dotnet" "$to/dotnet/"
# For debuggers and for creating dumps.
rm -f "$to"/dotnet/shared/Microsoft.NETCore.App/*/{createdump,libmscordaccore.so,libmscordbi.so}

cp -r "$artifacts/bin/Cli/release/." "$to/app/"
rm -f "$to"/app/*.pdb "$to"/app/Pipeline.*.xml "$to"/app/pipeline.xml
find "$to/app/runtimes" -mindepth 1 -maxdepth 1 ! -name "linux-x64" ! -name unix ! -name linux -exec rm -rf {} + 2>/dev/null || true
cp "$root"/src/Workers/Torch/native/* "$to/native-source/"
[ -z "$work" ] || cp -r "$work" "$to/work"

cat >"$to/pipeline" <<'EOF'
#!/usr/bin/env bash
# The command line. The first call builds the native library against the PyTorch of python3, or the libtorch that LIBTORCH names.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export DOTNET_ROOT=$here/dotnet PIPELINE_NATIVE=$here/native DOTNET_CLI_TELEMETRY_OPTOUT=1
if [ ! -e "$here/native/libpipeline_torch.so" ]; then
  if [ -z "${LIBTORCH:-}" ]; then
    LIBTORCH=$(python3 -c 'import os, torch; print(os.path.dirname(torch.__file__))') ||
      { echo "pipeline: python3 has no PyTorch. Let LIBTORCH name the folder of a libtorch or PyTorch" >&2; exit 1; }
  fi
  export LIBTORCH
  echo "pipeline: building the native library against $LIBTORCH (once)" >&2
  bash "$here/native-source/build.sh" "$here/native" >"$here/native.log" 2>&1 || { tail -n 20 "$here/native.log" >&2; exit 1; }
fi
exec "$here/dotnet/dotnet" "$here/app/pipeline.dll" "$@"
EOF
chmod +x "$to/pipeline"

# xz takes a third off what gzip leaves; Python unpacks it where there is no xz.
tar -C "$stage" -c pipeline-device | xz -T0 -6 >"$stage/pack"
bytes=$(stat -c %s "$stage/pack")
if [ "$bytes" -gt "$limit" ]; then
  du -sh "$to"/* | sort -rh >&2
  fail "the pack has $bytes bytes. Expected at most $limit: give less data (the folders above have these sizes before compression)"
fi
mv "$stage/pack" "$out"
say "packed $out: $bytes bytes"
