#!/bin/sh
# Installs the tools that drive browsers into .cache/lab, where that is possible; never fails for a missing one.
set -u
cd "$(dirname "$0")/.." || exit 0
lab=.cache/lab
ready="$lab/.ready-$(cat analysis/lab/requirements.txt analysis/lab/package-lock.json | cksum | cut -d' ' -f1)"
[ -e "$ready" ] && exit 0

log=$(mktemp)
missing=""
"${PYTHON:-python3}" -m venv "$lab" >"$log" 2>&1 &&
  "$lab/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r analysis/lab/requirements.txt >>"$log" 2>&1 ||
  missing="playwright selenium"
cp analysis/lab/package.json analysis/lab/package-lock.json "$lab/" 2>/dev/null &&
  npm ci --prefix "$lab" --ignore-scripts --no-audit --no-fund --silent >>"$log" 2>&1 || missing="$missing puppeteer-core"
if [ -z "$missing" ]; then
  touch "$ready"
else
  tail -n 5 "$log"
  echo "Not on this machine, so the tests that need them are skipped: $missing"
fi
rm -f "$log"
exit 0
