# The steps of test.sh for the Node package. It is read by test.sh, which has the functions and variables that are used here.
# shellcheck shell=bash

# The packages, and the folder into which they are installed, new each time. It is laid out as the repository is, so that what
# is copied into it finds its files; the installed package stands at its top, and the source is not there.
node_target=$target/node
fresh=$node_target/fresh
node_tools=$PWD/bindings-node/node_modules/.bin
export npm_config_fund=false npm_config_audit=false npm_config_update_notifier=false npm_config_loglevel=error

# node_is_new_enough VERSION
node_is_new_enough() {
  local major=${1#v}
  [ "${major%%.*}" -ge 20 ] 2>/dev/null || fail "node $1 is older than 20"
}

# same_dependencies FOLDER: its lock file is of its package.json.
same_dependencies() {
  node -e '
    const [own, lock] = process.argv.slice(1).map((file) => JSON.parse(require("node:fs").readFileSync(file, "utf8")))
    const wanted = (it) => JSON.stringify(["dependencies", "devDependencies"].map((kind) => Object.entries(it[kind] ?? {}).sort()))
    process.exit(wanted(own) === wanted(lock.packages[""]) ? 0 : 1)
  ' "$1/package.json" "$1/package-lock.json" || fail "$1/package-lock.json is not up to date; run: npm install"
}

# need_npm FOLDER: its node_modules are what its lock file lists. Not by `npm ci`, which refuses a registry that lacks packages
# for other platforms.
need_npm() {
  local lock=$1/package-lock.json stamp=$1/node_modules/.installed.json kept status=0
  cmp -s "$lock" "$stamp" && return
  same_dependencies "$1" || return
  kept=$(mktemp)
  cp "$lock" "$kept"
  (cd "$1" && npm install --ignore-scripts --no-save) || status=$?
  cp "$kept" "$lock"
  [ "$status" = 0 ] || { fail "npm could not install what $lock lists"; return 1; }
  mv "$kept" "$stamp"
}

# Folders with a biome.json of their own, and what they need.
node_projects() { repository_files '*/biome.json' | sed 's,/biome.json$,,'; }

step_node() {
  local project
  need_npm bindings-node
  for project in $(node_projects); do
    say "-- $project"
    (cd "$project" && "$node_tools/biome" check --error-on-warnings .)
  done
  "$node_tools/tsc" --project bindings-node --noEmit
}

# ---- the packages

# same_features A B: what both print of the crates they link, `NAME VERSION [FEATURES]`, must not differ in the features of one.
# If it does, whatever stands on such a crate is compiled twice for a release. A crate may be there twice, for the macros too.
same_features() {
  local differ
  [ -n "$1" ] && [ -n "$2" ] || { fail 'cargo told no features'; return 1; }
  differ=$(
    comm -3 <(say "$1" | sort -u) <(say "$2" | sort -u) | tr -d '\t' | awk '{ print $1, $2 }' | sort -u |
      comm -12 - <(comm -12 <(say "$1" | awk '{ print $1, $2 }' | sort -u) <(say "$2" | awk '{ print $1, $2 }' | sort -u)) |
      grep -v '^qlower-'
  ) || return 0
  say "$differ"
  fail 'the Python and the Node package want different features of a crate'
}

features_of() {
  cargo tree --locked -p "$1" --edges normal --prefix none --format '{p} [{f}]' | sed 's/ (\*)$//' | sort -u
}

step_nodepack() {
  local part
  need_npm bindings-node
  same_features "$(features_of qlower-python)" "$(features_of qlower-node)"
  mkdir -p "$node_target"
  for part in client sandbox connect; do
    node bindings-node/tools/build.mjs --profile wheel --features "$part" --out "$node_target/$part.node"
  done
  node bindings-node/tools/pack.mjs --client "$node_target/client.node" --sandbox "$node_target/sandbox.node" \
    --connect "$node_target/connect.node" --out "$node_target/packages"
  node bindings-node/tools/look.mjs "$node_target"/packages/*.tgz
  install_packages
  node bindings-node/tools/require-time.mjs --from "$fresh"
}

# Offline: the registry is not asked for the packages of the other platforms.
install_packages() {
  rm -rf "$fresh"
  mkdir -p "$fresh"
  say '{ "private": true }' >"$fresh/package.json"
  (cd "$fresh" && npm install --offline --ignore-scripts "$node_target"/packages/*.tgz) ||
    fail 'npm could not install the packages'
}

# put_beside PATHSPEC…: copies files of the repository to where they find the installed package.
put_beside() {
  local file
  repository_files "$@" | while IFS= read -r file; do
    mkdir -p "$fresh/$(dirname "$file")"
    cp "$file" "$fresh/$file"
  done
}

# need_packages: they are installed, and the tests stand beside them, with the tools.
need_packages() {
  [ -d "$fresh/node_modules/qlower" ] || fail 'the packages are not installed: run the step nodepack first'
  need_npm bindings-node
  rm -rf "$fresh/bindings-node" "$fresh/benches" "$fresh/examples"
  put_beside README.md bindings-node/README.md bindings-node/tests bindings-node/vitest.config.ts \
    examples/data examples/node benches/node
  ln -sfn "$PWD/qlower-core" "$fresh/qlower-core"
  ln -sfn "$PWD/bindings-node/node_modules" "$node_target/node_modules"
}

# Before a folder and a command: runs it there.
# shellcheck disable=SC2016  # for the inner shell
in_folder=(bash -c 'cd "$0" && exec "$@"')

step_nodetests() {
  need_packages
  node_types
  say '-- tests'
  with_servers "${in_folder[@]}" "$fresh/bindings-node" "$node_tools/vitest" run
  say '-- other runtimes'
  node_runtimes
  say '-- examples'
  node_examples
  say '-- comparison'
  node_comparison
}

node_types() {
  local file
  say '-- what compilers and bundlers make of the packages'
  for file in "$node_target"/packages/qlower-{,sandbox-,connect-}[0-9]*.tgz; do
    "$node_tools/publint" run --strict "$file"
    "$node_tools/attw" --no-emoji --no-color "$file"
  done
}

# The same program in each; they come from the registry like any package.
node_runtimes() {
  local programs=$fresh/bindings-node/tests/runtimes from=$PWD/bindings-node/tests/runtimes/node_modules bun
  need_npm bindings-node/tests/runtimes
  # What its script for installing would put into its place.
  for bun in "$from"/@oven/*/bin/bun; do break; done
  (
    cd "$programs"
    node program.mjs
    "$bun" program.mjs
    DENO_NO_UPDATE_CHECK=1 "$from/.bin/deno" run --no-prompt --allow-all program.mjs
  )
}

# tools_beside FOLDER: what its lock file lists is there for its copy, too, and no package of another build.
tools_beside() {
  need_npm "$1"
  rm -rf "$1/node_modules/qlower" "$1/node_modules/@qlower"
  ln -sfn "$PWD/$1/node_modules" "$fresh/$1/node_modules"
}

node_examples() {
  tools_beside examples/node
  (
    cd "$fresh/examples/node"
    node_modules/.bin/tsc --project .
    node --import tsx --test tests/*.test.ts
  )
}

# What the package is compared with still does what it is compared for.
node_comparison() {
  tools_beside benches/node
  node "$fresh/benches/node/compare.mjs" --quick --no-install
}

# same_vectors RUST PYTHON NODE: what each prints of the vectors, number and digest, must be the same line.
same_vectors() {
  [ -n "$1" ] || { fail 'the vectors were not run'; return 1; }
  [ "$1" = "$2" ] || { say "Rust: $1"; say "Python: $2"; fail 'Rust and Python read the vectors differently'; return 1; }
  [ "$1" = "$3" ] || { say "Rust: $1"; say "Node: $3"; fail 'Rust and Node read the vectors differently'; }
}

step_vectors() {
  local python of_rust of_python of_node line='[0-9]+ vectors, digest [0-9a-f]{64}'
  need_installed
  need_packages
  of_rust=$(cargo test --quiet --workspace --all-features --test it every_vector_gives -- --nocapture | grep -oE "$line")
  of_python=$("$python" -m pytest -q -c bindings-python/pyproject.toml bindings-python/tests/test_vectors.py | grep -oE "$line")
  of_node=$(node "$fresh/bindings-node/tests/vectors.mjs" | grep -oE "$line")
  same_vectors "$of_rust" "$of_python" "$of_node"
  say "Rust, Python and Node: $of_rust"
}

# ---- the checks checked

lock_of() {
  local dir status=0
  dir=$(mktemp -d)
  say "{ \"dependencies\": { $1 } }" >"$dir/package.json"
  say "{ \"packages\": { \"\": { \"dependencies\": { $2 } } } }" >"$dir/package-lock.json"
  same_dependencies "$dir" 2>&1 | sed "s,$dir,it," >&2 || status=$?
  rm -rf "$dir"
  return "$status"
}

# package_with FILE TEXT [MANIFEST]: looks at a platform's package that has this file too.
package_with() {
  local dir status=0 name manifest=${3:-'{ "os": ["linux"] }'}
  dir=$(mktemp -d)
  mkdir -p "$dir/package"
  for name in README.md LICENSE-APACHE LICENSE-MIT; do say it >"$dir/package/$name"; done
  say "$manifest" >"$dir/package/package.json"
  case $manifest in *'"os"'*) printf '\177ELF' >"$dir/package/qlower.node" ;; esac
  say "$2" >"$dir/package/$1"
  tar -C "$dir" -czf "$dir/a.tgz" package
  node bindings-node/tools/look.mjs --megabytes 0.01 "$dir/a.tgz" || status=$?
  rm -rf "$dir"
  return "$status"
}

selftest_of_node() {
  node_is_new_enough v20.1.0
  refuses 'node v18.19.0 is older than 20' node_is_new_enough v18.19.0
  refuses 'node  is older than 20' node_is_new_enough ''
  same_features $'bytes v1 []\nserde v1 [std]' $'napi v3 []\nserde v1 [std]'
  same_features $'memchr v2 [alloc]\nmemchr v2 [std]' $'memchr v2 [alloc]\nmemchr v2 [std]'
  refuses 'the Python and the Node package want different features' same_features 'serde v1 [std]' 'serde v1 [alloc,std]'
  refuses 'the Python and the Node package want different features' same_features $'serde v1 [alloc]\nserde v1 [std]' 'serde v1 [std]'
  lock_of '"a": "1"' '"a": "1"'
  refuses 'it/package-lock.json is not up to date' lock_of '"a": "1"' '"a": "2"'
  package_with README.md it >/dev/null
  refuses 'a.tgz: tests.js does not belong into it' package_with tests.js ''
  refuses 'a.tgz: index.d.ts is missing' package_with index.js '' '{ "name": "@qlower/connect" }'
  refuses 'a.tgz: its package.json has scripts' package_with README.md it '{ "os": ["linux"], "scripts": {} }'
  refuses 'a.tgz: qlower.node is no library for linux' package_with qlower.node 'no library'
  refuses 'a.tgz: qlower.node tells where the repository was' package_with qlower.node $'\177ELF'" $PWD/src/lib.rs"
  refuses 'a.tgz: qlower.node has its symbols' package_with qlower.node $'\177ELF .symtab'
  refuses 'a.tgz: it has more than 0.01 MB' package_with README.md "$(head -c 20000 /dev/urandom | base64)"
  refuses "require('node:http') takes more than" node bindings-node/tools/require-time.mjs --module node:http --runs 1 --most=-999
  refuses 'cargo told no features' same_features 'serde v1 [std]' ''
  refuses 'Rust and Python read the vectors differently' same_vectors '864 vectors, digest a' '864 vectors, digest b' ''
  refuses 'Rust and Node read the vectors differently' same_vectors '864 vectors, digest a' '864 vectors, digest a' ''
  refuses 'the vectors were not run' same_vectors '' '' ''
}
