"""The live stream: one tail of the log in each process, many listeners. A small ASGI door beside synchronous Django."""
