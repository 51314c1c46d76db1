"""Callers over SIP and RTP, for the development switch.

Theory of operation. Two threads: the switch's (gevent: event socket and channels, as for scripted callers) and SIP's
(asyncio: aiosipua for signalling, RTP with aiortp's packets and codecs). Each object belongs to one of them, and only
that thread touches it; `crossing` passes function calls from one to the other.

    endpoint, leg_in, leg_out, stack, transports, tls, registrations, rtp, srtp, pacer    SIP's thread
    switch, dialer                                  the switch's thread
    sdp, keys, tones, sounds, intake, invitation    neither: no threads, no sockets
"""
