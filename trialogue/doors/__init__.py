"""The doors: pages, API, stream, console. They parse, find, call the verb, show; nothing is decided here."""
