#!/bin/sh
# Makes all that a release consists of, in an empty directory:
#
#   sh deploy/dist.sh DIRECTORY      (from the environment that locks/dist.txt describes: its programs on the PATH)
#
# the wheel, the versions that belong to it (requirements), the Debian package, the list of what it has inside (SBOM,
# CycloneDX), the image where Docker answers, and the sums of all files.
set -eu
here=$(dirname "$0") root=$(realpath "$(dirname "$0")/..") out=$1
mkdir -p "$out"
if [ -n "$(ls -A "$out")" ]; then
  echo "$out is not empty: move away what is there" >&2
  exit 1
fi
out=$(realpath "$out")

sh "$here/wheel.sh" "$out" python
wheel=$(echo "$out"/digitree-*.whl)
version=$(basename "$wheel" | cut -d- -f2)
cp "$root/locks/run.txt" "$out/digitree-$version-requirements.txt"
if command -v dpkg >/dev/null; then
  sh "$here/debian/build.sh" "$wheel" "$out"
else
  echo "no Debian package: this machine has no dpkg"
fi
cyclonedx-py requirements "$root/locks/run.txt" --output-format JSON --output-file "$out/digitree-$version.cdx.json"
if docker info >/dev/null 2>&1; then
  docker build --quiet --build-arg "VERSION=$version" --build-arg "REVISION=$(git -C "$root" rev-parse HEAD)" \
    --tag "digitree/digitree:$version" "$root"
else
  echo "no image: Docker does not answer on this machine"
fi
cd "$out"
sha256sum -- * >.sums
mv .sums SHA256SUMS
ls -l
