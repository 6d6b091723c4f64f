#!/bin/sh
# Turns secret files into settings of this one process, then becomes the part that was asked for.
set -eu
for name in MIDWAY_SECRET_KEY DATABASE_PASSWORD REDIS_PASSWORD EMAIL_URL SENTRY_DSN; do
    file="/run/secrets/$(echo "$name" | tr 'A-Z_' 'a-z-')"
    if [ -r "$file" ]; then
        export "$name=$(cat "$file")"
    fi
done
if [ -n "${DATABASE_PASSWORD:-}" ]; then
    export DATABASE_URL="postgresql://midway:${DATABASE_PASSWORD}@${DATABASE_HOST:-db}:5432/midway"
    unset DATABASE_PASSWORD
fi
if [ -n "${REDIS_PASSWORD:-}" ]; then
    export REDIS_URL="redis://midway:${REDIS_PASSWORD}@${REDIS_HOST:-cache}:6379/0"
    unset REDIS_PASSWORD
fi
case "${1:-web}" in
    prepare) exec python -m midway prepare ;;
    web) exec python -m midway.runtime.web 0.0.0.0 8000 "${MIDWAY_WEB_WORKERS:-2}" ;;
    worker) exec python -m midway worker ;;
    *) exec "$@" ;;
esac
