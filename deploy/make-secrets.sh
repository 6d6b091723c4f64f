#!/bin/sh
# Makes each secret once; what is there is left alone.
set -eu
umask 077
mkdir -p "${1:-secrets}"
cd "${1:-secrets}"
for name in midway-secret-key database-password redis-password; do
    [ -s "$name" ] || head -c 48 /dev/urandom | base64 | tr -d '\n+/=' >"$name"
done
digest=$(printf %s "$(cat redis-password)" | sha256sum | cut -d' ' -f1)
printf 'user default off resetchannels -@all\nuser midway on #%s ~* resetchannels &midway* +@all -@dangerous -@admin\n' \
    "$digest" >redis.acl
# The containers' users are not the host's: the files are readable, their folder is not.
chmod 0644 ./*
chmod 0711 .
