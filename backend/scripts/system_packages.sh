#!/usr/bin/env bash
# Makes sure one system tool is here, installing Debian's package when it is not and we may.
# Usage: system_packages.sh python|node|browser
set -euo pipefail

have() {
  case "$1" in
    python) "${PYTHON:-python3}" -c 'import venv, ensurepip' 2>/dev/null ;;
    node) command -v node >/dev/null && command -v npm >/dev/null && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] ;;
    browser) command -v "${CHROMIUM:-chromium}" >/dev/null ;;
  esac
}

packages() {
  case "$1" in
    python) echo python3 python3-venv ;;
    node) echo nodejs npm ;;
    browser) echo chromium fonts-noto-color-emoji ;;
  esac
}

have "$1" && exit 0
read -ra names <<<"$(packages "$1")"
if ! command -v apt-get >/dev/null; then
  echo "Headwater needs ${names[*]} and cannot install them here (no apt-get). Please install them and run again." >&2
  exit 1
fi
sudo=()
[ "$(id -u)" -eq 0 ] || sudo=(sudo)
echo "Installing system packages: ${names[*]}"
"${sudo[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${names[@]}" >/dev/null
have "$1" || { echo "Installed ${names[*]}, but the right version of $1 is still missing (Python 3.11+, Node 20+, Chromium). Please install it and run again." >&2; exit 1; }
