# Stands for redis:7-bookworm: Debian's Redis.
FROM midway-test-root
CMD ["redis-server"]
