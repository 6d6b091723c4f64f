"""The same count as `access_log.survey`, for logs of gigabytes: compiled, in threads, in a process of its own.

What the compiled reader is not sure of it hands back to `access_log.request_of`, which alone says what a line means.
"""
