#!/bin/sh
# Makes what docker-compose.yml needs and git must not hold: the access token that Plumbline, Grafana and
# Prometheus share, Grafana's admin password, and the day that the demo plays. Run it as often as you like:
# secrets that are there stay. They are readable by every user of the containers, but lie in a folder that
# only you can enter.
set -eu
here="$(cd "$(dirname "$0")" && pwd)"
secrets="$here/secrets"
mkdir -p "$secrets"
chmod 700 "$secrets"
for name in plumbline-token grafana-admin-password; do
  file="$secrets/$name"
  if [ ! -s "$file" ]; then
    (umask 077 && head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n' >"$file")
    echo "made deploy/secrets/$name"
  fi
  chmod 644 "$file"
done

environment="$here/../.env"
touch "$environment"
if ! grep -q '^PLUMBLINE_DEMO_START=' "$environment"; then
  yesterday="$(date -u -d yesterday +%Y-%m-%d 2>/dev/null || date -u -v-1d +%Y-%m-%d)"
  echo "PLUMBLINE_DEMO_START=${yesterday}T00:00:00Z" >>"$environment"
  echo "the demo plays $yesterday (UTC); .env says so"
fi
