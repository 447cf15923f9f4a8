#!/bin/sh
# Installs the programs that only tests and the benchmark use, where that is possible; never fails for a missing one.
set -u

# command:package
WANTED="chromium:chromium nginx:nginx-light wrk:wrk redis-server:redis-server Xvfb:xvfb xdotool:xdotool
openbox:openbox firefox-esr:firefox-esr chromedriver:chromium-driver lynx:lynx w3m:w3m wget:wget curl:curl npm:npm java:default-jre-headless"

PATH="$PATH:/usr/sbin:/sbin"

missing_of() { # what: 1 command names, 2 package names
  for pair in $WANTED; do
    command -v "${pair%%:*}" >/dev/null 2>&1 && continue
    if [ "$1" = 1 ]; then printf '%s ' "${pair%%:*}"; else printf '%s ' "${pair##*:}"; fi
  done
}

packages=$(missing_of 2)
[ -z "$packages" ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing test-only programs: $packages"
  export DEBIAN_FRONTEND=noninteractive
  log=$(mktemp)
  apt-get update -qq >"$log" 2>&1
  # One call is quickest; where one package is not to be had, the others still are.
  # shellcheck disable=SC2086
  apt-get install -y -qq --no-install-recommends $packages >>"$log" 2>&1 || for package in $packages; do
    apt-get install -y -qq --no-install-recommends "$package" >>"$log" 2>&1
  done
  [ -n "$(missing_of 1)" ] && tail -n 5 "$log"
  rm -f "$log"
fi

left=$(missing_of 1)
[ -n "$left" ] && echo "Not on this machine, so the tests that need them are skipped: $left"
exit 0
