#!/usr/bin/env bash
# Installs what builds and emulates edge artifacts: cross compilers for Cortex-M and 64-bit Arm, and QEMU. About 2 GB, so only where they are needed.
source "$(dirname "${BASH_SOURCE[0]}")/bootstrap.sh"
mkdir -p "$artifacts"
ensure_packages gcc gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm qemu-user gcc-aarch64-linux-gnu libc6-dev-arm64-cross
