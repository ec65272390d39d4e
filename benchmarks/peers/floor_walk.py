"""The floor of a run in which nothing changed: walk the folder, stat each file, and read the table
of sources once.

    floor_walk.py DATABASE FOLDER...
"""

import os
import sqlite3
import sys

path, *folders = sys.argv[1:]
c = sqlite3.connect(path)
known = {row[0]: row[1:] for row in c.execute("SELECT path, size, mtime_ns FROM sources")}
same = 0
for folder in folders:
    for where, _, names in os.walk(folder):
        for name in names:
            place = os.path.join(where, name)
            status = os.stat(place)
            same += known.get(place) == (status.st_size, status.st_mtime_ns)
print(same)
