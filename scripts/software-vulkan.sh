#!/usr/bin/env bash
# Fetches a software Vulkan (Mesa's lavapipe, 24 or newer) through apt into a folder, touching nothing else of the system
# and needing no root, and prints the two settings that make WebGPU find it:
#
#   eval "$(scripts/software-vulkan.sh .xfer/vulkan)"
#
# For tests of the engine `onnx` on webgpu; Debian and its like only.
set -euo pipefail
folder="$(mkdir -p "${1:?a folder}" && cd "$1" && pwd)"
root="$folder/root"
settings() {
  local libraries icd
  libraries="$(dirname "$(find "$root" -name 'libvulkan_lvp.so' -print -quit)")"
  icd="$(find "$root" -name 'lvp_icd*.json' -print -quit)"
  [ -n "$icd" ] || { echo "no lavapipe in $root" >&2; exit 1; }
  echo "export LD_LIBRARY_PATH='$libraries'\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}"
  echo "export VK_DRIVER_FILES='$icd'"
}
if [ -e "$folder/complete" ]; then
  settings
  exit
fi
command -v apt-get >/dev/null || { echo "there is no apt-get; install Mesa's Vulkan drivers by other means" >&2; exit 1; }

# the system's own mirror, with the backports of a release whose Mesa is too old
read -r mirror release < <(
  apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' | grep -Ev 'security|updates|backports' | head -n 1
)
for keyring in /usr/share/keyrings/{debian,ubuntu}-archive-keyring.gpg; do
  [ ! -e "$keyring" ] || break
done
suites=("$release")
[ "$release" != bookworm ] || suites+=("$release-backports")
mkdir -p "$folder"/apt/{lists/partial,archives/partial} "$root"
for suite in "${suites[@]}"; do
  echo "deb [signed-by=$keyring] $mirror $suite main"
done >"$folder/sources.list"
apt=(
  -qq -o "Dir::Etc::sourcelist=$folder/sources.list" -o Dir::Etc::sourceparts=/dev/null
  -o "Dir::State::lists=$folder/apt/lists" -o "Dir::Cache=$folder/apt" -o APT::Sandbox::User=root -o Debug::NoLocking=1
)
apt-get "${apt[@]}" update >&2
packages=$(apt-get "${apt[@]}" -t "${suites[-1]}" install --no-install-recommends --download-only --print-uris -y \
  mesa-vulkan-drivers libvulkan1 libwayland-client0 | sed -n "s/^'[^']*' \([^_]*\)_.*/\1/p")
(
  cd "$folder/apt/archives"
  for package in $packages; do
    apt-get "${apt[@]}" -t "${suites[-1]}" download "$package" >&2 || apt-get "${apt[@]}" download "$package" >&2
  done
  for archive in *.deb; do dpkg-deb -x "$archive" "$root"; done
)
rm -r "$folder/apt"
touch "$folder/complete"
settings
