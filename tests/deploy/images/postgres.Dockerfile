# Stands for postgres:15-bookworm: Debian's PostgreSQL, begun as the official image begins it.
FROM midway-test-root
COPY postgres.sh /usr/local/bin/docker-entrypoint.sh
ENV PATH=/usr/lib/postgresql/15/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin PGDATA=/var/lib/postgresql/data
RUN install -d -o postgres -g postgres -m 0700 /var/lib/postgresql/data && \
    install -d -o postgres -g postgres -m 3777 /var/run/postgresql
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
