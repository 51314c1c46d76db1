"""Twilio Studio's flows, as its export or `GET /v2/Flows/{sid}` gives them, as a menu.

A widget becomes a node. A question and the split behind it become one question where that means the same, and so do a
call and the split on its DialCallStatus. What each widget does: https://www.twilio.com/docs/studio/widget-library
(read 2026-11).
"""
