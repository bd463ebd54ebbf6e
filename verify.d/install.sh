#!/usr/bin/env bash
# Installs the pinned outside tools into .verify/ at the project's root; what is there already, from the same pins, is kept.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tools=${VERIFY_TOOLS:-$(dirname "$here")/.verify}
mkdir -p "$tools"

# stamped FOLDER SOURCE...: whether FOLDER was made from exactly these sources.
fingerprint() { cat "$@" | sha256sum | cut -c1-64; }
stamped() { [ "$(cat "$tools/$1/.made-from" 2>/dev/null)" = "$(fingerprint "${@:2}")" ]; }
stamp() { fingerprint "${@:2}" >"$tools/$1/.made-from"; }
say() { printf '  installing %s\n' "$*"; }

# Debian packs the part of Python that makes virtual environments on its own.
venv() {
  rm -rf "$1"
  if ! python3 -m venv "$1" >/dev/null 2>&1; then
    rm -rf "$1"
    apt-get -qq update && apt-get -qq install --yes --no-install-recommends python3-venv >/dev/null
    python3 -m venv "$1"
  fi
}

python_tools() { # FOLDER PINS
  stamped "$1" "$2" && return
  say "$1: $(grep -v '^#' "$2" | grep -E '^(ministack|awscli|cfn-lint|parliament|moto|checkov)=' | tr '\n' ' ')"
  venv "$tools/$1"
  "$tools/$1/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$2"
  stamp "$1" "$2"
}

node_tools() {
  stamped node "$here/pins/package.json" "$here/pins/package-lock.json" && return
  say "node: asl-validator iam-simulate"
  rm -rf "$tools/node" && mkdir -p "$tools/node"
  cp "$here/pins/package.json" "$here/pins/package-lock.json" "$tools/node/"
  npm ci --prefix "$tools/node" --silent --no-audit --no-fund --ignore-scripts
  stamp node "$here/pins/package.json" "$here/pins/package-lock.json"
}

sdks() {
  stamped sdks "$here/pins/sdks/package.json" "$here/pins/sdks/package-lock.json" && return
  say "sdks: the providers' libraries for Node"
  rm -rf "$tools/sdks" && mkdir -p "$tools/sdks"
  cp "$here/pins/sdks/package.json" "$here/pins/sdks/package-lock.json" "$tools/sdks/"
  npm ci --prefix "$tools/sdks" --silent --no-audit --no-fund --ignore-scripts
  stamp sdks "$here/pins/sdks/package.json" "$here/pins/sdks/package-lock.json"
}

arm64_toolchain() {
  stamped arm64 "$here/pins/debian.txt" "$here/arm64-toolchain.sh" && return
  say "arm64: rustc-web, gcc 12, qemu (Debian packages, unpacked, nothing changed on the system)"
  bash "$here/arm64-toolchain.sh" "$tools/arm64"
  stamp arm64 "$here/pins/debian.txt" "$here/arm64-toolchain.sh"
}

python_tools python "$here/pins/tools.txt"
python_tools moto "$here/pins/moto.txt"
python_tools checkov "$here/pins/checkov.txt"
node_tools
sdks
python_tools sdks-python "$here/pins/sdks.txt"
arm64_toolchain
