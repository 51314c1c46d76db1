"""FreeSWITCH for measurements: our configuration with a few more numbers, and SIPp as the callers."""
