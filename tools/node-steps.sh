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

# need_npm FOLDER: its node_modules are what its lock file lists.
need_npm() {
  local stamp=$1/node_modules/.installed.json
  if ! cmp -s "$1/package-lock.json" "$stamp"; then
    (cd "$1" && npm ci --ignore-scripts) || { fail "npm could not install what $1/package-lock.json lists"; return 1; }
    cp "$1/package-lock.json" "$stamp"
  fi
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
# If it does, whatever stands on such a crate is compiled twice for a release.
same_features() {
  local differ
  [ -n "$1" ] && [ -n "$2" ] || { fail 'cargo told no features'; return 1; }
  differ=$(sort -u <(say "$1") <(say "$2") | awk '{ print $1, $2 }' | uniq -d | grep -v '^qlower-') || return 0
  say "$differ"
  fail 'the Python and the Node package want different features of a crate'
}

features_of() {
  cargo tree --locked -p "$1" --edges normal --prefix none --format '{p} [{f}]' | sed 's/ (\*)$//' | sort -u
}

step_nodepack() {
  need_npm bindings-node
  same_features "$(features_of qlower-python)" "$(features_of qlower-node)"
  mkdir -p "$node_target"
  node bindings-node/tools/build.mjs --profile wheel --check --out "$node_target/qlower.node"
  node bindings-node/tools/pack.mjs --module "$node_target/qlower.node" --out "$node_target/packages"
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
  local name
  [ -d "$fresh/node_modules/qlower" ] || fail 'the packages are not installed: run the step nodepack first'
  need_npm bindings-node
  rm -rf "$fresh/bindings-node" "$fresh/examples"
  put_beside bindings-node/tests bindings-node/vitest.config.ts bindings-node/README.md README.md examples/node examples/data
  for name in qlower-core; do ln -sfn "$PWD/$name" "$fresh/$name"; done
  ln -sfn "$PWD/bindings-node/node_modules" "$node_target/node_modules"
}

node_vitest() {
  (cd "$fresh/bindings-node" && exec "$node_tools/vitest" run "$@")
}

step_nodetests() {
  local kind
  need_packages

  say '-- types'
  for kind in esm commonjs; do
    "$node_tools/tsc" --project "$fresh/bindings-node/tests/typing/$kind"
    node "$fresh/bindings-node/tests/typing/$kind/out/main.js"
  done
  "$node_tools/publint" run --strict "$node_target"/packages/qlower-[0-9]*.tgz
  "$node_tools/attw" --no-emoji --format table-flipped "$node_target"/packages/qlower-[0-9]*.tgz

  say '-- tests'
  (
    cd "$fresh/bindings-node"
    "${in_repository[@]}" with_stores seaweedfs moto -- "$node_tools/vitest" run
  )

  say '-- other runtimes'
  need_npm bindings-node/tests/runtimes
  runtimes=$PWD/bindings-node/tests/runtimes/node_modules

  say '-- examples'
  need_npm examples/node
}
