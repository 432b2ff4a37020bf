#!/bin/sh
# Lets a mounted secret be the access token of the API; without one, the service makes its own.
set -eu
secret="${PLUMBLINE_TOKEN_FILE:-/run/secrets/plumbline_token}"
if [ -f "$secret" ]; then
  (umask 077 && mkdir -p "$PLUMBLINE_DATA/keys")
  ln -sfn "$secret" "$PLUMBLINE_DATA/keys/api-token"
fi
exec node "${PLUMBLINE_MAIN:-/app/src/main.ts}" "$@"
