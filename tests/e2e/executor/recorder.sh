#!/bin/sh
# Compose, with each call written down first: the words, one call a line.
echo "$*" >>"RECORD"
exec "COMPOSE" "$@"
