"""Files that people and programs keep, copy and edit: CSV, JSON and TOML, read whole, or refused in one line.

Nothing here knows what the files are about; it loads the standard library alone, so that figures may use it too.
"""
