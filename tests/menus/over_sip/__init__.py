"""The scripts of the menus as real calls: over SIP with RTP, with the whole product behind.

Each script has a world of its own in one running product: a copy of its menu on a number of its own, with services
over HTTP, opening hours in a zone where now is the time of the script, and telephones that do what is given. What
came of the call is compared with the same script offline, and with what was heard on the wire.
"""
