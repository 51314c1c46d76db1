"""What the API can do, without Flask and without SQL: ports in, values out, errors of the domain raised."""
