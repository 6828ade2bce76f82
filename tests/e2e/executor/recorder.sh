#!/bin/sh
# Compose, with each call written down when it begins, with its words, and when it ends; and whether it began while another
# call for the same project still ran. One that was killed has no end.
read -r now _ </proc/uptime
project=none before=''
for word; do
  if [ "$before" = -p ]; then project=$word; fi
  before=$word
done

last="RECORD.$project"
if [ -e "$last" ] && state=$(cut -d ' ' -f 3 "/proc/$(cat "$last")/stat" 2>/dev/null); then
  case $state in Z | X | '') ;; *) echo "overlap $$ $now $project $(cat "$last")" >>"RECORD" ;; esac
fi
echo $$ >"$last"
echo "begin $$ $now $project $*" >>"RECORD"

trap : TERM INT
"COMPOSE" "$@" &
child=$!
wait $child
code=$?
while kill -0 $child 2>/dev/null; do
  wait $child
  code=$?
done
rm "$last"
read -r now _ </proc/uptime
echo "end $$ $now $project" >>"RECORD"
exit $code
