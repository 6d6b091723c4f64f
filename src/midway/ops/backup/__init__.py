"""Backups that are proved: made in one snapshot, fingerprinted, encrypted, copied, read again, restored and compared.

Nothing in here needs Django or a running database to say what backups there are and whether they are sound, because
that is asked when neither is there. What works on a restored database loads Django in a process of its own.
"""
