#!/bin/sh
# Install Composia on a host with systemd, or upgrade it there. It may run any number of times; nothing is started.
#
#   install.sh [--root DIRECTORY] [FILE]
#
# FILE is the executable, by default dist/composia of this clone. With --root everything goes below DIRECTORY, as for an
# image that is being made, and no account is created.
set -eu

here=$(cd -- "$(dirname -- "$0")" && pwd)
root=
if [ "${1:-}" = --root ]; then
  root=${2:?--root needs a directory}
  shift 2
fi
file=${1:-$here/../dist/composia}

fail() {
  echo "install.sh: $1" >&2
  exit 1
}

[ $# -le 1 ] || fail "one FILE at most, and --root DIRECTORY in front of it"
[ -f "$file" ] || fail "$file is not there; build it with ./dev build, or name another one"
[ -n "$root" ] || [ "$(id -u)" = 0 ] || fail "only root can install for the whole host; or use --root DIRECTORY"

# By rename: what runs keeps the old file, and nobody ever sees half of the new one.
bin=$root/usr/local/bin
mkdir -p "$bin"
cp -- "$file" "$bin/.composia.new"
chmod 0755 "$bin/.composia.new"
mv -- "$bin/.composia.new" "$bin/composia"

units=$root/etc/systemd/system
mkdir -p "$units"
for unit in composia-server.service composia-agent.service; do
  cp -- "$here/systemd/$unit" "$units/.$unit.new"
  chmod 0644 "$units/.$unit.new"
  mv -- "$units/.$unit.new" "$units/$unit"
done

settings=$root/etc/composia
mkdir -p "$settings"
chmod 0755 "$settings"
if [ ! -e "$settings/agent.env" ]; then
  cat >"$settings/agent.env" <<'END'
# The agent of this host. Once it has joined, the file with the join string may be gone. `composia agent --help` lists the rest.
AGENT_OPTIONS="--join-file /etc/composia/join"
END
fi

if [ -z "$root" ]; then
  getent passwd composia >/dev/null ||
    useradd --system --user-group --home-dir /var/lib/composia --no-create-home --shell /usr/sbin/nologin composia
  if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
fi

cat <<END
installed $bin/composia

A server:  composia config example >/etc/composia/server.yaml, edit it, then
           systemctl enable --now composia-server
An agent:  put what "composia node join-token" prints into /etc/composia/join (mode 0600), then
           systemctl enable --now composia-agent
           and once it has joined, rm /etc/composia/join
An upgrade takes effect with: systemctl try-restart composia-server composia-agent
END
