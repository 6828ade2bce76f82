#!/bin/sh
# A program that behaves as a test wants. The first argument, or else MODE, is one of
#   web        serves /www on PORT (80); /healthz says ok
#   unhealthy  as web, without /healthz
#   slow       as web, after DELAY seconds (5)
#   crash      exits with CODE (3) after DELAY seconds (0)
#   oneshot    exits with 0 after DELAY seconds (0)
#   oom        takes memory until it is killed, after DELAY seconds (0)
#   spam       prints a line every EVERY seconds (1)
#   sleep      does nothing
# It ends at once on TERM, with 0.
trap 'exit 0' TERM INT
mode=${1:-${MODE:-web}}

pause() {
  sleep "$1" &
  wait $!
}

serve() {
  echo "serving $(cat /www/index.html) on ${PORT:-80}"
  httpd -f -p "${PORT:-80}" -h /www &
  wait $!
}

case $mode in
  web) serve ;;
  unhealthy) rm -f /www/healthz && serve ;;
  slow) pause "${DELAY:-5}" && serve ;;
  crash) pause "${DELAY:-0}"; echo "crashing with ${CODE:-3}" >&2; exit "${CODE:-3}" ;;
  oneshot) pause "${DELAY:-0}"; echo "done" ;;
  oom) pause "${DELAY:-0}"; echo "taking memory"; exec tail /dev/zero ;;
  spam) n=0; while :; do n=$((n + 1)); echo "line $n"; pause "${EVERY:-1}"; done ;;
  sleep) while :; do pause 3600; done ;;
  *) echo "fixture: unknown mode $mode" >&2; exit 64 ;;
esac
