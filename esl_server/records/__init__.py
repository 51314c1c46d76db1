"""What is kept and shown of calls: records and opt-outs, live calls, metrics."""
