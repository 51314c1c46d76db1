"""Documents of verbs that run one after the other, as Twilio (TwiML) and jambonz have them, as a menu.

A document leads to another by its address. What a question leads to by a key may be named with the key behind it,
`/menu?Digits=1`; without it the document is for every key.
"""
