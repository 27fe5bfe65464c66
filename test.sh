#!/usr/bin/env bash
# Every test and every lint of the repository, with its own set-up.
#
#   ./test.sh              all steps, in order; goes on after a failed one and exits 1 at the end
#   ./test.sh STEP…        only these (and `setup` before them)
#   ./test.sh lint         everything that runs no test
#   ./test.sh --list       the steps, one a line
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

steps='setup      the tools are there, the lock file is up to date
selftest   the checks of this script fail when they should
house      no machine path, registry host or key in any file
fmt        rustfmt
shell      shellcheck on the shell scripts
python     ruff on the Python files, mypy on the tools
node       biome on the JavaScript and TypeScript files, tsc on the Node package
deps       licences, banned crates and sources (cargo-deny)
purity     what the core and the default client must not link
clippy     every target with every feature, and the client with few
docs       rustdoc without a warning
generated  generated files and sample data match their generators
doctests   the examples in the documentation
tests      unit and integration tests, beside S3 stores and FTP servers of other makers
examples   the quickstart runs to its end
wheel      the Python wheel is built, small, complete, and quickly imported from a new environment
pytests    Python: types, documentation and tests, against that wheel
nodepack   the Node packages are built, small, complete, and quickly loaded from a new folder
nodetests  Node: types, documentation and tests, against those packages; examples; Bun and Deno
vectors    the vectors end the same way in Rust, in Python and in Node
fuzz       a few seconds of random input for the checker, names of files, and whatever reads the bytes of others'
lint='house fmt shell python node deps purity clippy docs'

target=${CARGO_TARGET_DIR:-$PWD/target}
case $target in /*) ;; *) target=$PWD/$target ;; esac
venvs=$target/ci-venvs
tools=$target/ci-tools
cargo_deny_version=0.20.2
fuzz_seconds=10
export PYTHONDONTWRITEBYTECODE=1
# Nothing is built twice from an empty folder.
[ -z "${CI:-}" ] || export CARGO_INCREMENTAL=0

say() { printf '%s\n' "$*"; }
fail() { say "error: $*" >&2; return 1; }

# ---- set-up

step_setup() {
  local tool
  for tool in cargo git node npm python3; do
    command -v "$tool" >/dev/null || fail "$tool is not installed"
  done
  cargo fmt --version >/dev/null 2>&1 || rustup component add rustfmt
  cargo clippy --version >/dev/null 2>&1 || rustup component add clippy
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail 'python3 is older than 3.11'
  node_is_new_enough "$(node --version)"
  cargo --version
  cargo fetch --locked --quiet || fail 'the manifests and Cargo.lock do not give one set of crates'
}

# need_venv NAME: sets `venv` to an environment with what tools/requirements-NAME.txt wants.
need_venv() {
  local wanted=tools/requirements-$1.txt
  venv=$venvs/$1
  if ! cmp -s "$wanted" "$venv/installed.txt"; then
    python3 -m venv --clear "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$wanted"
    cp "$wanted" "$venv/installed.txt"
  fi
}

# with_stores NAME… -- COMMAND…: the command beside these S3 stores; fails if one does not start.
with_stores() {
  local stores=()
  while [ "$1" != -- ]; do stores+=(--store "$1"); shift; done
  need_venv stores
  "$venv/bin/python" tools/stores.py "${stores[@]}" "$@"
}

# The servers' packages exclude each other, so they are unpacked and not installed.
server_packages='openssh-server proftpd-core proftpd-mod-crypto pure-ftpd pure-ftpd-common vsftpd'

# need_ftp_packages: sets `packages` to a folder with the FTP and SFTP servers; elsewhere than on Debian it stays empty.
need_ftp_packages() {
  local folder=$target/ci-servers as_root=() names=() name file
  packages=$folder/unpacked
  if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
    mkdir -p "$packages"
    return 0
  fi
  [ "$(id -u)" = 0 ] || as_root=(sudo -n)
  if [ "$(cat "$folder/wanted.txt" 2>/dev/null)" = "$server_packages" ]; then return 0; fi
  rm -rf "$folder"
  mkdir -p "$folder/archives" "$packages"
  # shellcheck disable=SC2086  # split into words on purpose
  if ! apt-cache show --no-all-versions $server_packages >/dev/null 2>&1; then
    "${as_root[@]}" apt-get update -q >/dev/null || fail 'the lists of packages are missing, and apt-get update fails'
  fi
  while IFS= read -r name; do names+=("$name"); done < <(server_libraries)
  # shellcheck disable=SC2086
  (cd "$folder/archives" && apt-get download -q $server_packages "${names[@]}" >/dev/null 2>"$folder/log") || {
    cat "$folder/log" >&2
    fail "the packages of the servers cannot be fetched: $server_packages ${names[*]}"
  }
  for file in "$folder/archives"/*.deb; do dpkg-deb -x "$file" "$packages"; done
  rm -rf "$folder/archives"
  printf '%s\n' "$server_packages" >"$folder/wanted.txt"
}

# server_libraries: the libraries that the servers need and this machine lacks, one a line.
server_libraries() {
  local name
  # shellcheck disable=SC2086
  apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
    $server_packages | grep -E '^lib[a-z0-9.+-]+$' | sort -u | while IFS= read -r name; do
    case $name in *-perl) continue ;; esac
    dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed || printf '%s\n' "$name"
  done
}

# with_ftp NAME… -- COMMAND…: the command beside these FTP and SFTP servers; fails if one does not start.
with_ftp() {
  local servers=()
  while [ "$1" != -- ]; do servers+=(--server "$1"); shift; done
  need_venv ftp
  need_ftp_packages
  "$venv/bin/python" tools/ftp_servers.py --packages "$packages" "${servers[@]}" "$@"
}

# with_servers COMMAND…: the command beside all stores and all FTP and SFTP servers.
with_servers() {
  local ftp=()
  need_venv ftp
  need_ftp_packages
  ftp=("$venv/bin/python" "$PWD/tools/ftp_servers.py" --packages "$packages")
  for server in pyftpdlib vsftpd proftpd pure-ftpd openssh; do ftp+=(--server "$server"); done
  with_stores seaweedfs moto -- "${ftp[@]}" -- "$@"
}

need_cargo_deny() {
  PATH=$PATH:$tools/bin
  command -v cargo-deny >/dev/null && return
  say "installing cargo-deny $cargo_deny_version into $tools (once; about a minute and a half)"
  # A debug build is quick enough here, and compiles sooner.
  cargo install --quiet --locked --debug --root "$tools" --version "$cargo_deny_version" cargo-deny
}

# ---- files

repository_files() { git ls-files --cached --others --exclude-standard -- "$@"; }

# forbid WHY REGEX [MORE…]: fails and prints every line that matches; MORE goes to git grep.
forbid() {
  local why=$1 regex=$2 status=0 hits
  shift 2
  hits=$(git grep --untracked --no-color -nIE -e "$regex" "$@") || status=$?
  case $status in
    0) say "$hits" | cut -c 1-200; fail "$why" ;;
    1) return 0 ;;
    *) fail "git grep could not search for: $why" ;;
  esac
}

# No pattern matches its own text here.
house_rules() {
  local bad=0
  forbid 'path of one machine' '(^|[^[:alnum:]_.~-])/(home|root|work|Users)/' || bad=1
  forbid 'reference outside the repository' '\.\./shared|(^|[^[:alnum:]_-])shared/(spec|samples|seeds|hooks|[a-z]+\.md)' || bad=1
  forbid 'host of a package registry' \
    '(index|static)\.crates\.io|//crates\.io|(registry|www)\.npmjs\.|yarnpkg\.com|pypi\.org|pythonhosted\.org|deb\.debian\.org' || bad=1
  forbid 'download address in a lock file' '"resolved": *"https?:' -- '*package-lock.json' || bad=1
  forbid 'private key' 'BEGIN ([A-Z]+ )?PRIVATE KEY' || bad=1
  forbid 'access key of a cloud account' '(^|[^[:alnum:]])A(K|S)IA[0-9A-Z]{16}' --and --not -e 'EXAMPLE' || bad=1
  return "$bad"
}

step_house() {
  house_rules
}

step_fmt() {
  cargo fmt --all --check
}

step_shell() {
  need_venv dev
  "$venv/bin/shellcheck" --external-sources test.sh .ci/run tools/manylinux.sh
}

step_python() {
  local file files=() tools=()
  need_venv dev
  while IFS= read -r file; do files+=("$file"); done < <(repository_files '*.py')
  [ "${#files[@]}" -gt 0 ] || fail 'no Python file found'
  "$venv/bin/ruff" check --cache-dir "$target/ruff" "${files[@]}"
  "$venv/bin/ruff" format --cache-dir "$target/ruff" --check "${files[@]}"
  # What imports the package is looked at beside it, in the step `pytests`.
  while IFS= read -r file; do tools+=("$file"); done < <(repository_files '*.py' ":!:bindings-python" ":!:*/python/*")
  "$venv/bin/mypy" --strict --python-version 3.11 --cache-dir "$target/mypy" "${tools[@]}"
}

# ---- dependencies

step_deps() {
  need_cargo_deny
  cargo deny --offline --log-level error check bans licenses sources
}

# linked ARGUMENTS-OF-CARGO-TREE…: the crates linked on any platform, each as NAME and as NAME@VERSION,
# one a line.
linked() {
  cargo tree --locked --edges normal --target all --prefix none --format '{p}' "$@" |
    awk '{ print $1; print $1 "@" substr($2, 2) }' | sort -u
}

# assert_absent ROOT PATTERN… <NAMES: ROOT is among the names, and none matches a pattern.
assert_absent() {
  local root=$1 name pattern seen=0 bad=0
  shift
  while IFS= read -r name; do
    [ "$name" != "$root" ] || seen=1
    for pattern in "$@"; do
      # shellcheck disable=SC2254  # a pattern, not a word
      case $name in $pattern) bad=1; say "$root links $name" >&2 ;; esac
    done
  done
  [ "$seen" = 1 ] || { fail "$root is not in its own tree"; return 1; }
  [ "$bad" = 0 ] || fail "$root links what it must not; see: cargo tree -p $root -i NAME"
}

# assert_at_most_one ROOT NAME… <NAMES
assert_at_most_one() {
  local root=$1 name wanted found=''
  shift
  while IFS= read -r name; do
    for wanted in "$@"; do [ "$name" != "$wanted" ] || found="$found $name"; done
  done
  # shellcheck disable=SC2086  # split into words on purpose
  set -- $found
  [ "$#" -le 1 ] || fail "$root links several of a kind:$found"
}

network='aws-* curl curl-sys h2 h3 hyper hyper-* mio native-tls openssl openssl-* quinn quinn-* reqwest
  ring rustls rustls-* schannel security-framework socket2 tokio tokio-* ureq'
clock_and_chance='getrandom iana-time-zone rand rand_* time'
only_on_request='aws-config aws-credential-types aws-runtime aws-sdk-* aws-sigv4 aws-smithy-* aws-types
  axum axum-* libsqlite3-sys md-5 russh russh-sftp s3s s3s-* sha1 ssh-key suppaftp tempfile toml warp
  wiremock x509-parser zip'
# What the S3 SDK brought before it went over to hyper 1.
old_network='h2@0.[0-3].* http@0.* http-body@0.* hyper@0.* hyper-rustls@0.1* hyper-rustls@0.2[0-6].*
  rustls@0.[01]* rustls@0.2[0-2].* tokio-rustls@0.[01]* tokio-rustls@0.2[0-5].*'
crypto_providers='aws-lc-rs openssl ring'

step_purity() {
  local names features
  set -f
  names=$(linked -p qlower-core --all-features)
  # shellcheck disable=SC2086  # lists of patterns
  assert_absent qlower-core $network $clock_and_chance <<<"$names"
  names=$(linked -p qlower-client)
  # shellcheck disable=SC2086
  assert_absent qlower-client $only_on_request <<<"$names"
  for features in s3 sandbox,sandbox-s3 s3,sandbox,sandbox-s3; do
    names=$(linked -p qlower-client --features "$features")
    # shellcheck disable=SC2086
    assert_absent qlower-client $old_network <<<"$names"
    # shellcheck disable=SC2086
    assert_at_most_one qlower-client $crypto_providers <<<"$names"
  done
  # Without the network, the writer of payloads stays light.
  names=$(linked -p qlower-client --no-default-features --features writer)
  # shellcheck disable=SC2086
  assert_absent qlower-client 'aws-*' hyper h2 mio reqwest rustls socket2 <<<"$names"
  set +f
  say 'the core links no network, runtime, clock or source of chance; the client has one crypto provider,
one HTTP and TLS stack, and S3 only on request'
}

# ---- code

step_clippy() {
  local features
  cargo clippy --workspace --all-targets --all-features -- -D warnings
  # What a partner builds has fewer features than the workspace; each set must stand by itself.
  cargo clippy -p qlower-client --all-targets -- -D warnings
  for features in '' writer sandbox sandbox-s3 s3 receiver ftp sftp live-feed live; do
    cargo clippy -p qlower-client --no-default-features --features "$features" -- -D warnings
  done
}

step_docs() {
  RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --all-features
}

# `--bin` and not `-p`: the features are then those of the whole workspace, and nothing is built twice.
xtask() { cargo run --quiet --all-features --bin xtask -- "$@"; }

step_generated() {
  xtask generate --check
  need_npm bindings-node
  node bindings-node/tools/build.mjs --check
  python3 examples/data/generate.py --check
}

step_doctests() {
  cargo test --workspace --all-features --doc
}

step_tests() {
  # The tests of the examples run them as programs.
  cargo build --workspace --all-features --examples
  # Ignored are the tests that need the stores or the FTP servers. Here none is left out.
  if cargo nextest --version >/dev/null 2>&1; then
    with_servers cargo nextest run --workspace --all-features --run-ignored all
  else
    with_servers \
      cargo test --workspace --all-features --lib --bins --tests --examples -- --include-ignored
  fi
}

step_examples() {
  cargo run --quiet --example quickstart
}

# shellcheck source=tools/python-steps.sh
source tools/python-steps.sh
# shellcheck source=tools/node-steps.sh
source tools/node-steps.sh

# In the debug build, where an overflow in arithmetic is a failure too.
step_fuzz() {
  xtask fuzz --seconds "$fuzz_seconds"
}

# ---- the checks checked

# refuses ERROR COMMAND…: the command must fail, with that one error and no other.
refuses() {
  local error=$1 output
  shift
  if output=$("$@" 2>&1); then fail "accepted: $*"; return 1; fi
  if [ "$(say "$output" | grep -c '^error: ')" != 1 ] || ! say "$output" | grep -qF "error: $error"; then
    say "$output"
    fail "refused, but not with '$error': $*"
    return 1
  fi
  say "ok: $error"
}

absent_from() {
  local names=$1
  shift
  assert_absent "$@" <<<"$names"
}

one_at_most_in() {
  local names=$1
  shift
  assert_at_most_one "$@" <<<"$names"
}

house_rules_on() {
  local line=$1 file=${2:-src/lib.rs} dir status=0
  dir=$(mktemp -d)
  mkdir -p "$dir/$(dirname "$file")"
  say "$line" >"$dir/$file"
  (cd "$dir" && git init -q -b main . && house_rules) || status=$?
  rm -rf "$dir"
  return "$status"
}

# No server outlives its run: neither one that is terminated nor one that is killed.
ftp_servers_end() {
  local signal runner found
  for signal in TERM KILL; do
    found=$(mktemp)
    # shellcheck disable=SC2016  # for the inner shell
    "$venv/bin/python" tools/ftp_servers.py --packages "$packages" --server pyftpdlib --server openssh -- \
      sh -c 'printf "%s\n" "$QLOWER_TEST_FTP" >"$0"; exec sleep 60' "$found" >/dev/null &
    runner=$!
    until [ -s "$found" ]; do sleep 0.1; kill -0 "$runner" || fail 'the servers did not start'; done
    python3 -c 'import json, sys
print(*(place["port"] for place in json.load(open(sys.argv[1]))["places"]), sep="\n")' "$(cat "$found")" >"$found.ports"
    kill -s "$signal" "$runner"
    wait "$runner" || true
    sleep 1
    while IFS= read -r port; do
      if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then fail "after SIG$signal somebody answers on port $port"; fi
    done <"$found.ports"
    if [ "$signal" = KILL ]; then rm -rf "$(dirname "$(cat "$found")")"; fi
    rm -f "$found" "$found.ports"
    say "ok: no server is left after SIG$signal"
  done
}

step_selftest() {
  absent_from $'qlower-core\nserde' qlower-core tokio 'aws-*'
  refuses 'qlower-core links what it must not' absent_from $'qlower-core\ntokio' qlower-core tokio
  refuses 'qlower-core links what it must not' absent_from $'aws-lc-sys\nqlower-core' qlower-core 'aws-*'
  refuses 'qlower-core is not in its own tree' absent_from '' qlower-core tokio
  refuses 'qlower-client links what it must not' absent_from $'hyper@0.14.32\nqlower-client' qlower-client 'hyper@0.*'
  absent_from $'hyper@1.0.14\nqlower-client' qlower-client 'hyper@0.*'
  one_at_most_in $'qlower-client\nring' qlower-client ring aws-lc-rs
  refuses 'qlower-client links several' one_at_most_in $'aws-lc-rs\nring' qlower-client ring aws-lc-rs

  house_rules_on 'let url = "https://agency.example/home/a";'
  house_rules_on 'access_key_id = "AKIA''IOSFODNN7EXAMPLE"'
  refuses 'path of one machine' house_rules_on '"/ho''me/me/file"'
  refuses 'reference outside' house_rules_on '// see ../sha''red/notes'
  refuses 'host of a package registry' house_rules_on '# https://py''pi.org/simple'
  refuses 'download address' house_rules_on '"resol''ved": "https://mirror.example/x.tgz"' package-lock.json
  refuses 'private key' house_rules_on '-----BEGIN RSA PRIV''ATE KEY-----'
  refuses 'access key' house_rules_on 'key = "AKIA''2E0A8F3B244C9986"'

  with_stores moto -- true
  refuses 'of the command' with_stores moto -- sh -c 'echo error: of the command; exit 3'
  refuses 'cannot run nothing-of-this-name' with_stores moto -- nothing-of-this-name
  refuses 'moto ended 3 times while starting' python3 tools/stores.py --store moto --program false -- true
  refuses 'moto did not start in time' "$venv/bin/python" tools/stores.py --store moto --seconds 0 -- true

  with_ftp pyftpdlib openssh -- true
  refuses 'of the command' with_ftp pyftpdlib -- sh -c 'echo error: of the command; exit 3'
  refuses 'pyftpdlib did not start in time' "$venv/bin/python" tools/ftp_servers.py --server pyftpdlib --seconds 0 -- true
  refuses 'openssh cannot be set up' "$venv/bin/python" tools/ftp_servers.py --server openssh --packages "$target/ci-servers/none" -- true
  ftp_servers_end

  selftest_of_wheel
  selftest_of_node
}

# ---- running

is_step() { printf '%s\n' "$steps" | grep -q "^$1 "; }

passed=0
failed=''

run_step() {
  local name=$1 began=$SECONDS status
  printf '\n==== %s\n' "$(printf '%s\n' "$steps" | grep "^$name " | tr -s ' ')"
  # In a subshell that is no part of a condition, so that `set -e` holds inside.
  set +e
  (
    set -e
    "step_$name"
  )
  status=$?
  set -e
  if [ "$status" = 0 ]; then
    passed=$((passed + 1))
    say "---- $name: ok, $((SECONDS - began)) s"
  else
    failed="$failed $name"
    say "---- $name: FAILED, $((SECONDS - began)) s"
  fi
}

main() {
  local name wanted=''
  for name in "$@"; do
    case $name in
      --list) say "$steps"; return ;;
      -h | --help) sed -n '2,/^set /{/^#/p;}' "${BASH_SOURCE[0]##*/}"; return ;;
      lint) wanted="$wanted $lint" ;;
      setup) ;;
      *) is_step "$name" || fail "no step is called '$name'; see: ./test.sh --list"
         wanted="$wanted $name" ;;
    esac
  done
  [ "$#" -gt 0 ] || wanted=$(printf '%s\n' "$steps" | awk 'NR > 1 { print $1 }')

  run_step setup
  if [ -z "$failed" ]; then
    for name in $wanted; do run_step "$name"; done
  fi
  if [ -n "$failed" ]; then
    printf '\ntest.sh: FAILED after %s s:%s\n' "$SECONDS" "$failed"
    return 1
  fi
  printf '\ntest.sh: all %s steps ok after %s s\n' "$passed" "$SECONDS"
}

main "$@"
