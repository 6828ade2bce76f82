#!/bin/sh
# Composia: this script, followed by a zip archive of Python code. The script finds a Python that fits, picks a private
# directory to unpack into, and hands over.
case $0 in
  /*) me=$0 ;;
  */*) me=$PWD/$0 ;;
  *) me=$(command -v -- "$0") ;;
esac

found=
for name in ${COMPOSIA_PYTHON:-@PYTHONS@ python3}; do
  path=$(command -v -- "$name") || continue
  case " @PYTHONS@ " in
    *" ${path##*/} "*) version=${path##*/} ;;
    *) version=$("$path" -ISc 'import sys; print("python%d.%d" % sys.version_info[:2])' 2>/dev/null) ;;
  esac
  case " @PYTHONS@ " in *" $version "*) found=$path; break ;; esac
done
if [ -z "$found" ]; then
  echo "composia: no fitting Python: this file needs one of @PYTHONS@, found ${COMPOSIA_PYTHON:-none of them} ${version:-}" >&2
  echo "hint: install one of them, or name it: COMPOSIA_PYTHON=/path/to/python" >&2
  exit 69
fi

# Code is unpacked and run from there, so nobody else may write to it.
if [ -z "${COMPOSIA_CACHE:-}" ]; then
  for dir in "${XDG_CACHE_HOME:+$XDG_CACHE_HOME/composia}" "${HOME:+$HOME/.cache/composia}" /var/cache/composia "${XDG_RUNTIME_DIR:+$XDG_RUNTIME_DIR/composia}"; do
    [ -n "$dir" ] || continue
    (umask 077 && mkdir -p -- "$dir") 2>/dev/null
    if [ -w "$dir" ] && [ -O "$dir" ]; then COMPOSIA_CACHE=$dir; break; fi
  done
  if [ -z "${COMPOSIA_CACHE:-}" ]; then
    echo "composia: no private directory to unpack into: tried the cache directories of this user and /var/cache" >&2
    echo "hint: name one that only this user can write to: COMPOSIA_CACHE=/path/to/directory" >&2
    exit 73
  fi
  export COMPOSIA_CACHE
fi
# Shiv reads these; whoever set them meant another program.
unset SHIV_INTERPRETER SHIV_ENTRY_POINT SHIV_CONSOLE_SCRIPT SHIV_MODULE SHIV_FORCE_EXTRACT SHIV_COMPILE_PYC \
  SHIV_COMPILE_WORKERS SHIV_EXTEND_PYTHONPATH SHIV_PREPEND_PYTHONPATH
SHIV_ROOT=$COMPOSIA_CACHE exec "$found" -IS "$me" "$@"
