"""FreeSWITCH under measurement: our configuration with a few numbers more, and SIPp as the callers."""
