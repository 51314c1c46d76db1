"""The phone: test calls to the real call server, for whoever tries a menu from the page, the API or a test.

`call` is one call and its story, `desk` all calls and their limits, `http` the way in. It plays FreeSWITCH's part
on the event socket, without SIP, also on machines where a real FreeSWITCH takes the callers' calls.
"""
