#!/usr/bin/env bash
# A wheel for every Linux since 2014 (glibc 2.17), built with zig as the linker, to hand on.
#
#   tools/manylinux.sh [FOLDER]     the folder for the wheel; target/manylinux by default
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

target=${CARGO_TARGET_DIR:-$PWD/target}
out=$(realpath -m "${1:-$target/manylinux}")
venv=$target/ci-venvs/manylinux

python3 -m venv --clear "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r tools/requirements-manylinux.txt
# maturin looks for zig in the first Python that it finds.
export PATH=$venv/bin:$PATH
export RUSTFLAGS="--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src/= --remap-path-prefix=$PWD/="
cd bindings-python
maturin build --quiet --zig --compatibility manylinux2014 --target "$(uname -m)-unknown-linux-gnu" --target-dir "$target" --out "$out"
python3 ../tools/wheel.py --megabytes 7.8 "$out"/*.whl
