#!/usr/bin/env bash
# Builds libpipeline_torch.so into the folder named: ./build.sh FOLDER. Compiles what is older than its sources, two files at a time.
# libtorch is Debian's (libtorch-dev), or the one in the folder that LIBTORCH names (a libtorch archive, or the torch folder of a PyTorch), with CUDA where
# libtorch_cuda.so lies beside its libtorch_cpu.so.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=${1:?"usage: build.sh FOLDER"}
mkdir -p "$out/obj"
standard=17
# Of libtorch 2.6's headers GCC 14 believes that they write past the end of a std::vector.
flags=(-O3 -fPIC -fopenmp -fvisibility=hidden -Wall -Wno-deprecated-declarations -Wno-unknown-pragmas -Wno-array-bounds -Wno-stringop-overflow)
export CXX=${CXX:-g++}

# Prints the folder of libtorch_cpu.so: one of those given, else where the linker looks.
library_folder() {
  local folder found
  for folder in "$@"; do
    [ ! -e "$folder/libtorch_cpu.so" ] || { echo "$folder"; return; }
  done
  found=$("$CXX" -print-file-name=libtorch_cpu.so)
  [ "$found" = libtorch_cpu.so ] || dirname "$found"
}

links=()
places=()
if [ -n "${LIBTORCH:-}" ]; then
  [ -e "$LIBTORCH/include/ATen/ATen.h" ] || { echo "LIBTORCH=$LIBTORCH has no include/ATen/ATen.h: name the folder that holds include/ and lib/" >&2; exit 1; }
  flags+=("-isystem$LIBTORCH/include" "-isystem$LIBTORCH/include/torch/csrc/api/include")
  # An archive and pip have the libraries in lib/; conda's PyTorch in the lib/ that site-packages lies in.
  places=("$LIBTORCH/lib" "$LIBTORCH/lib64" "$LIBTORCH/../../..")
else
  [ -e /usr/include/ATen/ATen.h ] || { echo "no libtorch: install Debian's libtorch-dev, or let LIBTORCH name the folder of another" >&2; exit 1; }
  flags+=(-isystem/usr/include/torch/csrc/api/include)
fi
folder=$(library_folder ${places[@]+"${places[@]}"})
[ -n "$folder" ] || { echo "no libtorch_cpu.so in ${places[*]} or where the linker looks: let LIBTORCH name the folder of a libtorch, or of a PyTorch" >&2; exit 1; }
# Where a distribution leaves a link, the library that it names has the others beside it.
beside=$(dirname "$(readlink -f "$folder/libtorch_cpu.so")")
if [ ${#places[@]} -gt 0 ]; then
  for settings in "$LIBTORCH/share" "$beside/../share" "$beside"; do
    settings=$settings/cmake/Torch/TorchConfig.cmake
    [ -e "$settings" ] || continue
    # A libtorch built with the old ABI of std::string, or for a later C++, says so in its own settings.
    ! grep -q 'GLIBCXX_USE_CXX11_ABI=0' "$settings" || flags+=(-D_GLIBCXX_USE_CXX11_ABI=0)
    asked=$(sed -nE 's|.*CXX_STANDARD ([0-9]+).*|\1|p' "$settings" | head -n 1)
    [ "${asked:-0}" -le "$standard" ] || standard=$asked
    break
  done
  for place in "$folder" "$beside"; do
    links+=("-L$place" "-Wl,-rpath,$place")
  done
fi
for place in "$folder" "$beside"; do
  [ -e "$place/libtorch_cuda.so" ] || continue
  flags+=(-DPT_CUDA)
  # Nothing here names its symbols: it makes itself known to libtorch when it is loaded. It finds NVIDIA's libraries by its own paths.
  links+=("-L$place" "-Wl,-rpath,$place" "-Wl,--no-as-needed" -ltorch_cuda -lc10_cuda "-Wl,--as-needed" "-Wl,--allow-shlib-undefined")
  break
done
flags+=("-std=c++$standard")

# Other flags or another libtorch make every object stale.
printf '%s\n' "${flags[@]}" "${links[@]}" >"$out/obj/flags.new"
cmp -s "$out/obj/flags.new" "$out/obj/flags" || { rm -f "$out"/obj/*.o; mv "$out/obj/flags.new" "$out/obj/flags"; }

stale=()
for source in "$here"/*.cpp; do
  object=$out/obj/$(basename "$source" .cpp).o
  [ "$object" -nt "$source" ] && [ "$object" -nt "$here/binding.h" ] && [ "$object" -nt "$here/kernels.h" ] || stale+=("$source")
done
[ ${#stale[@]} -gt 0 ] || [ ! -e "$out/libpipeline_torch.so" ] || exit 0

# Each object takes its name only when it is whole.
compile='source=$1; object=$2/obj/$(basename "$source" .cpp).o; shift 2; "$CXX" "$@" -c "$source" -o "$object.part" && mv "$object.part" "$object"'
[ ${#stale[@]} -eq 0 ] || printf '%s\0' "${stale[@]}" | xargs -0 -P 2 -I{} bash -c "$compile" compile {} "$out" "${flags[@]}"
objects=()
for source in "$here"/*.cpp; do
  objects+=("$out/obj/$(basename "$source" .cpp).o")
done
"$CXX" -shared -fopenmp "${objects[@]}" ${links[@]+"${links[@]}"} -ltorch_cpu -lc10 -o "$out/libpipeline_torch.so.part"
mv "$out/libpipeline_torch.so.part" "$out/libpipeline_torch.so"
