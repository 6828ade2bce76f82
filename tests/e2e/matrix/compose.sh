#!/bin/sh
# Compose, with each call written down when it begins and when it ends, and held where the test wants it: `up` while a
# container of the project runs, another call before Compose itself begins. A call for a task's output also prints numbered
# lines, some before it is held and some after; said.CALL is all that it printed, byte by byte.
traps=TRAPS marks=MARKS
verb='' project='' before=''
for word; do
  if [ "$before" = -p ]; then project=$word; fi
  if [ -z "$verb" ]; then
    case $word in config | pull | build | up | start | stop | restart | down) verb=$word ;; esac
  fi
  before=$word
done
if [ -z "$project" ] || [ "$verb" = config ] || [ -z "$verb" ]; then exec "COMPOSE" "$@"; fi
exec 2>/dev/null # a shell writes there which of its children a signal ended
trap : TERM INT
said=$(mktemp "$traps/said.XXXXXXXX")
call=${said##*.}

count() {
  n=$1
  while [ "$n" -le "$2" ]; do
    echo "line $call $n" >>"$said"
    echo "line $call $n"
    n=$((n + 1))
  done
}

hold() {
  echo "$$ compose $verb" >"$traps/caught.new" && mv "$traps/caught.new" "$traps/caught"
  while [ ! -e "$traps/go" ]; do sleep 0.01; done
}

echo "begin $call $verb $project" >>"$traps/calls"
count 1 $((LINES / 2))
armed=''
if [ ! -e "$traps/caught" ] && [ "$(cat "$traps/armed" 2>/dev/null)" = "compose $verb" ]; then armed=yes; fi
if [ "$armed" ] && [ "$verb" = up ]; then touch "$marks/$project/hold"; fi
if [ "$armed" ] && [ "$verb" != up ]; then hold; fi
"COMPOSE" "$@" >"$said.compose" 2>&1 &
child=$!
if [ "$armed" ] && [ "$verb" = up ]; then
  while [ ! -e "$marks/$project/held" ] && [ ! -e "$traps/go" ]; do sleep 0.01; done
  if [ ! -e "$traps/go" ]; then hold; fi
  rm -f "$marks/$project/hold" "$marks/$project/held"
fi
wait $child
code=$?
while kill -0 $child 2>/dev/null; do
  wait $child
  code=$?
done
count $((LINES / 2 + 1)) LINES
cat "$said.compose" >>"$said"
cat "$said.compose"
rm "$said.compose"
echo "end $call $verb $project" >>"$traps/calls"
exit $code
