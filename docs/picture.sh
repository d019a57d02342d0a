#!/usr/bin/env bash
# Draws docs/screen.svg, the picture in the README, from the real screen in a real run:
# it starts the example, edits it, breaks it, and draws what the terminal shows.
# Needs tmux, and the module proxy for freeze.
set -euo pipefail
cd "$(dirname "$0")/.."

freeze=github.com/charmbracelet/freeze@v0.2.2
work=$(mktemp -d)
tmux() { command tmux -L "hotreload-picture-$$" "$@"; }
trap 'tmux kill-server 2>/dev/null || true; rm -rf "$work"' EXIT

# await TEXT: until the screen has it.
await() {
  for _ in $(seq 600); do
    if tmux capture-pane -p | grep -qF -- "$1"; then return; fi
    sleep 0.1
  done
  echo "the screen never had: $1" >&2
  tmux capture-pane -p >&2
  exit 1
}

cp -r examples/web "$work/web"
go build -o "$work/bin/hotreload" .
tmux -f /dev/null new-session -d -x 96 -y 22 -c "$work/web" \
  env XDG_RUNTIME_DIR="$work" XDG_CACHE_HOME="$work/cache" GOCACHE="$(go env GOCACHE)" "$work/bin/hotreload"
await 'serving v1'
sed -i 's/Guest book/Book of guests/' "$work/web/pages/pages.go"
await 'serving v2'
sed -i 's/guests\.Entries()/guests.Entires()/' "$work/web/pages/pages.go"
await 'guests.Entires undefined'
await '^'
# freeze does not know the sequence for the default colour.
tmux capture-pane -p -e | sed 's/\x1b\[39m/\x1b[0m/g' >"$work/screen.ansi"
tmux send-keys q

# freeze is built in a module of its own: go run PATH@VERSION asks the module proxy
# for more than that one version.
mkdir "$work/freeze"
printf 'module picture\n\ngo 1.26\n\nrequire %s\n' "${freeze/@/ }" >"$work/freeze/go.mod"
(cd "$work/freeze" && GOFLAGS=-mod=mod go build -o "$work/bin/freeze" "${freeze%@*}")
"$work/bin/freeze" "$work/screen.ansi" --language ansi --output docs/screen.svg \
  --window --padding 20 --border.radius 8 --font.family 'monospace' --font.size 14 --background '#171717' </dev/null
echo "wrote docs/screen.svg"
