"""The imperative shell: threads, the event loop, signals. Nothing here decides anything about mail, cases or pages.

`Daemon` (service.py) is the composition root. Threads: the engine is the only one that writes to the store; one thread works the
mailbox; one listens at the doorbell (IDLE); one runs the event loop with senders and scheduler.
"""
