#!/usr/bin/env bash
# VS Code in a browser, to try the extension in: code-server and the Node it wants, through npm alone, no script of theirs run.
#
#   code-server.sh DIR          some 20 s and 1 GB; prints nothing where it is there already
#
# Left out is what takes a compiler: VS Code then writes no log files, and does without Kerberos. Terminals come prebuilt.
set -euo pipefail
CODE_SERVER=4.139.1
NODE=24.21.0
mkdir -p "${1:?a folder}"
dir=$(cd "$1" && pwd)
done="$dir/installed-$CODE_SERVER-$NODE"
[ ! -e "$done" ] || exit 0

case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) platform=linux-x64 ;;
  Linux-aarch64) platform=linux-arm64 ;;
  *) echo "code-server is tried on Linux alone" >&2; exit 1 ;;
esac
quiet="--ignore-scripts --no-audit --no-fund --loglevel=error"
cd "$dir"
rm -rf node server && mkdir node server
npm pack --silent "node-$platform@$NODE" >/dev/null
tar -xzf "node-$platform-$NODE.tgz" -C node --strip-components=1
rm "node-$platform-$NODE.tgz"
export PATH="$dir/node/bin:$PATH"
echo '{ "private": true }' >server/package.json
# shellcheck disable=SC2086 # words of a command line
npm install --prefix server $quiet "code-server@$CODE_SERVER" >&2
# shellcheck disable=SC2086
npm install --prefix server/node_modules/code-server/lib/vscode --omit=dev $quiet >&2
touch "$done"
