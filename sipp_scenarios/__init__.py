"""Whole calls through a real FreeSWITCH: SIPp is the caller and the agent, then call record and do-not-call list
are compared with what they must be. `python -m sipp_scenarios.run` runs them; each XML file also works with sipp
alone, as root: `sipp SWITCH -sf opt_out.xml -s +14155550100 -key ani +14805551234 -m 1`.
"""
