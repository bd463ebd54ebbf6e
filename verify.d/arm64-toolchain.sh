#!/usr/bin/env bash
# arm64-toolchain.sh FOLDER: a cross toolchain to ARM64 and an emulator of it in FOLDER, from Debian packages that are
# unpacked there with an apt state of their own, so that the system's packages, sources and architectures stay as they are.
# Then: . FOLDER/env.sh; cargo build --target aarch64-unknown-linux-gnu
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
command -v apt-get >/dev/null && command -v dpkg >/dev/null || { echo "arm64-toolchain: this needs Debian's apt-get and dpkg" >&2; exit 1; }
[ "$(dpkg --print-architecture)" = amd64 ] || { echo "arm64-toolchain: the packages named in pins/debian.txt are for an amd64 machine" >&2; exit 1; }
rm -rf "$1" && mkdir -p "$1"
folder=$(cd "$1" && pwd)
root=$folder/root
mkdir -p "$root" "$folder/bin" "$folder/apt/state/lists/partial" "$folder/apt/cache/archives/partial" "$folder/debs"

private_apt=(-qq
  -o "Dir::State=$folder/apt/state" -o Dir::State::status=/var/lib/dpkg/status -o "Dir::Cache=$folder/apt/cache"
  -o APT::Architectures=amd64,arm64 -o APT::Sandbox::User=root)
mapfile -t packages < <(grep -v '^#' "$here/pins/debian.txt")
apt-get "${private_apt[@]}" update
(cd "$folder/debs" && apt-get "${private_apt[@]}" download "${packages[@]}")
for package in "$folder"/debs/*.deb; do dpkg -x "$package" "$root"; done
rm -rf "$folder/apt" "$folder/debs" "$root/usr/share" "$root/usr/sbin"
find "$root/usr/bin" -name 'qemu-*-static' ! -name qemu-aarch64-static -delete
# The linker script of libc names its parts by absolute path, where they are not.
sed -i 's#/usr/aarch64-linux-gnu/lib/##g' "$root/usr/aarch64-linux-gnu/lib/libc.so"

program() { # NAME COMMAND: a program in bin/ that finds its libraries wherever FOLDER is.
  printf '#!/bin/sh\nroot=$(cd "$(dirname "$0")/../root" && pwd)\n%s\n' "$2" >"$folder/bin/$1"
  chmod 755 "$folder/bin/$1"
}
libraries='LD_LIBRARY_PATH="$root/usr/lib/x86_64-linux-gnu${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" exec'
program rustc-web "$libraries \"\$root/usr/bin/rustc\" \"\$@\""
program aarch64-linux-gnu-gcc "$libraries \"\$root/usr/bin/aarch64-linux-gnu-gcc-12\" \"\$@\""
for tool in ar ld objdump readelf strip; do program "aarch64-linux-gnu-$tool" "$libraries \"\$root/usr/bin/aarch64-linux-gnu-$tool\" \"\$@\""; done
program qemu-arm64 'exec "$root/usr/bin/qemu-aarch64-static" -L "$root/usr/aarch64-linux-gnu" "$@"'

cat >"$folder/env.sh" <<ENV
# Sourced: cargo builds for ARM64 with Debian's newest rustc, whose standard library exists for both machines.
export RUSTC=$folder/bin/rustc-web
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=$folder/bin/aarch64-linux-gnu-gcc
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER=$folder/bin/qemu-arm64
export CC_aarch64_unknown_linux_gnu=$folder/bin/aarch64-linux-gnu-gcc
export AR_aarch64_unknown_linux_gnu=$folder/bin/aarch64-linux-gnu-ar
ENV
"$folder/bin/rustc-web" --version >/dev/null
"$folder/bin/qemu-arm64" -version >/dev/null
