#!/bin/sh
# Composia: this script, followed by a zip archive of Python code. The script finds a Python that fits, picks a private
# directory to unpack into, and hands over.
# A standard stream that is closed would lend its number to the first file that is opened.
{ command : <&0; } 2>/dev/null || exec </dev/null
{ command : >&1; } 2>/dev/null || exec >/dev/null
{ command : >&2; } 2>/dev/null || exec 2>/dev/null

case $0 in
  /*) me=$0 ;;
  */*) me=$PWD/$0 ;;
  *) me=$(command -v -- "$0") ;;
esac

# The system's own Python first: what stands before it on PATH is often a wrapper, or gone tomorrow.
found= seen= candidates=
for version in @PYTHONS@; do
  candidates="$candidates /usr/bin/$version $version"
done
for name in ${COMPOSIA_PYTHON:-$candidates python3}; do
  path=$(command -v -- "$name") || continue
  case " @PYTHONS@ " in
    *" ${path##*/} "*) version=${path##*/} ;;
    *) version=$("$path" -ISc 'import sys; print("python%d.%d" % sys.version_info[:2])' 2>/dev/null) ;;
  esac
  case " @PYTHONS@ " in *" $version "*) found=$path; break ;; esac
  seen="$seen $path ($version)"
done
if [ -z "$found" ]; then
  echo "composia: no fitting Python: one of @PYTHONS@ is needed, and there is${seen:- none at all}" >&2
  echo "hint: install one, or name it: COMPOSIA_PYTHON=/path/to/python" >&2
  exit 69
fi

# Code is unpacked there and run from there, so nobody else may write to it.
if [ -z "${COMPOSIA_CACHE:-}" ]; then
  for dir in "${XDG_CACHE_HOME:+$XDG_CACHE_HOME/composia}" "${HOME:+$HOME/.cache/composia}" /var/cache/composia \
    "${XDG_RUNTIME_DIR:+$XDG_RUNTIME_DIR/composia}"; do
    [ -n "$dir" ] || continue
    (umask 077 && mkdir -p -- "$dir") 2>/dev/null
    if [ -w "$dir" ] && [ -O "$dir" ]; then COMPOSIA_CACHE=$dir; break; fi
  done
fi
if [ -z "${COMPOSIA_CACHE:-}" ]; then
  echo "composia: no private directory to unpack into: neither a cache directory of this user nor /var/cache/composia" >&2
  echo "hint: name one that only this user can write to: COMPOSIA_CACHE=/path/to/directory" >&2
  exit 73
fi
case $COMPOSIA_CACHE in /*) ;; *) COMPOSIA_CACHE=$PWD/$COMPOSIA_CACHE ;; esac
export COMPOSIA_CACHE

# Shiv reads these. Whoever set them meant another program.
unset SHIV_INTERPRETER SHIV_ENTRY_POINT SHIV_CONSOLE_SCRIPT SHIV_MODULE SHIV_FORCE_EXTRACT SHIV_COMPILE_PYC \
  SHIV_COMPILE_WORKERS SHIV_EXTEND_PYTHONPATH SHIV_PREPEND_PYTHONPATH
SHIV_ROOT=$COMPOSIA_CACHE
export SHIV_ROOT
exec "$found" -IS "$me" "$@"
