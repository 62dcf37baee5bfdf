"""A campaign of faults: do a line's requests survive anything?

``python -m tests.campaign --commands 10000 --seed 7`` runs one; see README.md.
"""
