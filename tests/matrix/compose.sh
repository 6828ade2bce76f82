#!/bin/sh
# Compose, with each call written down when it begins and when it ends, and held where the test wants it. A call that brings
# a project up first prints numbered lines, so that a gap in the task's output shows.
traps=TRAPS
verb='' project='' before=''
for word; do
  if [ "$before" = -p ]; then project=$word; fi
  if [ -z "$verb" ]; then
    case $word in config | pull | build | up | start | stop | restart | down) verb=$word ;; esac
  fi
  before=$word
done
trap : TERM INT

note() {
  if [ -n "$project" ]; then echo "$1 $$ $verb $project" >>"$traps/calls"; fi
}

note begin
if [ "$verb" = up ]; then
  n=0
  while [ $n -lt LINES ]; do
    n=$((n + 1))
    echo "line $$ $n"
  done
fi
if [ ! -e "$traps/caught" ] && [ "$(cat "$traps/armed" 2>/dev/null)" = "compose $verb" ]; then
  echo "$$ compose $verb" >"$traps/caught.new" && mv "$traps/caught.new" "$traps/caught"
  while [ ! -e "$traps/go" ]; do sleep 0.01; done
fi
"COMPOSE" "$@" &
child=$!
wait $child
code=$?
while kill -0 $child 2>/dev/null; do
  wait $child
  code=$?
done
note end
exit $code
