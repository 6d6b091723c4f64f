# Stands for python:3.11-slim-bookworm where no registry of images is reached: Debian's Python, and the lock's wheels.
FROM midway-test-root
RUN ln -s python3 /usr/bin/python
COPY wheels /wheels
ENV PIP_NO_INDEX=1 PIP_FIND_LINKS=/wheels
