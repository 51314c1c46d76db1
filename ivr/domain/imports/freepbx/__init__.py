"""FreePBX' menus: out of a backup of version 15 and later, its `modulejson/Ivr.json` alone, or a table as CSV.

A menu's keys lead to destinations, texts such as `ivr-2,s,1` or `ext-queues,500,1`, of which other modules know more.
"""
