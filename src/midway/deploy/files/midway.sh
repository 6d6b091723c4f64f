#!/bin/sh
# Written by `midway deploy`: the midway command as the installation's own account, with the installation's settings.
set -eu
if [ "${1:-}" != deploy ]; then
    set -a
    . "{{etc}}/secrets.env"
    . "{{etc}}/worker.env"
    . "{{etc}}/settings.env"
    set +a
    cd "{{data}}"
    exec runuser -u "{{account}}" -- "{{current}}/bin/midway" "$@"
fi
exec "{{current}}/bin/midway" "$@"
