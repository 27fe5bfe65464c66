# The steps of test.sh for the Python package. It is read by test.sh, which has the functions and variables that are used here.
# shellcheck shell=bash

most_megabytes=7.8

# The environment into which the wheel is installed, new each time.
installed=$venvs/wheel

step_wheel() {
  local wheels=$target/wheels wheel name
  need_venv python
  for name in LICENSE-MIT LICENSE-APACHE; do
    cmp "$name" "bindings-python/$name" || fail "bindings-python/$name is not the repository's"
  done
  rm -rf "$wheels"
  # A wheel does not tell where it was built.
  (
    cd bindings-python
    export RUSTFLAGS="--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src/= --remap-path-prefix=${PWD%/*}/="
    "$venv/bin/maturin" build --quiet --target-dir "$target" --out "$wheels"
  )
  wheel=$(echo "$wheels"/*.whl)
  python3 tools/wheel.py --megabytes "$most_megabytes" "$wheel"

  python3 -m venv --clear "$installed"
  "$installed/bin/python" -m pip install --quiet --disable-pip-version-check --no-index "$wheel"
  "$installed/bin/python" tools/import_time.py
}

# need_installed: sets `python` to the wheel's environment, to which that of the tools has been added.
need_installed() {
  local tools_of
  [ -x "$installed/bin/python" ] || fail 'the wheel is not installed: run the step wheel first'
  need_venv python
  tools_of=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  python=$installed/bin/python
  say "$tools_of" >"$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/tools.pth"
}

step_pytests() {
  local python package
  need_installed
  package=$("$python" -c 'import os, qlower; print(os.path.dirname(qlower.__file__))')

  say '-- types'
  "$python" -m mypy.stubtest --allowlist bindings-python/stubtest-allowlist.txt qlower._native
  "$python" -m mypy --strict --python-version 3.10 --cache-dir "$target/mypy-package" "$package"
  types_of bindings-python/tests/typing
  types_of examples/python
  types_of benches/python/peers
  types_of benches/python
  # In the directory of the wheel's programs, where pyright finds the interpreter whose packages count.
  (
    export PATH=${python%/*}:$PATH
    "$python" -m pyright --pythonpath "$python" --project bindings-python/pyrightconfig.json
  )

  say '-- documentation'
  "$python" -m pytest -q -c bindings-python/pyproject.toml --doctest-modules "$package"

  say '-- tests'
  with_servers "$python" -m pytest -q -c bindings-python/pyproject.toml bindings-python/tests
  "$python" -m pytest -q -c bindings-python/pyproject.toml examples/python/tests
  "$python" bindings-python/tests/typing/consumer.py
}

# types_of FOLDER: its programs, which import each other and those of the folder above.
types_of() {
  local config=$PWD/bindings-python/mypy.ini
  (
    cd "$1"
    export MYPYPATH=..
    "$python" -m mypy --config-file "$config" --cache-dir "$target/mypy-python" ./*.py
  )
}

# ---- the checks checked

# wheel_with NAME TEXT [REQUIREMENT]: looks at a wheel that holds this file too.
wheel_with() {
  local dir status=0
  dir=$(mktemp -d)
  mkdir -p "$dir/qlower" "$dir/qlower-1.dist-info" "$dir/$(dirname "$1")"
  touch "$dir/qlower/__init__.py" "$dir/qlower/_native.pyi" "$dir/qlower/py.typed"
  printf '\177ELF' >"$dir/qlower/_native.abi3.so"
  printf 'Name: qlower\n%s\n' "${3:-}" >"$dir/qlower-1.dist-info/METADATA"
  say "$2" >"$dir/$1"
  (cd "$dir" && python3 -m zipfile -c a.whl [a-z]*/) || return
  python3 tools/wheel.py --megabytes 0.01 "$dir/a.whl" || status=$?
  rm -rf "$dir"
  return "$status"
}

selftest_of_wheel() {
  wheel_with qlower/codes.py '' >/dev/null
  refuses 'a.whl: tests/test_it.py does not belong' wheel_with tests/test_it.py ''
  refuses 'a.whl: it needs attrs at run time' wheel_with qlower/codes.py '' 'Requires-Dist: attrs'
  refuses 'a.whl: one native module is wanted' wheel_with qlower/_native.abi3.so 'no module'
  refuses 'a.whl: it has more than 0.01 MB' wheel_with qlower/codes.py "$(head -c 20000 /dev/urandom | base64)"
  refuses 'import json loads' python3 tools/import_time.py --module json --runs 1
}
