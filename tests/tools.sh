#!/bin/sh
# Installs the tools that drive browsers into .cache/lab, and Spark into .cache/spark, where that is possible;
# never fails for a missing one.
set -u
cd "$(dirname "$0")/.." || exit 0
lab=.cache/lab
ready="$lab/.ready-$(cat analysis/lab/requirements.txt analysis/lab/package-lock.json | cksum | cut -d' ' -f1)"
spark=.cache/spark
spark_ready="$spark/.ready-$(cksum tests/spark.txt | cut -d' ' -f1)"

install_spark() {
  [ -e "$spark_ready" ] && return
  command -v java >/dev/null 2>&1 || return
  rm -rf "$spark"
  mkdir -p "$spark"
  "${PYTHON:-python3}" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --target "$spark" \
    -r tests/spark.txt >"$spark/log" 2>&1 && touch "$spark_ready" ||
    echo "Not on this machine, so the test that needs it is skipped: pyspark"
}

install_spark &
[ -e "$ready" ] && { wait; exit 0; }

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
wait
exit 0
