#!/bin/sh
# Written by `midway deploy`. After each new certificate: put it where Nginx reads it, and have Nginx read it only when
# its configuration is sound.
set -eu
lineage="${RENEWED_LINEAGE:?certbot says which certificate is new}"
umask 077
for name in fullchain.pem privkey.pem; do
    cp -L "$lineage/$name" "{{tls}}/.$name.new"
done
mv "{{tls}}/.privkey.pem.new" "{{tls}}/privkey.pem"
mv "{{tls}}/.fullchain.pem.new" "{{tls}}/fullchain.pem"
{{nginx_test}}
{{nginx_reload}}
