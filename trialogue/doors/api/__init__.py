"""The API, version 1: what a page can do, a program can do, through the same verbs."""
