"""The phone: test calls to the real call server, from the page, the API or a test of a menu.

`call` is one call and its story, `desk` all calls and their limits, `http` the interface. It plays FreeSWITCH's part
on the event socket, without SIP, even on machines where a real FreeSWITCH takes the callers' calls.
"""
