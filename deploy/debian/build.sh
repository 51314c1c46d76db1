#!/bin/sh
# Makes digitree_VERSION-1_ARCHITECTURE.deb of a wheel and of what locks/run.txt lists, for the Python of this machine:
#
#   sh deploy/debian/build.sh WHEEL DIRECTORY [PYTHON]      (/usr/bin/python3; nfpm, pip and setuptools beside it on the PATH)
#
# The package has an environment of Python in /usr/lib/digitree, the units of deploy/systemd with that path in them, and
# what else lies in this directory.
set -eu
umask 022
wheel=$(realpath "$1") out=$(realpath "$2") python=${3:-/usr/bin/python3}
root=$(realpath "$(dirname "$0")/../..") place=/usr/lib/digitree
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

version=$(basename "$wheel" | cut -d- -f2)
minor=$("$python" -c 'import sys; print(sys.version_info.minor)')
program=$stage$place
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_COMPILE=1

# An environment as docs/install.md has it, but without pip and without what builds packages.
"$python" -m venv "$program"
install="$program/bin/python -m pip --quiet install --no-deps"
$install --require-hashes --requirement "$root/locks/build.txt"
$install --no-build-isolation --use-pep517 --require-hashes --requirement "$root/locks/run.txt"
$install "$wheel"
"$program/bin/python" -m pip --quiet uninstall --yes setuptools pip
find "$program/bin" -type f ! -name digitree -delete
rm -rf "$program/include" "$program/share"
ln -sfn "$(realpath -ms --relative-to="$place/bin" "$(realpath "$python")")" "$program/bin/python3"
find "$program" -name __pycache__ -type d -prune -exec rm -rf {} +
# Two files name the directory in which it was made.
sed -i "1s|$program|$place|" "$program/bin/digitree"
sed -i "s|$program|$place|; /^command = /d" "$program/pyvenv.cfg"

mkdir -p "$stage/units/digitree-.service.d" "$stage/doc" "$stage/man"
for unit in "$root"/deploy/systemd/*.service; do
  sed "s|/opt/digitree/bin/|$place/bin/|" "$unit" >"$stage/units/$(basename "$unit")"
done
cp "$root/deploy/systemd/digitree-.service.d/closed.conf" "$stage/units/digitree-.service.d/"
here=$root/deploy/debian
cp "$here/digitree" "$here/digitree.conf" "$here/postinst" "$here/prerm" "$here/postrm" "$here/lintian-overrides" "$stage/"
cp "$root/deploy/secrets.sh" "$stage/"
cp "$here/copyright" "$root/NOTICE" "$stage/doc/"
gzip -9nc "$root/CHANGELOG.md" >"$stage/doc/changelog.gz"
gzip -9nc >"$stage/doc/changelog.Debian.gz" <<END
digitree ($version-1) stable; urgency=medium

  * Digitree $version; what has changed stands in changelog.gz.

 -- The Digitree contributors <digitree@localhost>  $(date -uR ${SOURCE_DATE_EPOCH:+-d @$SOURCE_DATE_EPOCH})
END
sed "s|@VERSION@|$version|" "$here/digitree.1" | gzip -9nc >"$stage/man/digitree.1.gz"
chmod -R u+rwX,go+rX,go-w "$stage"
# Some wheels mark libraries, modules and notes as executable.
find "$program/lib" -name '*.so*' -type f -exec chmod a-x {} +
find "$program/lib" -type f -perm /111 \( -name '*.py' -o -path '*.dist-info/*' \) -exec chmod a-x {} +

sed -e "s|@STAGE@|$stage|; s|@VERSION@|$version|; s|@ARCH@|$(dpkg --print-architecture)|" \
  -e "s|@PYTHON@|3.$minor|; s|@NEXT_PYTHON@|3.$((minor + 1))|" "$here/nfpm.yaml" >"$stage/nfpm.yaml"
nfpm package --packager deb --config "$stage/nfpm.yaml" --target "$out/"
